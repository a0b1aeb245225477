package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.lenet4j.Checkpoint;
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
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lenet4j finetune}. */
@Command(name = "finetune", sortOptions = false, description = "Tunes trained weights to new data, and says what that cost on the old.")
final class FinetuneCommand extends Subcommand {
  private static final int RANGE_STEPS = 200;
  private static final long SAVE_NANOS = 2_000_000_000; // a short tuning needs no checkpoint

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

  @Option(names = "--checkpoint", paramLabel = "FILE", description = "Written after an epoch if the last one was seconds ago, removed when"
      + " the run completes (the name of --out plus .ckpt).")
  private Path checkpoint;

  @Option(names = "--resume", paramLabel = "FILE", description = "Continues from a checkpoint. The settings come from it; only --from and"
      + " --data (if they have moved), --out, --checkpoint, --report, --device, --threads, --json and --verbose can be given too.")
  private Path resume;

  private Checkpoint start; // what to continue from, or null

  @Option(names = "--report", paramLabel = "DIR", description = "Writes a page with curves, confusion matrices before and after, and the"
      + " surest mistakes, and each picture as a PNG file.")
  private Path reportFolder;

  @Override public Integer call() throws IOException {
    if (resume != null && start == null) {
      return continued();
    }
    if (dataOptions.data() == null) {
      throw usage("give the new data with --data: a folder of IDX files or of images, mnist or digits");
    }
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
      run(device, tuner, data, old, range, found);
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

  /** What options say wrongly is wrong usage. */
  private <T> T usage(Supplier<T> reading) {
    try {
      return reading.get();
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
    if (reportFolder != null) {
      Report.check(reportFolder);
    }
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

  private void run(Device device, FineTuner tuner, DataOptions.Opened data, MemoryOptions.Old old, LrRange range, Search.Result found)
      throws IOException {
    Dataset watched = data.validation() != null ? data.validation() : data.test();
    int epochs = tuner.recipe().epochs();
    Map<String, String> settings = new LinkedHashMap<>(StoredOptions.of(spec.commandLine().getParseResult()));
    settings.put("data_crc32", crc(data.train(), old.train()));
    settings.put("parent_sha256", tuner.parent().sha256());
    Metrics before = reportFolder == null ? null : TuningPage.metrics(device, tuner.model(), data);
    try (Progress progress = new Progress(out(), err(), epochs, data.validation() != null ? "validation" : "test");
        Tuning tuning = begin(tuner.listener(progress), data.train(), watched, settings);
        Checkpoints checkpoints = new Checkpoints("finetune", checkpoint, isOwn(), err())) {
      FinetuneReport.printStart(out(), from, dataOptions.name(), data);
      FineTuner.Report report;
      try {
        train(tuning, checkpoints, settings);
        report = tuning.finish();
        save(tuner.model(), tuning, checkpoints, settings);
      } catch (IOException e) {
        throw checkpoints.hint().isEmpty() ? e : new IOException(e.getMessage() + "; " + checkpoints.hint(), e);
      }
      FinetuneReport written = new FinetuneReport(device.name(), seed, from, tuner.model(), data, report, range, found, out);
      written.print(out());
      json().write(written::writeTo);
      if (reportFolder != null) {
        new TuningPage(written, dataOptions.name(), before).write(device, reportFolder);
        out().println("report: " + reportFolder.resolve("index.html"));
      }
    }
  }

  private boolean isOwn() throws IOException {
    return start != null && Files.exists(checkpoint) && Files.isSameFile(resume, checkpoint);
  }

  private Tuning begin(FineTuner tuner, Dataset train, Dataset watched, Map<String, String> settings) throws IOException {
    if (start == null) {
      return tuner.start(train, watched);
    }
    for (String key : List.of("parent_sha256", "data_crc32")) {
      if (!settings.get(key).equals(start.settings().get(key))) {
        throw new IOException((key.startsWith("parent") ? "the weights " + from : "the training images of " + dataOptions.data()
            + " or of --replay") + " are not those of the run that " + resume + " belongs to; bring them back, or say where they are now");
      }
    }
    out().println("continuing after epoch " + start.epoch() + " of " + tuner.recipe().epochs());
    return tuner.resume(start, train, watched);
  }

  private static void train(Tuning tuning, Checkpoints checkpoints, Map<String, String> settings) throws IOException {
    long last = System.nanoTime();
    while (!tuning.isDone()) {
      tuning.epoch();
      if (System.nanoTime() - last > SAVE_NANOS) {
        checkpoints.save(tuning.checkpoint(settings));
        last = System.nanoTime();
      }
    }
  }

  private void save(Model model, Tuning tuning, Checkpoints checkpoints, Map<String, String> settings) throws IOException {
    try {
      model.save(out);
    } catch (IOException e) {
      checkpoints.save(tuning.checkpoint(settings)); // a full disk, perhaps: what was learned is not lost
      throw e;
    }
    checkpoints.remove();
  }

  private static String crc(Dataset... parts) {
    CRC32 crc = new CRC32();
    for (Dataset part : parts) {
      if (part != null) {
        crc.update(part.images());
        IntStream.of(part.labels()).forEach(crc::update);
      }
    }
    return String.format("%08x", crc.getValue());
  }
}
