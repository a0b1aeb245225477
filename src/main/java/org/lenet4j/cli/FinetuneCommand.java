package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.data.Dataset;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.report.Table;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.LrRange;
import org.lenet4j.tune.Search;
import org.lenet4j.tune.Tuning;
import picocli.CommandLine;
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
  @Mixin private ForgettingOptions forgettingOptions;
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

  @Option(names = "--checkpoint", paramLabel = "FILE", description = "Written after an epoch if the last one was seconds ago, removed when"
      + " the run completes (the name of --out plus .ckpt).")
  private Path checkpoint;

  @Option(names = "--resume", paramLabel = "FILE", description = "Continues from a checkpoint. The settings come from it; only --from and"
      + " --data (if they have moved), --out, --checkpoint, --report, --tensorboard, --device, --threads, --json and --verbose can be given"
      + " too.")
  private Path resume;

  private Checkpoint start; // what to continue from, or null

  @Mixin private ReportOptions reportOptions;

  @Override public Integer call() throws IOException {
    if (resume != null && start == null) {
      return continued();
    }
    if (dataOptions.data() == null) {
      throw usage("give the new data with --data: a folder of IDX files or of images, mnist or digits");
    }
    Recipe recipe = usage(recipeOptions::recipe);
    usage(forgettingOptions::check);
    deviceOptions.check();
    checkFiles();
    if (search != null && search < 1) {
      throw usage("--search needs at least 1 trial, got " + search);
    }
    Model parent = load();
    Model model = usage(() -> tuningOptions.prepare(parent.copy(), seed));
    DataOptions.Opened data = usage(() -> dataOptions.open(seed, tuningOptions.stops() || search != null, err()));
    model.classNames(DataOptions.names(data.classNames(), model));
    ForgettingOptions.Old old = usage(() -> forgettingOptions.open(parent, seed));
    try (Device device = deviceOptions.open()) {
      out().println(device.describe());
      FineTuner tuner = new FineTuner(device, model).parent(parent).seed(seed).name(dataOptions.name())
          .target(data.test() != null ? data.test() : data.validation());
      if (dataOptions.allowMissing()) {
        tuner.allowMissing();
      }
      usage(() -> forgettingOptions.set(tuner, old, device, model, seed, tuningOptions.freeLayers(model)));
      usage(() -> tuningOptions.set(tuner, model, recipe.withAnchor(tuner.recipe().anchor())));
      LrRange range = findRate ? usage(() -> range(device, model, tuner, data.train())) : null;
      Search.Result found = search == null ? null : usage(() -> search(tuner, data));
      FinetuneRun run = new FinetuneRun(device, tuner, from, dataOptions, data, old, range, found,
          new FinetuneRun.Files(out, checkpoint, resume, start, reportOptions));
      Map<String, String> settings = run.settings(StoredOptions.of(spec.commandLine().getParseResult()));
      try (Progress progress = new Progress(out(), err(), tuner.recipe().epochs(), data.validation() != null ? "validation" : "test");
          Tuning tuning = usage(() -> run.begin(settings, progress, out()))) {
        run.train(tuning, settings, out(), err(), json());
      }
    }
    return 0;
  }

  /** The same command with the options that the checkpoint's run had. */
  private int continued() throws IOException {
    Checkpoint from = Checkpoint.load(resume);
    FinetuneCommand command = new FinetuneCommand();
    CommandLine line = new CommandLine(command).setOut(spec.commandLine().getOut()).setErr(err());
    List<String> arguments = usage(() -> StoredOptions.arguments(from.settings(), spec.commandLine().getParseResult()));
    line.parseArgs(arguments.toArray(new String[0]));
    command.start = from;
    command.resume = resume;
    return command.call();
  }

  /** Does what options say. */
  @FunctionalInterface private interface Reading<T> {
    T read() throws IOException;
  }

  /** What options say wrongly is wrong usage. */
  private <T> T usage(Reading<T> reading) throws IOException {
    try {
      return reading.read();
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  private void checkFiles() throws IOException {
    checkpoint = checkpoint == null ? Path.of(out + ".ckpt") : checkpoint;
    checkDifferent("--checkpoint", checkpoint);
    if (json().name() != null && !json().isStdout()) {
      checkDifferent("--json", Path.of(json().name()));
    }
    AtomicFile.check(out);
    AtomicFile.check(checkpoint);
    json().check();
    reportOptions.check(resume != null);
  }

  private void checkDifferent(String option, Path file) {
    if (out.toAbsolutePath().normalize().equals(file.toAbsolutePath().normalize())) {
      throw usage("--out and " + option + " are the same file " + out + "; give one of them another name");
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
    Table table = new Table("learning rate", "loss");
    for (int i = 0; i < range.curve().size(); i += 10) {
      LrRange.Point point = range.curve().get(i);
      table.row(Table.format("%.1e", point.rate()), Table.format("%.4f", point.smoothed()));
    }
    table.lines().forEach(out()::println);
    out().printf(Locale.ROOT, "learning rate %.1e, a tenth of where the loss was lowest%n", range.suggestion());
    tuner.optimizer(tuner.recipe().optimizer().withLearningRate(range.suggestion()));
    return range;
  }

  private Search.Result search(FineTuner tuner, DataOptions.Opened data) {
    Search.Result found = Search.around(tuner.recipe().optimizer()).run(tuner, data.train(), data.validation(), search);
    SearchTable table = new SearchTable(found);
    table.table().lines().forEach(out()::println);
    out().println(table.best());
    Search.apply(found.best(), tuner);
    return found;
  }
}
