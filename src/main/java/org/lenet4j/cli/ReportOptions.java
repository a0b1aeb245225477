package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.lenet4j.report.Rates;
import org.lenet4j.report.Report;
import org.lenet4j.report.TensorBoard;
import picocli.CommandLine.Option;

/** What a training run is shown with. */
final class ReportOptions {
  @Option(names = "--report", paramLabel = "DIR", description = "Writes a page with curves, confusion matrices, filters and the surest"
      + " mistakes, and each drawing as an SVG file.")
  private Path report;

  @Option(names = "--tensorboard", paramLabel = "DIR",
      description = "Writes the curves as events for TensorBoard, epoch by epoch; a folder for this run alone.")
  private Path tensorboard;

  /** The folder of the report, or null. */
  Path report() {
    return report;
  }

  /**
   * Finds now that a folder cannot be written.
   *
   * @param resumed whether the run began before, and its events may be there
   */
  void check(boolean resumed) throws IOException {
    if (report != null) {
      Report.check(report);
    }
    if (tensorboard != null) {
      TensorBoard.check(tensorboard, resumed);
    }
  }

  /** Begins the events, or returns null if they are not wanted. */
  TensorBoard events(String measured, Rates rates) throws IOException {
    return tensorboard == null ? null : new TensorBoard(tensorboard, measured, rates);
  }
}
