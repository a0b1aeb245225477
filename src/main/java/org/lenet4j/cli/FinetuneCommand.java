package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.lenet4j.Device;
import org.lenet4j.data.ClassNames;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.file.Claim;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.report.Table;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.LrRange;
import org.lenet4j.tune.Search;
import org.lenet4j.tune.Strength;
import org.lenet4j.tune.TuningCheckpoint;
import org.lenet4j.tune.TuningData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lenet4j finetune}. */
@Command(name = "finetune", sortOptions = false, description = "Tunes trained weights to new data, and says what that cost on the old.",
    footer = {"lenet4j finetune --data photos --replay mnist --out mine.safetensors",
        "lenet4j finetune --data letters --head 26 --report report"})
final class FinetuneCommand extends Subcommand {
  private static final int RANGE_STEPS = 200;
  private static final String PARENT = "parent_sha256";
  private static final String CRC = "train_crc32";

  @Mixin private ModelOptions modelOptions = new ModelOptions("pretrained");
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

  @Mixin private RunOutput output = new RunOutput("finetuned.safetensors");

  @Option(names = "--checkpoint", paramLabel = "FILE", description = "Written after an epoch if the last one was seconds ago, removed when"
      + " the run completes; none for none (the name of --out plus .ckpt).")
  private Path checkpoint;

  @Mixin private Resume resume;

  @Mixin private ReportOptions reportOptions;

