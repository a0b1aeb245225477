package org.lenet4j.tune;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import org.lenet4j.Device;
import org.lenet4j.DivergedException;
import org.lenet4j.EpochResult;
import org.lenet4j.History;
import org.lenet4j.TrainListener;
import org.lenet4j.Trainer;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.base.Turn;
import org.lenet4j.data.Batches;
import org.lenet4j.data.ClassNames;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Replay;
import org.lenet4j.data.Seen;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * Fine-tunes a trained model on new data, and says what it cost on the old.
 *
 * <p>Before and after are measured on images that neither the model nor its parents have seen in training ({@link Model#seen}); on others
 * only where there are none, see {@link Result}.
 *
 * <p>What is frozen in the model ({@link Model#freeze}) stays as it is, to the bit. The model is changed by {@link #finish} alone, and
 * notes in its metadata where it came from, see {@link Generation}. A tuner belongs to one thread at a time; any may close it.
 */
public final class FineTuner implements AutoCloseable {
  private final Device device;
  private final Model model;
  private final String parent; // SHA-256; null if nobody wants it
  private final FineTuning settings;
  private final TuningData data;
  private final Replay replay; // or null
  private final Dataset all; // new samples, then old ones
  private final Seen seen; // by the model, when it is tuned
  private final Seen.Parts target; // null if there is nothing to measure on
  private final Seen.Parts source; // likewise
  private final List<TrainListener> listeners = new ArrayList<>();
  private final Score before; // null if nobody wants it
  private final Turn turn = new Turn("the fine-tuning");
  private Trainer trainer;
  private TuningCheckpoint.Best best; // null without early stopping; begins with the model as it was
  private boolean finished;

  /** As {@link #FineTuner(Device, Model, Model, FineTuning, TuningData)}, of a model that is its own parent. */
  public FineTuner(Device device, Model model, FineTuning settings, TuningData data) {
    this(device, model, model, settings, data);
  }

  /**
   * Checks everything, measures how the model does before, and compiles.
   *
   * @param device   where it runs; stays open at least as long as this tuner
   * @param model    what is tuned
   * @param parent   what the model was before its head was replaced: it gives the accuracy on the old data before, and its hash to the
   *                 history
   * @param settings how to tune
   * @param data     the new data, and the old
   * @throws IllegalArgumentException if the data does not fit the model, a class is missing, everything is frozen or the batch size is
   *                                  larger than the training set; the message says what to do
   */
  public FineTuner(Device device, Model model, Model parent, FineTuning settings, TuningData data) {
    this(device, model, settings.resolvedFor(model), data, Objects.requireNonNull(parent, "parent"), null);
  }

  /** With a parent of null, nobody wants to know what was before; with a checkpoint, it knows. */
  private FineTuner(Device device, Model model, FineTuning settings, TuningData data, Model parent, TuningCheckpoint begun) {
    this.device = device;
    this.model = model;
    this.settings = settings;
    settings.unfrozen().forEach(model::parameters); // throws for an unknown one
    if (begun == null) { // else layers may have been unfrozen since
      TuningData.checkSomethingTrains(model, settings.unfrozen());
    }
    if (settings.stopping() != null && data.validation() == null) {
      throw new IllegalArgumentException("early stopping needs validation data: hold some out of the training set");
    }
    Seen learned = data.learned(model.seen());
    seen = data.seen(learned, settings);
    target = data.measuredTarget(learned);
    source = data.measuredSource(learned, model);
    boolean watched = target != null && data.validation() == data.target();
    this.data = (watched ? data.withValidation(target.measured()) : data).fitted(model, settings);
    replay = data.replay() == null ? null
        : this.data.mixture(settings).forEpochs(settings.recipe().epochs(), data.train().size(), settings.seed());
    all = replay == null ? this.data.train() : this.data.train().plus(replay.samples());
    if (begun != null) {
      this.parent = begun.parent();
      before = begun.before();
      best = begun.best();
      trainer = Trainer.resume(device, begun.training());
    } else {
      this.parent = parent == null ? null : parent.sha256();
      before = parent == null ? null : score(model).withSource(scoreOfOld(parent));
      best = settings.stopping() == null ? null : new TuningCheckpoint.Best(start(), model.copy());
      trainer = new Trainer(device, model.copy().seen(learned), settings.recipe(), settings.seed());
    }
  }

  /**
   * Continues so that it ends with the same bits as a run that was never stopped. The model of the checkpoint is trained on, as in
   * {@link Trainer#resume}; {@link #model} is a new one, as it was before the run began.
   *
   * @param data the same as before
   */
  public static FineTuner resume(Device device, TuningCheckpoint checkpoint, TuningData data) {
    return new FineTuner(device, checkpoint.start().copy(), checkpoint.settings(), data, null, checkpoint);
  }

  /** The weights that a fine-tuning comes to which looks at nothing but what it trains on; the model is not changed. */
  static Model attempt(Device device, Model model, FineTuning settings, TuningData data) {
    try (FineTuner tuner = new FineTuner(device, model, settings.resolvedFor(model), data.withValidation(null), null, null)) {
      while (!tuner.isDone()) {
        tuner.epoch();
      }
      return tuner.trained();
    }
  }

  /** What early stopping compares the first epoch with. */
  private EpochResult start() {
    Score score = Score.of(device, model, data.validation(), null, settings.recipe().loss().plain());
    return new EpochResult(0, Double.NaN, Double.NaN, score.targetLoss(), score.targetAccuracy(), 0);
  }

  private Score score(Model of) {
    return Score.of(device, of, target == null ? null : target.measured(), source == null ? null : source.measured(),
        settings.recipe().loss().plain());
  }

  /** On the old data, whose labels are those of the model; the parent may have its classes in other places. */
  private Score scoreOfOld(Model parent) {
    Dataset old = source == null ? null : source.measured();
    if (old != null && !old.isRegression() && TuningData.largestLabel(old) < model.outputSize()) {
      ClassNames match = ClassNames.match(new Splits(null, old.withClasses(model.outputSize()), model.classNames()), parent.classNames());
      old = match.isComplete() ? match.splits().test() : null;
    }
    return Score.of(device, parent, null, old, settings.recipe().loss().plain());
  }

  /** Adds one who is told how training goes, after those that were added before. */
  public FineTuner addListener(TrainListener listener) {
    turn.checkOpen();
    listeners.add(listener);
    trainer.addListener(listener);
    return this;
  }

  /**
   * The rest of the epochs, and {@link #finish}.
   *
   * @throws DivergedException if the loss becomes NaN or infinite; the model is not changed
   */
  public Result fit() {
    while (!isDone()) {
      epoch();
    }
    return finish();
  }

  /** Whether the recipe's epochs are over, or early stopping has had enough. */
  public boolean isDone() {
    int epochs = epochs();
    if (epochs >= settings.recipe().epochs()) {
      return true;
    }
    SortedMap<Integer, List<String>> past = settings.unfreezing().headMap(epochs + 1);
    boolean more = !settings.unfreezing().tailMap(epochs).isEmpty(); // some are unfrozen now or later
    return settings.stopping() != null && !more
        && epochs - Math.max(best.result().epoch(), past.isEmpty() ? 0 : past.lastKey()) >= settings.stopping().patience();
  }

  /**
   * Trains one epoch, unfreezing first what is due.
   *
   * @throws DivergedException if the loss becomes NaN or infinite
   */
  public EpochResult epoch() {
    return turn.during(() -> {
      if (finished) {
        throw new IllegalStateException("the fine-tuning is finished");
      }
      List<String> due = settings.unfreezing().get(epochs());
      if (due != null) {
        unfreeze(due);
      }
      int done = epochs();
      try {
        return trainer.epoch(all, order(), data.validation());
      } finally {
        if (epochs() > done) { // also if a listener has thrown
          compare(history().last());
        }
      }
    });
  }

  private void unfreeze(List<String> due) {
    Trainer old = trainer;
    Trainer next = Unfreezing.unfreeze(device, old, all, order(), due);
    listeners.forEach(next::addListener);
    synchronized (this) {
      trainer = next;
    }
    old.close();
    if (turn.isClosed()) { // by a thread that may have seen the old one
      next.close();
      turn.checkOpen();
    }
  }

  private void compare(EpochResult result) {
    if (settings.stopping() != null && settings.stopping().isBetter(result, best.result())) {
      best = new TuningCheckpoint.Best(result, trainer.model().copy());
    }
  }

  private int[] order() {
    return replay == null ? Batches.order(all.size(), settings.seed(), epochs())
        : replay.order(data.train().size(), settings.seed(), epochs());
  }

  /**
   * Gives the model its new weights and notes where they came from.
   *
   * @return what it came to
   */
  public Result finish() {
    return turn.during(this::finishNow);
  }

  private Result finishNow() {
    Strength.interpolate(model, trained(), settings.strength());
    model.normalization(model.normalization()); // what it was trained with is what it is for
    model.sureFrom((float[]) null); // of the parameters as they were
    Score after = score(model);
    int chosen = best != null ? best.result().epoch() : epochs();
    Result result = new Result(before, after, history(), chosen, data.train().size(), replayed(), target, source);
    new Generation(parent, settings.name(), result.samples(), result.replayed(), chosen, notes(), before, after).addTo(model);
    model.seen(seen);
    model.unfreeze(settings.unfrozen().toArray(new String[0]));
    finished = true;
    return result;
  }

  /** The settings as text, for the history. */
  private Map<String, String> notes() {
    Map<String, String> notes = new LinkedHashMap<>(settings.recipe().settings());
    if (settings.recipe().anchor() != null) {
      notes.put(settings.recipe().anchor().weights() == null ? "l2sp" : "ewc", notes.remove("anchor"));
    }
    notes.put("frozen", String.join(",", model.trainable().stream()
        .filter(layer -> model.frozen().contains(layer) || settings.unfrozen().contains(layer)).sorted().toList()));
    notes.putAll(settings.text());
    notes.put("seed", Long.toString(settings.seed()));
    return notes;
  }

  /** As {@link #checkpoint(Map)}, without notes. */
  public TuningCheckpoint checkpoint() {
    return checkpoint(Map.of());
  }

  /**
   * Everything needed to {@link #resume} after the last epoch, but for the data.
   *
   * @param notes the caller's own, kept beside it
   */
  public TuningCheckpoint checkpoint(Map<String, String> notes) {
    return turn.during(() -> new TuningCheckpoint(trainer.checkpoint(notes), settings, before, parent, model.copy(), best));
  }

  /** What is tuned; changed by {@link #finish}. */
  public Model model() {
    return model;
  }

  /** The weights that {@link #finish} would give the model now. */
  Model trained() {
    return best != null ? best.model() : trainer.model();
  }

  /** What the model is measured on before and after: the target, or else the validation data; null if there is neither. */
  public Seen.Parts target() {
    return target;
  }

  /** How it is tuned; the recipe has a group for each layer if their rates differ. */
  public FineTuning settings() {
    return settings;
  }

  /** How many epochs are done. */
  public int epochs() {
    return trainer.epochs();
  }

  /** The epochs so far; their test numbers are the validation data's. */
  public History history() {
    return trainer.history();
  }

  /** Updates in an epoch, those on old images as well. */
  public int stepsPerEpoch() {
    Recipe recipe = settings.recipe();
    return (data.train().size() + replayed() + recipe.batchSize() - 1) / recipe.batchSize();
  }

  private int replayed() {
    return replay == null ? 0 : replay.count(data.train().size());
  }

  /** Which kernels the device chose and why, or null if it was not left to choose. */
  public KernelChoice kernels() {
    return trainer.kernels();
  }

  @Override public String toString() {
    return "fine-tuning " + trainer;
  }

  /** Frees the device's memory. Another thread's step under way ends first; the next one throws. */
  @Override public void close() {
    turn.close();
    synchronized (this) {
      trainer.close();
    }
  }

  /**
   * What a fine-tuning came to.
   *
   * @param before    accuracies and losses of the model as it was
   * @param after     the accuracies and losses of the model as it is now
   * @param history   the epochs; their test numbers are the validation data's
   * @param bestEpoch the epoch whose weights the model has now; 0 if early stopping found none better than those before
   * @param samples   new samples
   * @param replayed  old samples in each epoch
   * @param target    new data: {@link Seen.Parts#measured} is what the accuracies are of; null if there is none
   * @param source    old data, likewise
   */
  public record Result(Score before, Score after, History history, int bestEpoch, int samples, int replayed, Seen.Parts target,
      Seen.Parts source) {}
}
