package org.lenet4j.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import org.lenet4j.EpochResult;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.nn.Model;
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
    Score before = report.before();
    Score after = report.after();
    out.println("          new data  old data");
    out.printf("before    %8s  %8s%n", percent(before.targetAccuracy()), percent(before.sourceAccuracy()));
    out.printf("after     %8s  %8s%n", percent(after.targetAccuracy()), percent(after.sourceAccuracy()));
    if (Double.isNaN(after.sourceAccuracy())) {
      out.println("what this cost on the old data is not known; give some with --source");
    }
    out.printf(Locale.ROOT, "%s%d epochs in %.1f s, weights of epoch %d; saved %s%n",
        report.replayed() > 0 ? report.replayed() + " old images replayed in each epoch; " : "", report.history().last().epoch(),
        report.history().trainSeconds(), report.best(), this.out);
  }

  private static String percent(double accuracy) {
    return Double.isNaN(accuracy) ? "-" : String.format(Locale.ROOT, "%.2f%%", 100 * accuracy);
  }

  /** One object. */
  void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("command", "finetune");
    json.writeStringField("device", device);
    TrainReport.writeKernels(json, kernels);
    json.writeNumberField("seed", seed);
    json.writeNumberField("parameters", model.parameterCount());
    json.writeArrayFieldStart("epochs");
    for (EpochResult epoch : report.history().epochs()) {
      TrainReport.write(json, epoch);
    }
    json.writeEndArray();
    json.writeStringField("epochs_tested_on", data.validation() != null ? "validation" : "test");
    JsonFile.number(json, "test_accuracy", report.after().targetAccuracy());
    JsonFile.number(json, "test_loss", report.after().targetLoss());
    JsonFile.number(json, "train_seconds", report.history().trainSeconds());
    JsonFile.number(json, "samples_per_second", (double) (report.samples() + report.replayed()) * report.history().epochs().size()
        / report.history().trainSeconds());
    json.writeStringField("model", out.toString());
    json.writeStringField("from", from);
    json.writeStringField("parent_sha256", Generation.of(model).get(Generation.of(model).size() - 1).parent());
    json.writeNumberField("best_epoch", report.best());
    json.writeNumberField("samples", report.samples());
    json.writeNumberField("replayed", report.replayed());
    json.writeNumberField("validation_samples", data.validation() == null ? 0 : data.validation().size());
    write(json, "before", report.before());
    write(json, "after", report.after());
    writeSearches(json);
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, Score score) throws IOException {
    json.writeObjectFieldStart(name);
    JsonFile.number(json, "target_accuracy", score.targetAccuracy());
    JsonFile.number(json, "target_loss", score.targetLoss());
    JsonFile.number(json, "source_accuracy", score.sourceAccuracy());
    JsonFile.number(json, "source_loss", score.sourceLoss());
    json.writeEndObject();
  }

  private void writeSearches(JsonGenerator json) throws IOException {
    if (range != null) {
      json.writeObjectFieldStart("range_test");
      JsonFile.number(json, "suggestion", range.suggestion());
      json.writeArrayFieldStart("curve"); // [learning rate, loss, smoothed loss]
      for (LrRange.Point point : range.curve()) {
        json.writeArray(new double[] {point.rate(), point.loss(), point.smoothed()}, 0, 3);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    if (search != null) {
      json.writeFieldName("search");
      new SearchTable(search).writeTo(json);
    }
  }
}
