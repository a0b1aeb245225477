package org.lenet4j.tune;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.Checkpoint;
import org.lenet4j.EpochResult;
import org.lenet4j.History;
import org.lenet4j.Trainer;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Replay;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner.Report;

/** A fine-tuning under way, one epoch at a time; {@link FineTuner#fit} is a loop over it. The model is changed by {@link #finish} alone. */
public final class Tuning implements AutoCloseable {
  private static final String BEST = "best."; // slots of a checkpoint: the best weights so far
  private static final String NOTE = "tuning.";

  private final FineTuner tuner;
  private final Recipe recipe;
  private final TuningData data;
  private final Replay replay; // or null
  private final Dataset all; // new samples, then old ones
  private final Score before; // or null
  private Trainer trainer;
  private Model best; // with early stopping, else null
  private EpochResult bestResult;
  private boolean finished;

  /** Checks everything and compiles; {@code checkpoint} is null for a new run. */
  Tuning(FineTuner tuner, Dataset train, Dataset validation, Checkpoint checkpoint) {
    this.tuner = tuner;
    Model model = tuner.model;
    if (checkpoint == null) { // else layers may have been unfrozen since
      TuningData.checkSomethingTrains(model, tuner.unfreezing.values().stream().flatMap(List::stream).toList());
    }
    if (tuner.stopping != null && validation == null) {
      throw new IllegalArgumentException("early stopping needs validation data: hold some out of the training set");
    }
    data = TuningData.check(model, tuner.recipe, train, tuner.mixture(train), validation, tuner.missing);
    replay = data.replay() == null ? null : data.replay().forEpochs(tuner.recipe.epochs(), data.train().size(), tuner.seed);
    all = replay == null ? data.train() : data.train().plus(replay.samples());
    recipe = tuner.recipe.withGroups(groups(tuner));
    if (checkpoint == null) {
      before = tuner.measured ? score(model).withSource(score(tuner.parent)) : null;
      trainer = new Trainer(tuner.device, model.copy(), recipe, tuner.seed);
    } else {
      before = readScore(checkpoint.settings());
      trainer = Trainer.resume(tuner.device, takeBest(checkpoint), recipe);
    }
    trainer.listener(tuner.listener);
  }

  private static ParamGroup[] groups(FineTuner tuner) {
    List<ParamGroup> groups = new ArrayList<>();
    if (tuner.layerDecay != 1) {
      groups.addAll(ParamGroup.byDepth(tuner.model.trainable(), tuner.recipe.optimizer(), tuner.layerDecay));
    }
    groups.addAll(tuner.recipe.groups()); // a later group wins
    return groups.toArray(new ParamGroup[0]);
  }

  private Score score(Model model) {
    Dataset target = tuner.target != null ? tuner.target : data.validation();
    return Score.of(tuner.device, model, target, tuner.measuredSource(), recipe.loss());
  }

  /** The epochs so far. */
  public History history() {
    return trainer.history();
  }

  /** Updates in an epoch, those on old images as well. */
  public int stepsPerEpoch() {
    return (data.train().size() + replayed() + recipe.batchSize() - 1) / recipe.batchSize();
  }

  private int replayed() {
    return replay == null ? 0 : replay.count(data.train().size());
  }

  /** Whether the recipe's epochs are over, or early stopping has had enough. */
  public boolean isDone() {
    int epochs = epochs();
    if (epochs >= recipe.epochs()) {
      return true;
    }
    Integer last = tuner.unfreezing.floorKey(epochs);
    boolean more = tuner.unfreezing.higherKey(epochs - 1) != null; // some are unfrozen now or later
    return tuner.stopping != null && bestResult != null && !more
        && epochs - Math.max(bestResult.epoch(), last == null ? 0 : last) >= tuner.stopping.patience();
  }

  private int epochs() {
    return trainer.history().epochs().size();
  }

