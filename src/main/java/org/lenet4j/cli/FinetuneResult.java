package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Seen;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;
import org.lenet4j.report.Rates;
import org.lenet4j.report.Report;
import org.lenet4j.report.SettingsInWords;
import org.lenet4j.report.Table;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.Generation;
import org.lenet4j.tune.LrRange;
import org.lenet4j.tune.Score;
import org.lenet4j.tune.Search;
import org.lenet4j.tune.Strength;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What a fine-tuning came to.
 *
 * @param device  the one that trained, still open
 * @param kernels the kernels that {@code --kernels auto} took, or null
 * @param seed    the seed of the run
 * @param from    the weights that were tuned
 * @param model   tuned
 * @param data    the data that it was tuned to
 * @param tuned   what the tuner came to
 * @param range   the result of a range test, or null
 * @param search  the result of a search, or null
 * @param strength the result of the search for a strength, or null
 * @param out     the file of the weights
 */
record FinetuneResult(Device device, KernelChoice kernels, long seed, Path from, Model model, DataOptions.Opened data,
    FineTuner.Result tuned, LrRange range, Search.Result search, Strength strength, Path out) {
  static void printStart(PrintWriter out, Path from, String name, DataOptions.Opened data, Seen.Parts target) {
    out.printf(Locale.ROOT, "tuning %s to %s: %d training, %d validation and %d test images%n", from, name, data.train().size(),
        data.validation() == null ? 0 : data.validation().size(), data.test() == null ? 0 : target.measured().size());
    String left = data.test() == null ? null : Measured.leftOut(target);
    if (left != null) {
      out.println(left);
    }
  }

  /** In one line, what the cross-validation came to. */
  static String describe(Strength strength) {
    List<Strength.Trial> trials = strength.trials();
    Strength.Trial chosen = trials.stream().filter(trial -> trial.strength() == strength.chosen()).findFirst().orElseThrow();
    int all = trials.get(trials.size() - 1).errors();
    String verdict = strength.chosen() == 0 ? "the weights stay as they were; --strength 1 changes them all the same"
        : "strength " + chosen.strength() + (chosen.strength() == 1 ? "" : " with " + chosen.errors());
    return "cross-validation on " + strength.samples() + " training images: " + trials.get(0).errors() + " errors before, " + all
        + " tuned: " + verdict;
  }

  /** A small table and where the weights are. */
  void print(PrintWriter out) {
    accuracy().lines().forEach(out::println);
    if (Double.isNaN(tuned.after().sourceAccuracy())) {
      out.println("what this cost on the old data is not known; give some with --source");
    }
    String way = way();
    out.printf(Locale.ROOT, "%s%d epochs in %.1f s, weights of epoch %d%s; saved %s%n",
        tuned.replayed() > 0 ? tuned.replayed() + " old images replayed in each epoch; " : "", tuned.history().last().epoch(),
        tuned.history().trainSeconds(), tuned.bestEpoch(), way.isEmpty() ? "" : ", " + way, this.out);
  }

  /** This tuning, as the model notes it. */
  private Generation generation() {
    List<Generation> past = Generation.of(model);
    return past.get(past.size() - 1);
  }

  /** How far the weights went, if not all the way: epochs were measured at its end. */
  private String way() {
    String strength = generation().settings().get("strength");
    return strength == null ? "" : strength + " of the way from the old ones";
  }

  /** Before and after, on new and on old data. */
  Table accuracy() {
    Score before = tuned.before();
    Score after = tuned.after();
    return new Table("", title("new data", tuned.target()), title("old data", tuned.source()))
        .row("before", Table.percent(before.targetAccuracy()), Table.percent(before.sourceAccuracy()))
        .row("after", Table.percent(after.targetAccuracy()), Table.percent(after.sourceAccuracy()));
  }

  /** Says in the same table whether a figure is of images that it is no wonder to read. */
  private static String title(String data, Seen.Parts parts) {
    return isTrainedOn(parts) ? data + ", trained on" : data;
  }

  private static boolean isTrainedOn(Seen.Parts parts) {
    return parts != null && parts.unseen() == null;
  }

  /** As JSON. */
  Map<String, Object> json() {
    Map<String, Object> json =
        TrainResult.json("finetune", device.name(), kernels, seed, model, tuned.history(), tuned.samples() + tuned.replayed(), out);
    json.putAll(TrainResult.measured(data.test() != null ? "test" : "validation", metrics(device, model, tuned.target()),
        isTrainedOn(tuned.target())));
    json.putAll(Json.object("from", from.toString(), "parent_sha256", generation().parent(),
        "train_samples", tuned.samples(), "replayed", tuned.replayed(),
        "validation_samples", data.validation() == null ? 0 : data.validation().size(),
        "best_epoch", tuned.bestEpoch(), "epochs_split", data.target() == null ? null : data.measured(),
        "before", json(tuned.before()), "after", json(tuned.after()), "source_trained_on", isTrainedOn(tuned.source()),
        "range_test", range == null ? null : Json.object("suggestion", range.suggestion(), // curve: [learning rate, loss, smoothed loss]
            "curve", range.curve().stream().map(point -> new double[] {point.rate(), point.loss(), point.smoothed()}).toList()),
        "search", search == null ? null : new SearchTable(search).json(),
        "strength", strength == null ? null : Json.object("chosen", strength.chosen(), "held_out", strength.samples(),
            "trials", strength.trials().stream().map(trial -> Json.object("value", trial.strength(), "errors", trial.errors(),
                "validation_loss", trial.loss())).toList())));
    return json;
  }

  private static Map<String, Object> json(Score score) {
    return Json.object("target_accuracy", score.targetAccuracy(), "target_loss", score.targetLoss(),
        "source_accuracy", score.sourceAccuracy(), "source_loss", score.sourceLoss());
  }

  /** On the test images, else on the validation part; null if there is neither, or labels do not fit. */
  static Metrics metrics(Device device, Model model, Seen.Parts parts) {
    Dataset target = parts == null ? null : parts.measured();
    boolean fits = target != null && Arrays.stream(target.labels()).max().getAsInt() < model.outputSize();
    return fits ? Metrics.of(device, model, target.withClasses(model.outputSize())) : null;
  }

  /**
   * Writes the page.
   *
   * @param spec   the command
   * @param name   the name of the new data
   * @param before confusion matrix of the model as it was, or null if there is nothing to measure on
   * @param rates  the learning rate
   */
  void write(CommandSpec spec, String name, Metrics before, Rates rates, Path folder) throws IOException {
    int epochs = tuned.history().last().epoch();
    Report page = Page.begin("Fine-tuning to " + name, model.classNames(), spec, device,
        epochs + (epochs == 1 ? " epoch in " : " epochs in ") + Page.duration(tuned.history().trainSeconds()));
    Verdict verdict = verdict();
    page.answer("Was it worth it?", verdict.answer(), verdict.more(), gain());
    String way = way();
    page.epochs(tuned.history().epochs(), data.measured(), rates.recipe().loss(),
        way.isEmpty() ? "" : ", by weights tuned all the way; those that are kept went " + way);
    Metrics after = metrics(device, model, tuned.target());
    if (before != null) {
      page.confusion("before", before);
    }
    if (after != null) {
      page.confusion("after", after);
      if (before == null) {
        page.classes(after);
      }
      page.mistakes(device, model, tuned.target().measured());
    }
    page.rates(rates, epochs);
    page.filters(model);
    if (range != null) {
      page.range(range);
    }
    if (before != null) {
      page.classes(after);
    }
    page.list("How it was tuned", settings());
    if (search != null) {
      page.table("Search", new SearchTable(search).table());
    }
    List<Generation> past = Generation.of(model);
    if (past.size() > 1) {
      page.table("History", past(past));
    }
    page.write(folder);
  }

  private Verdict verdict() {
    if (strength != null && strength.chosen() == 0) {
      return new Verdict("No: tuning gained nothing on images that it had not seen, so the weights stay as they were.", describe(strength));
    }
    return Verdict.of(tuned.before(), tuned.after(), images(tuned.target()), images(tuned.source()));
  }

  private static long images(Seen.Parts parts) {
    return parts == null || parts.measured() == null ? 0 : parts.measured().size();
  }

  private Table gain() {
    Table table = new Table("read right", "before", "after", "change", "images");
    gain(table, title("new data", tuned.target()), tuned.before().targetAccuracy(), tuned.after().targetAccuracy(), tuned.target());
    gain(table, title("old data", tuned.source()), tuned.before().sourceAccuracy(), tuned.after().sourceAccuracy(), tuned.source());
    return table;
  }

  private static void gain(Table table, String name, double before, double after, Seen.Parts parts) {
    double change = 100 * (after - before);
    String signed = Double.isNaN(change) ? "" : Table.format(change == 0 ? "%.2f" : "%+.2f", change).replace('-', '−');
    table.row(name, Table.percent(before), Table.percent(after), signed, images(parts) == 0 ? "" : Table.format("%,d", images(parts)));
  }

  private Map<String, String> settings() {
    Generation last = generation();
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("tuned from", from + ", SHA-256 " + last.parent().substring(0, 12) + "…");
    settings.put("new images", Table.format("%,d", last.samples()));
    settings.put("old images in each epoch", Table.format("%,d", last.replayed()));
    settings.put("weights of epoch", Integer.toString(last.epochs()));
    settings.putAll(SettingsInWords.of(last.settings()));
    return settings;
  }

  /** The fine-tunings in a model's past. */
  static Table past(List<Generation> past) {
    Table table = new Table("parent", "data", "images", "replayed", "new data", "old data");
    for (Generation generation : past) {
      Score before = generation.before();
      Score after = generation.after();
      table.row(generation.parent().substring(0, 8), generation.data(), generation.samples(), generation.replayed(),
          Table.percent(before.targetAccuracy()) + " to " + Table.percent(after.targetAccuracy()),
          Table.percent(before.sourceAccuracy()) + " to " + Table.percent(after.sourceAccuracy()));
    }
    return table;
  }
}
