package benchmarks;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * What two processors are to each other at the moment: a host may put them anywhere, and give them to others as well. Prints one line of
 * JSON, medians and quartiles of 21 windows of 50 ms.
 *
 * <ul>
 * <li>{@code hand_over_ns}: two threads add one to a number in turn, each waiting for the other without parking: the way of one line.
 *     Above about 1,000 they did not run at the same time, and the next figure means nothing either
 * <li>{@code write_ns}: what it costs to write a line that the other has read, of 256 written one after the other without waiting
 * <li>{@code one_thread_gflops}, {@code two_threads_gflops}, {@code two_to_one}: arithmetic that shares nothing. The ratio is near 2 where
 *     both have a core for themselves, and far less on two hyperthreads of one, or where others use them
 * </ul>
 */
public final class HandOver {
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int NUMBER = 16; // 128 bytes to each side, as processors fetch lines in pairs
  private static final long STOP = -1;
  private static final int LINE = 8; // longs
  private static final int COUNT = 256; // lines, or questions, between two looks at the clock
  private static final int WARMUP = 10; // windows: the JIT compiles
  private static final int WINDOWS = 21;
  private static final long WINDOW = 50_000_000; // ns

  private final long[] number = new long[2 * NUMBER];
  private final long[] lines = new long[COUNT * LINE];
  private volatile double sink; // else the JIT would leave out what nobody reads

  private HandOver() {}

  /** Measures for about 8 s. */
  public static void main(String[] args) {
    HandOver machine = new HandOver();
    double[][] windows = new double[5][WINDOWS];
    for (int i = -WARMUP; i < WINDOWS; i++) {
      double one = machine.work();
      CompletableFuture<Double> other = CompletableFuture.supplyAsync(machine::work);
      double two = machine.work() + other.join();
      double[] state = {machine.exchange(false), machine.exchange(true), one, two, two / one};
      for (int what = 0; what < state.length; what++) {
        windows[what][Math.max(i, 0)] = state[what];
      }
    }
    String[] names = {"hand_over_ns", "write_ns", "one_thread_gflops", "two_threads_gflops", "two_to_one"};
    for (int what = 0; what < names.length; what++) {
      Arrays.sort(windows[what]);
      System.out.printf(Locale.ROOT, "%s\"%s\": {\"median\": %.2f, \"lower\": %.2f, \"upper\": %.2f}", what == 0 ? "{" : ", ", names[what],
          windows[what][WINDOWS / 2], windows[what][WINDOWS / 4], windows[what][3 * WINDOWS / 4]);
    }
    System.out.println("}");
  }

  /** Nanoseconds of a line that is written, or of a number on its way; the median, for a thread may be interrupted. */
  private double exchange(boolean writes) {
    CompletableFuture<Void> other = CompletableFuture.runAsync(() -> answer(writes));
    double[] nanos = new double[1 << 16];
    int count = 0;
    for (long end = System.nanoTime() + WINDOW; System.nanoTime() < end && count < nanos.length; count++) {
      long start = System.nanoTime();
      for (int i = 0; writes && i < lines.length; i += LINE) {
        lines[i] = start;
      }
      for (int i = 0; !writes && i < COUNT; i++) {
        ask();
      }
      VarHandle.fullFence(); // until the last one is written
      nanos[count] = (double) (System.nanoTime() - start) / (writes ? COUNT : 2 * COUNT); // there and back
      ask(); // the other reads the lines
    }
    LONGS.setRelease(number, NUMBER, STOP);
    other.join();
    LONGS.setRelease(number, NUMBER, 0);
    Arrays.sort(nanos, 0, count);
    return nanos[count / 2];
  }

  /** Makes the number odd, and waits until the other has made it even. */
  private void ask() {
    long odd = (long) LONGS.get(number, NUMBER) + 1;
    LONGS.setRelease(number, NUMBER, odd);
    while ((long) LONGS.getAcquire(number, NUMBER) == odd) { // Thread.onSpinWait would wait longer than the line takes
    }
  }

  private void answer(boolean reads) {
    long sum = 0;
    for (long seen = 0; seen != STOP; seen = (long) LONGS.getAcquire(number, NUMBER)) {
      if ((seen & 1) == 1) {
        for (int i = 0; reads && i < lines.length; i += LINE) {
          sum += lines[i];
        }
        LONGS.setRelease(number, NUMBER, seen + 1);
      }
    }
    sink = sum;
  }

  /** Operations a nanosecond, in the first-level cache. */
  private double work() {
    double[] values = new double[1024];
    long start = System.nanoTime();
    long passes = 0;
    for (; System.nanoTime() - start < WINDOW; passes++) {
      for (int i = 0; i < values.length; i++) {
        values[i] = values[i] * 0.5 + 1;
      }
    }
    sink = values[0];
    return 2.0 * values.length * passes / (System.nanoTime() - start);
  }
}
