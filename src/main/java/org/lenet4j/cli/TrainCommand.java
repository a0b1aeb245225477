package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.lenet4j.Calibration;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.EpochResult;
import org.lenet4j.History;
import org.lenet4j.Metrics;
import org.lenet4j.Trainer;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Seen;
import org.lenet4j.data.Splits;
import org.lenet4j.file.Claim;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.report.Rates;
import org.lenet4j.report.Report;
import org.lenet4j.report.TensorBoard;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lenet4j train}. */
@Command(name = "train", description = "Trains LeNet-5 from fresh weights.", sortOptions = false,
    footer = {"lenet4j train --data mnist --epochs 10 --report report",
        "lenet4j train --data photos --recipe best --out photos.safetensors"})
final class TrainCommand extends Subcommand {
  private static final String CRC = "train_crc32";

  @Option(names = "--data", paramLabel = "DATA", description = "A folder of IDX files, a folder with one sub-folder of images per class,"
      + " CSV, .npz, mnist (downloaded once), or digits (drawn here, nothing to download; the default).")
  private String data;

  @Mixin private PixelOptions pixelOptions;
  @Mixin private ExtraOptions extraOptions;

  @Mixin private ClassOptions classOptions;

  @Mixin private RecipeOptions recipeOptions;

  @Option(names = "--seed", paramLabel = "N", description = "Of the weights, the sample order and all else that is random (42).")
  private long seed = 42;

  @Mixin private DeviceOptions deviceOptions;

  @Mixin private RunOutput output = new RunOutput("lenet5.safetensors");

  @Option(names = "--checkpoint", paramLabel = "FILE",
      description = "Written after every epoch, removed when the run completes; none for none (the name of --out plus .ckpt).")
  private Path checkpoint;

  @Mixin private Resume resume;

  @Mixin private ReportOptions reportOptions;

  @SuppressWarnings("try") // a claim is only held
  @Override public Integer call() throws IOException {
    Checkpoint start = resume.load(Checkpoint::load);
    if (start != null) {
      resume.takeOptions(start);
    }
    Recipe recipe = start == null ? usage(recipeOptions::recipe) : start.recipe();
    usage(pixelOptions::fixes);
    usage(extraOptions::scans);
    deviceOptions.check();
    checkFiles();
    try (Claim claim = Claim.of(output.out(), checkpoint); Device device = deviceOptions.openForTraining()) {
      out().println(deviceOptions.describe(device));
      Splits opened = usage(this::open);
      Splits own = start == null ? opened : ClassOptions.match(opened, start.model().classNames(), out());
      Splits splits = extraOptions.addTo(own, seed, out(), err());
      Dataset train = splits.train();
      if (recipe.batchSize() > train.size()) {
        throw usage("--batch-size " + recipe.batchSize() + " is larger than the training set of " + train.size()
            + " samples; choose at most " + train.size());
      }
      Map<String, String> notes = resume.notes(output.out());
      notes.put(CRC, Resume.crc(train));
      deviceOptions.awaitWarmUp();
      try (Trainer trainer = start == null ? new Trainer(device, fresh(own, recipe), recipe, seed) : resumed(device, start, notes)) {
        out().println(train.size() + " training and " + (splits.test() == null ? "no" : splits.test().size()) + " test images, "
            + train.classes() + " classes; " + trainer.model().parameterCount() + " parameters");
        if (trainer.kernels() != null) {
          out().println("kernels: " + trainer.kernels().describe());
        }
        String losses = Report.losses(recipe.loss(), splits.test() == null ? null : "test");
        if (losses != null) {
          out().println(losses);
        }
        Rates rates = new Rates(recipe, (train.size() + recipe.batchSize() - 1) / recipe.batchSize());
        History history = train(device, trainer, rates, own.train(), splits, notes);
        TrainResult result = new TrainResult(device, trainer.kernels(), seed, trainer.model(), splits, history, output.out());
        answer().println(result.line());
        json().write(() -> result.json());
        if (reportOptions.report() != null) {
          result.write(spec, rates, reportOptions.report());
          out().println("report: " + reportOptions.report().resolve("index.html"));
        }
      }
    }
    return 0;
  }

  /** Finds now, not after an hour of training, that a file cannot be written. */
  private void checkFiles() throws IOException {
    Path out = output.out();
    checkpoint = Checkpoints.file(checkpoint, out);
    checkDifferent("--out", out, "--checkpoint", checkpoint);
    checkDifferent("--out", out, "--json", json().file());
    checkDifferent("--checkpoint", checkpoint, "--json", json().file());
    output.check(resume.made(), out());
    Checkpoints.check(checkpoint);
    json().check();
    reportOptions.check(resume.file() != null);
    if (resume.file() == null && checkpoint != null && Files.exists(checkpoint)) {
      out().println("there is the checkpoint of an interrupted run, which this run will replace; to continue that one instead:"
          + " lenet4j train --resume " + checkpoint);
    }
  }

