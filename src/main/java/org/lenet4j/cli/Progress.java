package org.lenet4j.cli;

import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.lenet4j.EpochResult;
import org.lenet4j.TrainListener;
import org.lenet4j.report.Table;

/** Shows how training goes: a line an epoch, and on a terminal a bar within the epoch. */
final class Progress implements TrainListener, AutoCloseable {
  private static final int WIDTH = 79;

  private final PrintWriter out;
  private final PrintWriter terminal; // or null
  private final int epochs;
  private final String measured;
  private ProgressBar bar;

  /** Writes lines to {@code out}, and bars to standard error if the launcher saw that it is a terminal. */
  Progress(PrintWriter out, PrintWriter err, int epochs) {
    this(out, err, epochs, "test");
  }

  /** As the other, with what the data is called that epochs are measured on. */
  Progress(PrintWriter out, PrintWriter err, int epochs, String measured) {
    this.out = out;
    this.terminal = isTerminal() ? err : null;
    this.epochs = epochs;
    this.measured = measured;
  }

  /** Whether standard error is a terminal. The launcher says so: Java cannot tell for standard error alone. */
  static boolean isTerminal() {
    return Boolean.getBoolean("lenet4j.terminal");
  }

  @Override public void progress(int epoch, int samples, int total, double loss) {
    if (terminal == null) {
      return;
    }
    if (bar == null) {
      bar = new ProgressBarBuilder().setTaskName("epoch " + epoch + "/" + epochs).setInitialMax(total).setConsumer(new Line(terminal))
          .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(100).clearDisplayOnFinish().showSpeed().build();
    }
    bar.setExtraMessage(Table.format(" loss %.4f", loss));
    bar.stepTo(samples);
  }

  @Override public void epoch(EpochResult result) {
    close();
    out.println("epoch " + result.epoch() + "/" + epochs + scores("train", result.trainLoss(), result.trainAccuracy())
        + (Double.isNaN(result.testLoss()) ? "" : scores(measured, result.testLoss(), result.testAccuracy()))
        + Table.format("  %.1f s", result.seconds()));
  }

  private static String scores(String data, double loss, double accuracy) {
    return Table.format("  %s loss %.4f accuracy %.2f%%", data, loss, 100 * accuracy);
  }

  /** Takes the bar away. */
  @Override public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  /** One line of the terminal, without asking it for its width, which takes a library and time. */
  private record Line(PrintWriter terminal) implements ProgressBarConsumer {
    @Override public int getMaxRenderedLength() {
      return WIDTH;
    }

    @Override public void accept(String text) {
      terminal.print("\r" + text);
      terminal.flush();
    }

    @Override public void clear() {
      terminal.print("\r" + " ".repeat(WIDTH) + "\r");
      terminal.flush();
    }

    @Override public void close() {}
  }
}