  @Override public Integer call() throws IOException {
    TuningCheckpoint start = resume.load(TuningCheckpoint::load);
    if (start != null) {
      resume.takeOptions(start.training());
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
    Model parent = modelOptions.loadForImages();
    try (Device device = deviceOptions.openForTraining()) {
      tune(device, start, recipe, parent);
    }
    return 0;
  }

  @SuppressWarnings("try") // a claim is only held
  private void tune(Device device, TuningCheckpoint start, Recipe recipe, Model parent) throws IOException {
    boolean decides = tuningOptions.stops() || search != null;
    Splits named = usage(() -> dataOptions.read(seed, decides, err()));
    List<Splits> replayed = usage(() -> forgettingOptions.read(dataOptions.classOptions(), err()));
    Model model = usage(() -> tuningOptions.prepare(parent.copy(), Stream.concat(Stream.of(named), replayed.stream()).toList(),
        dataOptions.classOptions(), seed));
    Splits matched = usage(() -> matched(named, model));
    DataOptions.Opened data = usage(() -> dataOptions.divide(matched, seed, decides, err()));
    ForgettingOptions.Old old = usage(() -> forgettingOptions.open(replayed, model, parent, seed, dataOptions.classOptions(), out(),
        err()));
    try (Claim claim = Claim.of(output.out(), checkpoint)) {
      out().println(deviceOptions.describe(device));
      deviceOptions.awaitWarmUp();
      dataOptions.check(device, parent, named, err());
      FinetuneRun run = usage(() -> start == null ? begin(device, recipe, model, parent, data, old)
          : new FinetuneRun(device, model, modelOptions.file(), dataOptions, data, null, null, null,
              continued(device, start, model, parent, data, old)));
      try (FineTuner tuner = run.tuner();
          Progress progress = output.quiet() ? null
              : new Progress(out(), err(), tuner.settings().recipe().epochs(), data.measured())) {
        if (progress != null) {
          tuner.addListener(progress);
        }
        Map<String, String> notes = resume.notes(output.out());
        notes.put(CRC, Resume.crc(data.train(), old.train()));
        run.train(notes, new FinetuneRun.Files(spec, output, checkpoint, resume.isFrom(checkpoint), reportOptions), out(), answer(), err(),
            json());
      }
    }
  }

  @Override boolean quiet() {
    return output.quiet();
  }

  private Splits matched(Splits named, Model model) {
    if (tuningOptions.hasHead()) {
      out().println("the classes of the new head: " + ClassNames.list(model.classNames()));
      return ClassOptions.match(named, model.classNames(), out());
    }
    try {
      return ClassOptions.match(named, model.classNames(), out());
    } catch (IllegalArgumentException e) {
      int unknown = ClassNames.match(named, model.classNames()).unknown().size();
      boolean all = unknown == named.present().classNames().size();
      throw new IllegalArgumentException(e.getMessage() + "; or learn new classes: "
          + (all ? "--head " + unknown : "--head " + (model.outputSize() + unknown) + " --keep-rows all"), e);
    }
  }

  private FinetuneRun begin(Device device, Recipe recipe, Model model, Model parent, DataOptions.Opened data, ForgettingOptions.Old old) {
    Recipe fitted = recipeOptions.fitsEpochs() ? recipe.forFew(data.train().size()) : recipe;
    FineTuning named = new FineTuning(fitted).withSeed(seed).withName(dataOptions.name()).withAllowMissing(dataOptions.allowMissing());
    FineTuning settings = tuningOptions.set(forgettingOptions.set(named, old, device, model, tuningOptions.freeLayers(model)), model);
    LrRange range = null;
    if (findRate) {
      range = range(device, model, settings.recipe(), data.train());
      settings = settings.withRecipe(settings.recipe().withOptimizer(settings.recipe().optimizer().withLearningRate(range.suggestion())));
    }
    Search.Result found = null;
    if (search != null) {
      found = Search.around(settings.recipe().optimizer())
          .run(device, model, settings, tuningData(data, old).withValidation(data.validation()), search);
      SearchTable table = new SearchTable(found);
      table.table().lines().forEach(out()::println);
      out().println(table.best());
      found.best().freeze(model).seen(model.seen().plus(data.validation())); // it has decided
      settings = found.best().in(settings);
    }
    Strength strength = null;
    if (tuningOptions.findsStrength()) {
      strength = Strength.choose(device, model, settings, tuningData(data, old));
      out().println(FinetuneResult.describe(strength));
      settings = settings.withStrength(strength.chosen());
    }
    return new FinetuneRun(device, model, modelOptions.file(), dataOptions, data, range, found, strength,
        new FineTuner(device, model, parent, settings, tuningData(data, old)));
  }

  private FineTuner continued(Device device, TuningCheckpoint start, Model model, Model parent, DataOptions.Opened data,
      ForgettingOptions.Old old) throws IOException {
    Map<String, String> before = new HashMap<>(start.training().notes());
    before.put(PARENT, start.parent());
    Map<String, String> now = Map.of(PARENT, parent.sha256(), CRC, Resume.crc(data.train(), old.train()));
    resume.check(before, now, PARENT, "the weights " + modelOptions.file(), "--from");
    if (!start.training().model().classNames().equals(model.classNames())) {
      throw new IOException("the classes of " + dataOptions.data() + " are called otherwise than in the run that is continued: "
          + ClassNames.list(model.classNames()) + " and not " + ClassNames.list(start.training().model().classNames()));
    }
    resume.check(before, now, CRC, "the training images of " + dataOptions.data() + " or the old data", "--data or --replay");
    out().println("continuing after epoch " + start.training().epoch() + " of " + start.settings().recipe().epochs());
    return FineTuner.resume(device, start, tuningData(data, old));
  }

  /** Epochs are watched on the validation part, or else on the test images, which decide nothing then. */
  private TuningData tuningData(DataOptions.Opened data, ForgettingOptions.Old old) {
    Dataset watched = data.validation() != null ? data.validation() : data.test();
    return forgettingOptions.add(old, new TuningData(data.train(), watched).withTarget(data.test()));
  }

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
  }

  private LrRange range(Device device, Model model, Recipe recipe, Dataset train) {
    LrRange range = LrRange.test(device, model, recipe, train.withClasses(model.outputSize()), RANGE_STEPS, seed);
    Table table = new Table("learning rate", "loss");
    for (int i = 0; i < range.curve().size(); i += 10) {
      LrRange.Point point = range.curve().get(i);
      table.row(Table.format("%.1e", point.rate()), Table.format("%.4f", point.smoothed()));
    }
    table.lines().forEach(out()::println);
    out().printf(Locale.ROOT, "learning rate %.1e, a tenth of where the loss was lowest%n", range.suggestion());
    return range;
  }
}
