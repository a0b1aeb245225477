package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.EpochResult;
import org.lenet4j.History;
import org.lenet4j.Trainer;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.report.Rates;
import org.lenet4j.report.TensorBoard;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** {@code lenet4j train}. */
@Command(name = "train", description = "Trains LeNet-5 from fresh weights.", sortOptions = false)
final class TrainCommand extends Subcommand {
  /** What may be given together with {@code --resume}: where things are and how to run, nothing that changes the result. */
  private static final List<String> WITH_RESUME = List.of("--resume", "--data", "--out", "--checkpoint", "--report", "--tensorboard",
      "--device", "--threads", "--precision", "--fast", "--json", "--verbose");

  @Option(names = "--data", paramLabel = "DATA", description = "A folder of IDX files, a folder with one sub-folder of images per class,"
      + " mnist (downloaded once), or digits (drawn here, nothing to download; the default).")
  private String data;

  @Mixin private RecipeOptions recipeOptions;

  @Option(names = "--seed", paramLabel = "N", description = "Of the weights, the sample order and all else that is random (42).")
  private long seed = 42;

  @Mixin private DeviceOptions deviceOptions;

  @Option(names = "--out", paramLabel = "FILE", description = "The weights (lenet5.safetensors).")
  private Path out;

  @Option(names = "--checkpoint", paramLabel = "FILE",
      description = "Written after every epoch, removed when the run completes (the name of --out plus .ckpt).")
  private Path checkpoint;

  @Option(names = "--resume", paramLabel = "FILE", description = "Continues from a checkpoint. The settings come from it; only --data (if"
      + " it has moved), --out, --checkpoint, --report, --tensorboard, --device, --threads, --precision, --fast, --json and --verbose can"
      + " be given too.")
  private Path resume;

  @Mixin private ReportOptions reportOptions;

  @Override public Integer call() throws IOException {
    Checkpoint start = resume == null ? null : takeSettings();
    Recipe recipe = recipe();
    deviceOptions.check();
    checkFiles();
    try (Device device = deviceOptions.open()) {
      out().println(device.describe());
      Splits splits = open();
      Dataset train = splits.train();
      if (recipe.batchSize() > train.size()) {
        throw usage("--batch-size " + recipe.batchSize() + " is larger than the training set of " + train.size()
            + " samples; choose at most " + train.size());
      }
      Map<String, String> settings = settings(train);
      try (Trainer trainer = start == null ? fresh(device, recipe, splits) : resumed(device, recipe, start, settings)) {
        out().println(train.size() + " training and " + (splits.test() == null ? "no" : splits.test().size()) + " test images, "
            + train.classes() + " classes; " + trainer.model().parameterCount() + " parameters");
        if (trainer.kernels() != null) {
          out().println("kernels: " + trainer.kernels().describe());
          settings.put("kernels", trainer.kernels().name());
        }
        Rates rates = new Rates(recipe, (train.size() + recipe.batchSize() - 1) / recipe.batchSize());
        History history = train(trainer, rates, splits, settings);
        TrainReport report = new TrainReport(device.name(), trainer.kernels(), seed, trainer.model(), splits, history, out);
        out().println(report.line());
        json().write(() -> report.json(device));
        if (reportOptions.report() != null) {
          report.write(device, rates, reportOptions.report());
          out().println("report: " + reportOptions.report().resolve("index.html"));
        }
      }
    }
    return 0;
  }

