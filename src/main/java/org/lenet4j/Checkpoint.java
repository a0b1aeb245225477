package org.lenet4j;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.ModelFile;
import org.lenet4j.optim.Recipe;
import org.slf4j.LoggerFactory;

/**
 * All that a training run needs, but for its data, to continue as if it had never stopped. Random numbers are counter-based, so
 * the seed and the number of finished epochs are their whole state.
 *
 * @param model     parameters, normalization and frozen layers; not copied
 * @param recipe    how it is trained
 * @param optimizer its state after the last finished epoch; its step is the number of updates made so far; not copied
 * @param seed      the seed of order, dropout and augmentation
 * @param epoch     finished epochs, 0 or more
 * @param kernels   those that the device chose for the run, or null if it was not left to choose
 * @param arithmetic what the run's bits depended on so far, as {@link org.lenet4j.backend.Program#arithmetic}, or null if nobody knows
 * @param history   the finished epochs, first to last; of more than {@link #MAX_HISTORY} a file keeps the last
 * @param notes     whatever else is to be kept, text to text, in order
 */
public record Checkpoint(Model model, Recipe recipe, OptimizerState optimizer, long seed, int epoch, KernelSet kernels,
    String arithmetic, List<EpochResult> history, Map<String, String> notes) {
  /** The most epochs of the history that a file keeps: the header that holds them is limited to 1 MiB. */
  public static final int MAX_HISTORY = 4096;

  private static final String BYTES = "the bytes of a checkpoint";

  /**
   * Copies history and notes.
   *
   * @throws IllegalArgumentException if the epoch or the optimizer's step is negative, or a slot of the optimizer is not an array for a
   *                                  parameter of the model, {@code state.layer.weight}, of the same length, or the recipe's groups
   *                                  or anchor do not fit the model
   * @throws DivergedException        if the optimizer remembers NaN or an infinite number, which no file keeps
   */
  public Checkpoint {
    notes = Collections.unmodifiableMap(new LinkedHashMap<>(notes));
    notes.forEach((key, value) -> Objects.requireNonNull(value, key));
    history = List.copyOf(history);
    ProgramChecks.recipe(model, recipe);
    if (epoch < 0 || optimizer.step() < 0) {
      throw new IllegalArgumentException("epoch " + epoch + " and step " + optimizer.step() + " must be at least 0");
    }
    optimizer.slots().forEach((slot, values) -> {
      int dot = slot.indexOf('.');
      if (dot < 1 || model.parameter(slot.substring(dot + 1)).values().length != values.length) {
        throw new IllegalArgumentException("optimizer state '" + slot + "' with " + values.length + " values fits no parameter");
      }
    });
    DivergedException.check(optimizer, epoch, recipe.optimizer().learningRate());
  }

  /**
   * Reads a checkpoint.
   *
   * @throws IOException if the file cannot be read, is broken or is no checkpoint; the message names the file and the reason
   */
  public static Checkpoint load(Path file) throws IOException {
    return read(ModelFile.read(file), file.toString());
  }

  /**
   * The checkpoint in a file that has been read.
   *
   * @throws IOException if it is no checkpoint of a training run, or a broken one; the message does not name the file
   */
  public static Checkpoint of(ModelFile file) throws IOException {
    return CheckpointFile.parse(file);
  }

  /**
   * Reads the bytes of a checkpoint's file, for example those of {@link #toBytes}.
   *
   * @throws IOException if they are not a checkpoint's; the message gives the reason
   */
  public static Checkpoint fromBytes(byte[] file) throws IOException {
    return read(ModelFile.read(file, BYTES), BYTES);
  }

  private static Checkpoint read(ModelFile content, String source) throws IOException {
    try {
      return of(content);
    } catch (IOException e) {
      throw new IOException(source + ": " + e.getMessage(), e);
    }
  }

  /** The bytes of the file that {@link #save} writes. */
  public byte[] toBytes() {
    return file().toBytes();
  }

  /** Logs a warning if the run began with other kernels than it goes on with. */
  void warnUnless(String now) {
    if (arithmetic != null && !arithmetic.equals(now)) {
      LoggerFactory.getLogger(Trainer.class).warn("the run began with the kernels '{}' and goes on with '{}': it will not end with the bits"
          + " of a run that was never stopped; for those continue it on the device and with the kernels that it began with",
          arithmetic, now);
    }
  }

  /** What {@link #save} writes. */
  public ModelFile file() {
    return CheckpointFile.format(this);
  }

  /**
   * Writes a safetensors file, atomically: the old checkpoint stays whole until the new one is complete.
   *
   * @throws IOException if it cannot be written or a value is NaN or infinite
   */
  public void save(Path file) throws IOException {
    file().write(file);
  }
}
