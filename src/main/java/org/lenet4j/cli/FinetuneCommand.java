package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import org.lenet4j.Device;
import org.lenet4j.FineTuner;
import org.lenet4j.LeNet5;
import org.lenet4j.LrRange;
import org.lenet4j.Metrics;
import org.lenet4j.Model;
import org.lenet4j.Recipe;
import org.lenet4j.Search;
import org.lenet4j.Tuning;
import org.lenet4j.data.Dataset;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.report.Report;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lenet4j finetune}. */
@Command(name = "finetune", sortOptions = false, description = "Tunes trained weights to new data, and says what that cost on the old.")
final class FinetuneCommand extends Subcommand {
  private static final int RANGE_STEPS = 200;

  @Option(names = "--from", paramLabel = "FILE", defaultValue = "pretrained",
      description = "The weights to start from: a file, or pretrained, which are those that come with lenet4j (${DEFAULT-VALUE}).")
  private String from;

  @Mixin private DataOptions dataOptions;
  @Mixin private TuningOptions tuningOptions;
  @Mixin private MemoryOptions memoryOptions;
  @Mixin private RecipeOptions recipeOptions = new RecipeOptions("tune");

  @Option(names = "--find-lr", description = "Begins with a range test and takes the learning rate that it suggests.")
  private boolean findRate;

  @Option(names = "--search", paramLabel = "N", description = "Begins with a search: N settings of learning rate, weight decay, frozen"
      + " layers and augmentation by successive halving on validation data.")
  private Integer search;

  @Option(names = "--seed", paramLabel = "N", description = "Of the sample order and all else that is random (42).")
  private long seed = 42;

  @Mixin private DeviceOptions deviceOptions;

  @Option(names = "--out", paramLabel = "FILE", defaultValue = "finetuned.safetensors", description = "The weights (${DEFAULT-VALUE}).")
  private Path out;

  @Option(names = "--report", paramLabel = "DIR", description = "Writes a page with curves, confusion matrices before and after, and the"
      + " surest mistakes, and each picture as a PNG file.")
  private Path reportFolder;

  @Override public Integer call() throws IOException {
    Recipe recipe = usage(recipeOptions::recipe);
    usage(() -> {
      memoryOptions.check();
      return null;
    });
    deviceOptions.check();
    checkFiles();
    Model parent = load();
    Model model = parent.copy();
    usage(() -> {
      tuningOptions.prepare(model, seed);
      return null;
    });
    DataOptions.Opened data = dataOptions.open(seed, tuningOptions.stops() || search != null, err());
    MemoryOptions.Old old = memoryOptions.open(parent, seed);
    try (Device device = deviceOptions.open()) {
      out().println(device.describe());
      FineTuner tuner = new FineTuner(device, model).parent(parent).seed(seed).name(dataOptions.name())
          .target(data.test() != null ? data.test() : data.validation());
      if (dataOptions.allowMissing()) {
        tuner.allowMissing();
      }
      memoryOptions.set(tuner, old, device, model, seed, tuningOptions.freeLayers(model));
      usage(() -> {
        tuningOptions.set(tuner, model, recipe.withAnchor(tuner.recipe().anchor()));
        return null;
      });
      LrRange range = findRate ? range(device, model, tuner, data.train()) : null;
      Search.Result found = search == null ? null : search(tuner, data);
      run(device, tuner, data, range, found);
    }
    return 0;
  }

  /** What options say wrongly is wrong usage. */
  private <T> T usage(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private void checkFiles() throws IOException {
    if (json().name() != null && !json().isStdout()
        && out.toAbsolutePath().normalize().equals(Path.of(json().name()).toAbsolutePath().normalize())) {
      throw usage("--out and --json are the same file " + out + "; give one of them another name");
    }
    AtomicFile.check(out);
    json().check();
    if (reportFolder != null) {
      Report.check(reportFolder);
    }
  }

  private Model load() throws IOException {
    if (from.equals("pretrained")) {
      return LeNet5.pretrained();
    }
    Path file = Path.of(from);
    if (Files.notExists(file)) {
      throw new IOException("there are no weights " + file + "; train some with lenet4j train, or use --from pretrained");
    }
    Model model = Model.load(file);
    if (!model.input().equals(LeNet5.INPUT)) {
      throw new IOException(file + ": the model takes " + model.input() + ", an image becomes " + LeNet5.INPUT
          + "; use a model of that input");
    }
    return model;
  }

  private LrRange range(Device device, Model model, FineTuner tuner, Dataset train) {
    LrRange range = LrRange.test(device, model, tuner.recipe(), train.withClasses(model.outputSize()), RANGE_STEPS, seed);
    out().println("  learning rate      loss");
    for (int i = 0; i < range.curve().size(); i += 10) {
      LrRange.Point point = range.curve().get(i);
      out().printf(Locale.ROOT, "  %13.1e  %8.4f%n", point.rate(), point.smoothed());
    }
    out().printf(Locale.ROOT, "learning rate %.1e, a tenth of where the loss was lowest%n", range.suggestion());
    tuner.optimizer(tuner.recipe().optimizer().withLearningRate(range.suggestion()));
    return range;
  }

  private Search.Result search(FineTuner tuner, DataOptions.Opened data) {
    Search.Result found = Search.around(tuner.recipe().optimizer()).run(tuner, data.train(), data.validation(), search);
    new SearchTable(found).print(out());
    Search.apply(found.best(), tuner);
    return found;
  }

  private void run(Device device, FineTuner tuner, DataOptions.Opened data, LrRange range, Search.Result found) throws IOException {
    Dataset watched = data.validation() != null ? data.validation() : data.test();
    int epochs = tuner.recipe().epochs();
    Metrics before = reportFolder == null ? null : TuningPage.metrics(device, tuner.model(), data);
    try (Progress progress = new Progress(out(), err(), epochs, data.validation() != null ? "validation" : "test");
        Tuning tuning = tuner.listener(progress).start(data.train(), watched)) {
      FinetuneReport.printStart(out(), from, dataOptions.name(), data);
      while (!tuning.isDone()) {
        tuning.epoch();
      }
      FineTuner.Report report = tuning.finish();
      tuner.model().save(out);
      FinetuneReport written = new FinetuneReport(device.name(), seed, from, tuner.model(), data, report, range, found, out);
      written.print(out());
      json().write(written::writeTo);
      if (reportFolder != null) {
        new TuningPage(written, dataOptions.name(), before).write(device, reportFolder);
        out().println("report: " + reportFolder.resolve("index.html"));
      }
    }
  }
}