  /** Reads the checkpoint and puts its settings where the options would be. */
  private Checkpoint takeSettings() throws IOException {
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      if (!WITH_RESUME.contains(option.longestName())) {
        throw usage(option.longestName() + " cannot be given with --resume: the settings come from the checkpoint");
      }
    }
    Checkpoint start = Checkpoint.load(resume);
    try {
      recipeOptions.set(start.settings());
      recipeOptions.recipe();
      deviceOptions.set(start.settings());
      data = data == null ? RecipeOptions.required(start.settings(), "data") : data;
      out = out == null ? Path.of(RecipeOptions.required(start.settings(), "out")) : out;
    } catch (IllegalArgumentException e) {
      throw new IOException(resume + ": its settings are not those of lenet4j train (" + e.getMessage() + ")", e);
    }
    seed = start.seed();
    return start;
  }

  private Recipe recipe() {
    try {
      return recipeOptions.recipe();
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  /** Finds now, not after an hour of training, that a file cannot be written. */
  private void checkFiles() throws IOException {
    out = out == null ? Path.of("lenet5.safetensors") : out;
    checkpoint = checkpoint == null ? Path.of(out + ".ckpt") : checkpoint;
    Path weights = out.toAbsolutePath().normalize();
    if (weights.equals(checkpoint.toAbsolutePath().normalize())) {
      throw usage("--out and --checkpoint are the same file " + out + "; the checkpoint is removed in the end, give it another name");
    }
    if (json().name() != null && weights.equals(Path.of(json().name()).toAbsolutePath().normalize())) {
      throw usage("--out and --json are the same file " + out + "; give one of them another name");
    }
    AtomicFile.check(out);
    AtomicFile.check(checkpoint);
    json().check();
    reportOptions.check(resume != null);
    if (resume == null && Files.exists(checkpoint)) {
      out().println("there is the checkpoint of an interrupted run, which this run will replace; to continue that one instead:"
          + " lenet4j train --resume " + checkpoint);
    }
  }

  private Splits open() throws IOException {
    if (data == null) {
      data = "digits";
      out().println("training on the embedded digits; for MNIST: lenet4j train --data mnist (downloads 11 MB once) or --data FOLDER");
    }
    Splits splits = Splits.open(data, seed);
    if (splits.train() == null) {
      throw new IOException(data + ": there is no training set, only a test set; add train-images-idx3-ubyte[.gz] and"
          + " train-labels-idx1-ubyte[.gz], or a folder train");
    }
    return splits;
  }

  private Trainer fresh(Device device, Recipe recipe, Splits splits) {
    Model model = LeNet5.create(splits.train().classes(), seed).classNames(splits.classNames());
    if (recipe.normalize()) {
      model.normalization(splits.train().normalization());
    }
    return new Trainer(device, model, recipe, seed);
  }

  private Trainer resumed(Device device, Recipe recipe, Checkpoint start, Map<String, String> settings) throws IOException {
    String before = start.settings().get("train_crc32");
    if (!settings.get("train_crc32").equals(before)) {
      throw new IOException("the training images of " + data + " are not those that " + resume
          + " was trained on; bring them back, or say with --data where they are now");
    }
    out().println("continuing after epoch " + start.epoch() + " of " + recipe.epochs());
    return Trainer.resume(device, start, recipe);
  }

  /** What the checkpoint has to know to continue from any folder. */
  private Map<String, String> settings(Dataset train) {
    Map<String, String> settings = new LinkedHashMap<>(recipeOptions.settings());
    deviceOptions.addTo(settings);
    boolean word = data.equals("mnist") || data.equals("digits");
    settings.put("data", word ? data : Path.of(data).toAbsolutePath().normalize().toString());
    settings.put("out", out.toAbsolutePath().normalize().toString());
    CRC32 crc = new CRC32();
    crc.update(train.images());
    for (int label : train.labels()) {
      crc.update(label);
    }
    settings.put("train_crc32", String.format("%08x", crc.getValue()));
    return settings;
  }

  private History train(Trainer trainer, Rates rates, Splits splits, Map<String, String> settings) throws IOException {
    int epochs = rates.recipe().epochs();
    boolean own = resume != null && Files.exists(checkpoint) && Files.isSameFile(resume, checkpoint);
    try (Progress progress = new Progress(out(), err(), epochs);
        TensorBoard events = reportOptions.events("test", rates);
        Checkpoints checkpoints = new Checkpoints("train", checkpoint, own, err())) {
      trainer.listener(progress);
      try {
        while (trainer.history().epochs().size() < epochs) {
          EpochResult result = trainer.epoch(splits.train(), splits.test());
          if (events != null) {
            events.epoch(result);
          }
          checkpoints.save(trainer.checkpoint(settings));
        }
        describe(trainer.model(), settings, trainer.history().last());
        trainer.model().save(out);
        checkpoints.remove();
      } catch (IOException e) {
        throw checkpoints.hint().isEmpty() ? e : new IOException(e.getMessage() + "; " + checkpoints.hint(), e);
      }
      return trainer.history();
    }
  }

  /** Notes in the weights file on how they came about: nothing of the time or the machine, so that the same run gives the same bytes. */
  private void describe(Model model, Map<String, String> settings, EpochResult last) {
    settings.forEach(model.metadata()::put);
    model.metadata().remove("out");
    Path source = Path.of(data).toAbsolutePath().normalize().getFileName(); // folders above it are nobody's business
    model.metadata().put("data", source == null ? data : source.toString());
    model.metadata().put("seed", Long.toString(seed));
    if (!Double.isNaN(last.testAccuracy())) {
      model.metadata().put("test_accuracy", Double.toString(last.testAccuracy()));
    }
  }
}
