package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.lenet4j.backend.cpu.layer.Loops;

/**
 * Has the JIT compiler compile the innermost loops of training and evaluation before there is work. Until it has, each operation on a
 * vector is a call that makes an array: the first seconds of a run go by with few steps made.
 *
 * <p>Each loop is called on a few elements, as often as a method has to be called before it is compiled where the options of the JVM say
 * that these are worth it at once (docs/embedding.md), and then now and then until a call takes no longer than compiled code does. The
 * calls are short, so that the whole method is compiled, once: a long loop is compiled on its own as well, while it runs.
 *
 * <p>The loops take turns. Their code is only as good as what the JVM has counted of the methods that they share, those of a vector: it
 * believes no count below 1,000 calls, and then boxes the sums of a loop where they are stored, or in each turn, for as long as the process
 * lives. Loop after loop, the first would be compiled before a thousand vectors were stored.
 */
final class WarmUp {
  private static final int TAPS = 6; // few, but a loop
  private static final int FIRST = 25; // calls
  private static final int THEN = 2; // calls
  private static final long FAST = 1_000; // nanoseconds a call; what the first compiler made takes some thousand
  private static final long PAUSE = 5_000_000; // nanoseconds, for the compiler

  private static boolean done;

  private WarmUp() {}

  /**
   * Once in a JVM; who comes second waits for the first.
   *
   * @param patience nanoseconds in which nothing has got fast: without the options nothing will
   */
  static synchronized void run(long patience) {
    if (done) {
      return;
    }
    done = true;
    List<Runnable> slow = loops();
    for (int i = 0; i < FIRST; i++) {
      slow.forEach(Runnable::run);
    }
    for (long end = System.nanoTime() + patience; !slow.isEmpty() && System.nanoTime() < end;) {
      LockSupport.parkNanos(PAUSE);
      if (slow.removeIf(WarmUp::isFast)) {
        end = System.nanoTime() + patience;
      }
    }
  }

  private static boolean isFast(Runnable loop) {
    long start = System.nanoTime();
    for (int i = 0; i < THEN; i++) {
      loop.run();
    }
    return System.nanoTime() - start < THEN * FAST;
  }

  private static List<Runnable> loops() {
    float[] x = new float[64 * LANES];
    float[] y = new float[64 * LANES];
    float[] w = new float[64 * LANES];
    float[] zeros = new float[64 * LANES]; // lists too
    int[] taps = new int[TAPS];
    int[] start = new int[TAPS * LANES];
    int[] indices = new int[TAPS * LANES];
    List<Runnable> loops = new ArrayList<>();
    for (int width : new int[] {6, 4}) {
      loops.add(() -> Tiles.correlate(width, x, 0, LANES, 2 * LANES, 3 * LANES, taps, 0, TAPS, taps, w, 0, w, 0, y, 0, LANES, 2 * LANES,
          3 * LANES, LANES, width));
      loops.add(() -> Tiles.correlateMax(width, x, 0, LANES, taps, taps, taps, w, 0, w, 0, 0, y, 0, LANES));
      loops.add(() -> Tiles.filterGradient(width, x, taps, 0, TAPS, 0, LANES, 2 * LANES, 3 * LANES, 0, 0, 4 * LANES));
    }
    loops.add(() -> InkedTaps.rowBits(x, 0, TAPS));
    loops.add(() -> InkedTaps.list(63, TAPS, indices, 0));
    int stride = Tiles.filterStride(5 * 6);
    int row = Tiles.filterRow(0, stride);
    loops.add(() -> Tiles.chosenFilterGradient(5, 0, TAPS, zeros, 0, start, 0, row, 0, stride));
    if (S.length() < LANES) {
      int narrow = Tiles.filterStride(5);
      loops.add(() -> Tiles.narrowFilterGradient(5, 0, TAPS, zeros, 0, 0, 0, 0, start, 0, Tiles.filterRow(0, narrow), 0, 0,
          narrow));
      loops.add(() -> InkedWindows.markBlocks(x, 0, LANES, TAPS, 32 * LANES));
    }
    loops.add(() -> ChosenList.mark(x, 0, LANES, TAPS, 0));
    float[] table = ChosenList.table(TAPS, 1, 0);
    loops.add(() -> ChosenList.add(63, TAPS, table, 0, y, 0));
    loops.add(() -> Tiles.chosenDataGradient(0, TAPS, zeros, 0, start, 0, zeros, 0, 32 * LANES, 5 * LANES));
    // some hundred vectors are blended at each call, so that the JVM knows that by the time it compiles the poolings
    loops.add(() -> Transpose.split(x, start, 0, 4 * LANES, 0, 4 * LANES));
    loops.add(() -> Transpose.join(x, start, 0, 4 * LANES, 0, 4 * LANES));
    float[] z = new float[12 * 36 * 2 * LANES];
    loops.add(() -> WinogradBlocks.rows(z, 0, 32 * LANES, LANES, 2));
    loops.add(() -> WinogradBlocks.columns(z, 0, 6 * LANES, 64 * LANES));
    loops.add(() -> WinogradBlocks.products(z, 0, z, 0, 0, 2));
    loops.add(() -> WinogradBlocks.outputs(z, 0, 2, z, 0, 0, 0, LANES, 0, LANES));
    loops.add(() -> Tiles.forward(w, 0, 0, 0, Tiles.OUTPUTS, TAPS, x, 0, 16 * LANES, LANES));
    loops.add(() -> Tiles.backward(w, 0, 0, TAPS, Tiles.OUTPUTS, y, x, 0, 16 * LANES));
    loops.add(() -> Tiles.weightGradient(TAPS, x, 0, 1, y, 0, 2 * LANES, w, 0));
    loops.add(() -> VectorPool2d.pool(x, 0, 2 * TAPS * LANES, TAPS, 0, 32 * LANES, 40 * LANES, 1, 2));
    loops.add(() -> VectorPool2d.rectifyBackward(x, 0, 8 * LANES, TAPS, 16 * LANES));
    loops.add(() -> VectorPool2d.unpool(x, 0, 8 * LANES, TAPS, 16 * LANES, LANES, 2 * LANES, 4 * LANES));
    loops.add(() -> VectorPool2d.indices(x, 0, TAPS * LANES, start, 0, 1, 2, indices, 0));
    loops.add(() -> DenseGradient.copy(x, taps, 0, TAPS, 0, 8 * LANES, LANES));
    loops.add(() -> DenseGradient.addPositions(x, 0, TAPS, LANES, 8 * LANES));
    Loops shared = new VectorLoops(); // in each a rest that fills no vector
    loops.add(() -> shared.add(y, 0, x, 0, TAPS * LANES + 1));
    loops.add(() -> shared.rectify(x, 0, TAPS * LANES));
    loops.add(() -> shared.rectifyBackward(x, 0, 8 * LANES, TAPS * LANES));
    Loops.AdamStep step = new Loops.AdamStep(0.9f, 0.999f, 1e-8f, 0.001f, 1, 0, 1);
    loops.add(() -> shared.adam(x, w, y, y, 0, TAPS * LANES + 1, step));
    return loops;
  }
}
