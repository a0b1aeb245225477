package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.report.Rates;
import org.lenet4j.report.Report;
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
    Dataset target = target(data);
    boolean fits = target != null && Arrays.stream(target.labels()).max().getAsInt() < model.outputSize();
    return fits ? Metrics.of(device, model, target.withClasses(model.outputSize())) : null;
  }

  private static Dataset target(DataOptions.Opened data) {
    return data.test() != null ? data.test() : data.validation();
  }

  void write(Device device, Path folder) throws IOException {
    Report page = new Report("Fine-tuning to " + name, tuning.model().classNames());
    page.table("Accuracy", accuracy());
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
      page.mistakes(device, tuning.model(), target(tuning.data()));
    }
    page.table("How", settings());
    if (tuning.search() != null) {
      page.table("Search", new SearchTable(tuning.search()).rows());
    }
    List<Generation> past = Generation.of(tuning.model());
    if (past.size() > 1) {
      page.table("History", past(past));
    }
    page.write(folder);
  }

  private List<List<String>> accuracy() {
    Score before = tuning.report().before();
    Score after = tuning.report().after();
    return List.of(List.of("", "new data", "old data"),
        List.of("before", percent(before.targetAccuracy()), percent(before.sourceAccuracy())),
        List.of("after", percent(after.targetAccuracy()), percent(after.sourceAccuracy())));
  }

  private static String percent(double accuracy) {
    return Double.isNaN(accuracy) ? "not known" : String.format(Locale.ROOT, "%.2f%%", 100 * accuracy);
  }

  private List<List<String>> settings() {
    List<Generation> past = Generation.of(tuning.model());
    Generation last = past.get(past.size() - 1);
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("setting", "value"));
    rows.add(List.of("from", tuning.from() + ", SHA-256 " + last.parent().substring(0, 12) + "…"));
    rows.add(List.of("new images", Integer.toString(last.samples())));
    rows.add(List.of("old images in each epoch", Integer.toString(last.replayed())));
    rows.add(List.of("weights of epoch", Integer.toString(last.epochs())));
    for (Map.Entry<String, String> setting : last.settings().entrySet()) {
      rows.add(List.of(setting.getKey().replace('_', ' '), setting.getValue().isEmpty() ? "none" : setting.getValue()));
    }
    rows.add(List.of("device", tuning.device()));
    return rows;
  }

  private static List<List<String>> past(List<Generation> past) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("parent", "data", "images", "replayed", "new data", "old data"));
    for (Generation generation : past) {
      rows.add(List.of(generation.parent().substring(0, 8), generation.data(), Integer.toString(generation.samples()),
          Integer.toString(generation.replayed()),
          percent(generation.before().targetAccuracy()) + " to " + percent(generation.after().targetAccuracy()),
          percent(generation.before().sourceAccuracy()) + " to " + percent(generation.after().sourceAccuracy())));
    }
    return rows;
  }
}
