package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.report.Rates;
import org.lenet4j.report.Report;
import org.lenet4j.report.Table;
import org.lenet4j.tune.Generation;
import org.lenet4j.tune.Score;

/**
 * The report of a fine-tuning as a page.
 *
 * @param tuning what it came to
 * @param name   of the new data
 * @param before confusion matrix of the model as it was, or null if there is nothing to measure on
 * @param rates  the learning rate
 */
record TuningPage(FinetuneReport tuning, String name, Metrics before, Rates rates) {
  /** On the test images, else on the validation part; null if there is neither, or labels do not fit. */
  static Metrics metrics(Device device, Model model, DataOptions.Opened data) {
    Dataset target = data.target();
    boolean fits = target != null && Arrays.stream(target.labels()).max().getAsInt() < model.outputSize();
    return fits ? Metrics.of(device, model, target.withClasses(model.outputSize())) : null;
  }

  void write(Device device, Path folder) throws IOException {
    Report page = new Report("Fine-tuning to " + name, tuning.data().classNames());
    page.table("Accuracy", tuning.accuracy());
    page.epochs(tuning.report().history().epochs(), tuning.data().measured());
    if (before != null) {
      page.confusion("before", before);
    }
    Metrics after = metrics(device, tuning.model(), tuning.data());
    if (after != null) {
      page.confusion("after", after);
    }
    page.rates(rates, tuning.report().history().last().epoch());
    if (tuning.range() != null) {
      page.range(tuning.range());
    }
    page.filters(tuning.model());
    if (after != null) {
      page.classes(after);
      page.mistakes(device, tuning.model(), tuning.data().target());
    }
    page.table("How", settings());
    if (tuning.search() != null) {
      page.table("Search", new SearchTable(tuning.search()).table());
    }
    List<Generation> past = Generation.of(tuning.model());
    if (past.size() > 1) {
      page.table("History", past(past));
    }
    page.write(folder);
  }

  private Table settings() {
    List<Generation> past = Generation.of(tuning.model());
    Generation last = past.get(past.size() - 1);
    Table table = new Table("setting", "value").row("from", tuning.from() + ", SHA-256 " + last.parent().substring(0, 12) + "…")
        .row("new images", last.samples()).row("old images in each epoch", last.replayed()).row("weights of epoch", last.epochs());
    last.settings().forEach((name, value) -> table.row(name.replace('_', ' '), value.isEmpty() ? "none" : value));
    return table.row("device", tuning.device());
  }

  private static Table past(List<Generation> past) {
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
