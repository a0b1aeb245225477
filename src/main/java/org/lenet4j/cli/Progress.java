package org.lenet4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.lenet4j.EpochResult;
import org.lenet4j.TrainListener;
import org.lenet4j.report.Table;

/** Shows how training goes: a line an epoch, and on a terminal a bar within the epoch. */
final class Progress implements TrainListener, AutoCloseable {
  private static final int LEAST_BAR = 10; // characters; what else there is to say gives way to it
  private static final long REDRAW_NANOS = 100_000_000;

  private final PrintWriter out;
  private final PrintWriter err;
  private final Terminal terminal; // or null
  private final int epochs;
  private final String measured;
  private final LongSupplier clock;
  private final Pace pace = new Pace();
  private int samplesBefore; // of the epoch, when progress was last told
  private long before; // when that was, 0 for not yet
  private double between; // seconds from the end of an epoch's training to that of the epoch
  private long drawn; // when the bar was drawn last
  private int length; // of what stands on the terminal's line

  /**
   * Writes lines to {@code out}, and bars to standard error if the launcher saw that it is a terminal.
   *
   * @param measured what the data is called that epochs are measured on
   */
  Progress(PrintWriter out, PrintWriter err, int epochs, String measured) {
    this(out, err, Terminal.ofErrors(), epochs, measured, System::nanoTime);
  }

  /** With another terminal, or null for none, and another clock. */
  Progress(PrintWriter out, PrintWriter err, Terminal terminal, int epochs, String measured, LongSupplier clock) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
    this.epochs = epochs;
    this.measured = measured;
    this.clock = clock;
    before = clock.getAsLong();
  }

  /** Shows that the first epoch has begun. */
  void begin(int samples) {
    if (terminal != null) {
      before = clock.getAsLong();
      draw(bar(1, 0, samples, Double.NaN));
    }
  }

  @Override public void progress(int epoch, int samples, int total, double loss) {
    if (terminal == null) {
      return;
    }
    long now = clock.getAsLong();
    pace.add(samples - samplesBefore, (now - before) / 1e9);
    samplesBefore = samples;
    before = now;
    if (drawn == 0 || length == 0 || now - drawn >= REDRAW_NANOS) {
      draw(bar(epoch, samples, total, loss));
      drawn = now;
    }
  }

  /** As wide as the terminal. */
  private String bar(int epoch, int samples, int total, double loss) {
    int width = terminal.columns() - 1; // in the last column some terminals begin a new line
    String head = title(epoch) + " ";
    double left = pace.seconds(total - samples);
    List<String> tail = new ArrayList<>(List.of(Table.format(" %3d%%", 100L * samples / total)));
    if (pace.isKnown()) {
      double all = left + (epochs - epoch) * (pace.seconds(total) + between);
      tail.add("  left " + Pace.clock(left) + (epochs > 1 ? ", in all " + Pace.clock(all) : ""));
      tail.add(Table.format("%11s", pace.perSecond()));
    }
    if (!Double.isNaN(loss)) {
      tail.add("  loss " + number(loss));
    }
    while (tail.size() > 1 && width - head.length() - String.join("", tail).length() - 2 < LEAST_BAR) {
      tail.remove(tail.size() - 1);
    }
    String said = String.join("", tail);
    int room = Math.max(0, width - head.length() - said.length() - 2);
    int done = (int) ((long) room * samples / total);
    String bar = "=".repeat(done) + (done < room ? ">" + " ".repeat(room - done - 1) : "");
    String line = head + "[" + bar + "]" + said;
    return line.substring(0, Math.min(line.length(), Math.max(0, width)));
  }

  private void draw(String line) {
    length = Math.min(length, terminal.columns() - 1); // what stands there of a wider terminal is no more one line
    err.print("\r" + line + " ".repeat(Math.max(0, length - line.length())));
    err.flush();
    length = line.length();
  }

  @Override public void epoch(EpochResult result) {
    long now = clock.getAsLong();
    between = (now - before) / 1e9;
    before = now;
    samplesBefore = 0;
    close();
    String line = line(result, "  %s loss %s accuracy %6.2f%%", "  %5.1f s");
    if (terminal != null && line.length() > terminal.columns()) { // of 80 columns
      line = line(result, "  %s loss %s %6.2f%%", "  %5.1f s");
    }
    if (terminal != null && line.length() > terminal.columns()) {
      line = line(result, "  %s %s %6.2f%%", "  %2.0f s");
    }
    out.println(line);
  }

  private String line(EpochResult result, String scores, String seconds) {
    return title(result.epoch()) + Table.format(scores, "train", number(result.trainLoss()), 100 * result.trainAccuracy())
        + (Double.isNaN(result.testLoss()) ? ""
            : Table.format(scores, measured, number(result.testLoss()), 100 * result.testAccuracy()))
        + Table.format(seconds, result.seconds());
  }

  private String title(int epoch) {
    String all = Integer.toString(epochs);
    return Table.format("epoch %" + all.length() + "d/%s", epoch, all);
  }

  /** As wide for losses of runs that learn, and short for those of others. */
  private static String number(double loss) {
    return Table.format(loss < 1e4 ? "%.4f" : "%.2e", loss);
  }

  /** Takes the bar away. */
  @Override public void close() {
    if (length > 0) {
      draw("");
      err.print("\r");
      err.flush();
    }
  }
}