  /** Trains one epoch, unfreezing first what is due. */
  public EpochResult epoch() {
    if (finished) {
      throw new IllegalStateException("the fine-tuning is finished");
    }
    List<String> due = tuner.unfreezing.get(epochs());
    if (due != null) {
      Trainer old = trainer;
      trainer = Unfreezing.unfreeze(tuner.device, old, recipe, all, order(), due);
      trainer.listener(tuner.listener);
      old.close();
    }
    EpochResult result = trainer.epoch(all, order(), data.validation());
    if (tuner.stopping != null && tuner.stopping.isBetter(result, bestResult)) {
      best = trainer.model().copy();
      bestResult = result;
    }
    return result;
  }

  private int[] order() {
    return replay == null ? Batches.order(all.size(), tuner.seed, epochs()) : replay.order(data.train().size(), tuner.seed, epochs());
  }

  /** Which kernels the device chose and why, or null if it was not left to choose. */
  public KernelChoice kernels() {
    return trainer.kernels();
  }

  Model trained() {
    return best != null ? best : trainer.model();
  }

  /** Gives the model its new weights and notes where they came from. */
  public Report finish() {
    Model tuned = trained();
    for (Parameter parameter : tuned.parameters()) {
      float[] to = tuner.model.parameter(parameter.name()).values();
      System.arraycopy(parameter.values(), 0, to, 0, to.length);
    }
    Score after = score(tuner.model);
    int chosen = bestResult != null ? bestResult.epoch() : epochs();
    Report report = new Report(before, after, trainer.history(), chosen, data.train().size(), replayed());
    new Generation(tuner.parent.sha256(), tuner.name, report.samples(), report.replayed(), chosen, tuner.settings(), before, after)
        .addTo(tuner.model);
    tuner.unfreezing.values().forEach(layers -> tuner.model.unfreeze(layers.toArray(new String[0])));
    finished = true;
    return report;
  }

  /**
   * Everything needed to {@link FineTuner#resume} after the last epoch, together with the tuner's settings and data.
   *
   * @param settings notes of the caller, kept beside this class's own
   */
  public Checkpoint checkpoint(Map<String, String> settings) {
    Checkpoint plain = trainer.checkpoint(Map.of());
    Map<String, String> notes = new LinkedHashMap<>(settings);
    notes.putAll(plain.settings());
    notes.put(NOTE + "before", String.join(" ", Double.toString(before.targetAccuracy()), Double.toString(before.targetLoss()),
        Double.toString(before.sourceAccuracy()), Double.toString(before.sourceLoss())));
    Map<String, float[]> slots = new LinkedHashMap<>(plain.optimizer().slots());
    if (best != null) {
      notes.put(NOTE + "best", Integer.toString(bestResult.epoch()));
      best.parameters().forEach(parameter -> slots.put(BEST + parameter.name(), parameter.values()));
    }
    return new Checkpoint(plain.model(), new OptimizerState(plain.optimizer().step(), slots), plain.seed(), plain.epoch(), notes,
        plain.history());
  }

  private Checkpoint takeBest(Checkpoint checkpoint) {
    String number = checkpoint.settings().get(NOTE + "best");
    Map<String, float[]> slots = new LinkedHashMap<>(checkpoint.optimizer().slots());
    if (number != null) {
      bestResult = checkpoint.history().stream().filter(result -> number.equals(Integer.toString(result.epoch()))).findFirst()
          .orElseThrow(() -> new IllegalArgumentException("the checkpoint has no epoch " + number));
      best = checkpoint.model().copy();
      for (Parameter parameter : best.parameters()) {
        float[] values = slots.remove(BEST + parameter.name());
        System.arraycopy(values, 0, parameter.values(), 0, parameter.values().length);
      }
    }
    OptimizerState state = new OptimizerState(checkpoint.optimizer().step(), slots);
    return new Checkpoint(checkpoint.model(), state, checkpoint.seed(), checkpoint.epoch(), checkpoint.settings(),
        checkpoint.history());
  }

  private static Score readScore(Map<String, String> settings) {
    String[] numbers = settings.getOrDefault(NOTE + "before", "").split(" ");
    if (numbers.length != 4) {
      throw new IllegalArgumentException("this is the checkpoint of a training, not of a fine-tuning");
    }
    return new Score(Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1]), Double.parseDouble(numbers[2]),
        Double.parseDouble(numbers[3]));
  }

  @Override public void close() {
    trainer.close();
  }
}