  private Splits open() throws IOException {
    if (data == null) {
      data = "digits";
      out().println("training on the embedded digits; for MNIST: lenet4j train --data mnist (downloads 11 MB once) or --data FOLDER");
    }
    Splits splits = Splits.open(data, pixelOptions.reading(err()));
    DataOptions.checkTrains(splits, data);
    pixelOptions.check(data, splits.train(), err());
    if (splits.validation() != null) {
      err().println(data + ": the validation images are not used, for training decides nothing by them");
    }
    Splits chosen = classOptions.apply(new Splits(DataOptions.inked(splits.train(), err()), splits.test(), splits.classNames()));
    classOptions.checkGaps(chosen);
    return chosen.test() == null ? chosen : new Splits(chosen.train(), unseen(chosen.train(), chosen.test()), chosen.classNames());
  }

  /** Without test images that are trained on; null if all are. */
  private Dataset unseen(Dataset train, Dataset test) {
    Seen.Parts parts = Seen.NOTHING.plus(train).of(test);
    String left = parts.unseen() == null ? "all test images are trained on; without others there is nothing to measure on"
        : Measured.leftOut(parts);
    if (left != null) {
      out().println(left);
    }
    return parts.unseen();
  }

  private Model fresh(Splits own, Recipe recipe) {
    Model model = LeNet5.create(own.train().classes(), seed).classNames(own.classNames());
    return extraOptions.given() && recipe.normalize() ? model.normalization(own.train().normalization()) : model;
  }

  private Trainer resumed(Device device, Checkpoint start, Map<String, String> notes) throws IOException {
    resume.check(start.notes(), notes, CRC, "the training images of " + data, "--data");
    out().println("continuing after epoch " + start.epoch() + " of " + start.recipe().epochs());
    return Trainer.resume(device, start);
  }

  private History train(Device device, Trainer trainer, Rates rates, Dataset own, Splits splits, Map<String, String> notes)
      throws IOException {
    int epochs = rates.recipe().epochs();
    try (Progress progress = output.quiet() ? null : new Progress(out(), err(), epochs, "test");
        TensorBoard events = reportOptions.events("test", rates);
        Checkpoints checkpoints = new Checkpoints("train", checkpoint, resume.isFrom(checkpoint), err())) {
      if (progress != null) {
        trainer.addListener(progress);
        if (trainer.epochs() == 0) {
          progress.begin(splits.train().size());
        }
      }
      try {
        while (trainer.epochs() < epochs) {
          EpochResult result = trainer.epoch(splits.train(), splits.test());
          if (events != null) {
            events.epoch(result);
          }
          checkpoints.save(trainer.checkpoint(notes)::save);
        }
        describe(trainer, rates.recipe(), notes);
        Model model = Calibration.calibrate(device, trainer.model(), own);
        checkWorth(device, model, splits, rates.recipe(), checkpoints);
        output.save(model);
        checkpoints.remove();
      } catch (IOException e) {
        throw checkpoints.explain(e);
      }
      return trainer.history();
    }
  }

  private void checkWorth(Device device, Model model, Splits splits, Recipe recipe, Checkpoints checkpoints) throws IOException {
    try {
      output.checkWorth(Metrics.of(device, model, splits.test() == null ? splits.train() : splits.test()),
          recipe.optimizer().learningRate(), err());
    } catch (IllegalStateException e) {
      checkpoints.remove(); // nobody wants to go on from there
      throw e;
    }
  }

  @Override boolean quiet() {
    return output.quiet();
  }

  /** Notes in the weights file on how they came about: nothing of the time or the machine, so that the same run gives the same bytes. */
  private void describe(Trainer trainer, Recipe recipe, Map<String, String> notes) {
    Model model = trainer.model();
    model.metadata().put("recipe", recipeOptions.name());
    model.metadata().putAll(recipe.settings());
    deviceOptions.addTo(model.metadata());
    if (trainer.kernels() != null) {
      model.metadata().put("kernels", trainer.kernels().name());
    }
    model.metadata().put(CRC, notes.get(CRC));
    Path source = Path.of(data).toAbsolutePath().normalize().getFileName(); // folders above it are nobody's business
    model.metadata().put("data", source == null ? data : source.toString());
    extraOptions.describe(model.metadata());
    model.metadata().put("seed", Long.toString(seed));
    double accuracy = trainer.history().last().testAccuracy();
    if (!Double.isNaN(accuracy)) {
      model.metadata().put("test_accuracy", Double.toString(accuracy));
    }
  }
}
