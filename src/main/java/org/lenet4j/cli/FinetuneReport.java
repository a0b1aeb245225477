package org.lenet4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;
import org.lenet4j.report.Table;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.Generation;
import org.lenet4j.tune.LrRange;
import org.lenet4j.tune.Score;
import org.lenet4j.tune.Search;

/**
 * What a fine-tuning came to.
 *
 * @param device  that trained
 * @param kernels that {@code --kernels auto} took, or null
 * @param seed    of the run
 * @param from    the weights that were tuned
 * @param model   tuned
 * @param data    that it was tuned to
 * @param report  of the tuner
 * @param range   of a range test, or null
 * @param search  or null
 * @param out     the file of the weights
 */
record FinetuneReport(String device, KernelChoice kernels, long seed, String from, Model model, DataOptions.Opened data,
    FineTuner.Report report, LrRange range, Search.Result search, Path out) {
  static void printStart(PrintWriter out, String from, String name, DataOptions.Opened data) {
    out.printf("tuning %s to %s: %d training, %d validation and %d test images%n", from, name, data.train().size(),
        data.validation() == null ? 0 : data.validation().size(), data.test() == null ? 0 : data.test().size());
  }

  /** A small table and where the weights are. */
  void print(PrintWriter out) {
    accuracy().lines().forEach(out::println);
    if (Double.isNaN(report.after().sourceAccuracy())) {
      out.println("what this cost on the old data is not known; give some with --source");
    }
    out.printf(Locale.ROOT, "%s%d epochs in %.1f s, weights of epoch %d; saved %s%n",
        report.replayed() > 0 ? report.replayed() + " old images replayed in each epoch; " : "", report.history().epochs().size(),
        report.history().trainSeconds(), report.best(), this.out);
  }

  /** Before and after, on new and on old data. */
  Table accuracy() {
    Score before = report.before();
    Score after = report.after();
    return new Table("", "new data", "old data")
        .row("before", Table.percent(before.targetAccuracy()), Table.percent(before.sourceAccuracy()))
        .row("after", Table.percent(after.targetAccuracy()), Table.percent(after.sourceAccuracy()));
  }

  /** As JSON. */
  Map<String, Object> json(Device open) {
    Map<String, Object> json =
        TrainReport.json("finetune", device, kernels, seed, model, report.history(), report.samples() + report.replayed(), out);
    json.putAll(TrainReport.measured(data.test() != null ? "test" : "validation", TuningPage.metrics(open, model, data)));
    json.putAll(Json.object("from", from, "parent_sha256", Generation.of(model).get(Generation.of(model).size() - 1).parent(),
        "train_samples", report.samples(), "replayed", report.replayed(),
        "validation_samples", data.validation() == null ? 0 : data.validation().size(),
        "best_epoch", report.best(), "epochs_tested_on", data.target() == null ? null : data.measured(),
        "before", json(report.before()), "after", json(report.after()),
        "range_test", range == null ? null : Json.object("suggestion", range.suggestion(), // curve: [learning rate, loss, smoothed loss]
            "curve", range.curve().stream().map(point -> new double[] {point.rate(), point.loss(), point.smoothed()}).toList()),
        "search", search == null ? null : new SearchTable(search).json()));
    return json;
  }

  private static Map<String, Object> json(Score score) {
    return Json.object("target_accuracy", score.targetAccuracy(), "target_loss", score.targetLoss(),
        "source_accuracy", score.sourceAccuracy(), "source_loss", score.sourceLoss());
  }
}
