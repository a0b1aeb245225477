package org.lenet4j;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.nn.Model;

/**
 * All that a training run needs to continue as if it had never stopped. Random numbers are counter-based, so the seed and the number
 * of finished epochs are their whole state.
 *
 * @param model     parameters, normalization and frozen layers; not copied
 * @param optimizer its state after the last finished epoch; its step is the number of updates made so far; not copied
 * @param seed      of order, dropout and augmentation
 * @param epoch     finished epochs, 0 or more
 * @param settings  what else the run was started with, text to text, in order; the command line's own
 * @param history   the finished epochs, first to last; of more than {@link #MAX_HISTORY} a file keeps the last
 */
public record Checkpoint(Model model, OptimizerState optimizer, long seed, int epoch, Map<String, String> settings,
    List<EpochResult> history) {
  /** The most epochs of the history that a file keeps: the header that holds them is limited to 1 MiB. */
  public static final int MAX_HISTORY = 4096;

  /**
   * Copies settings and history.
   *
   * @throws IllegalArgumentException if the epoch or the optimizer's step is negative, or a slot of the optimizer is not an array for a
   *                                  parameter of the model, {@code state.layer.weight}, of the same length
   */
  public Checkpoint {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    settings.forEach((key, value) -> Objects.requireNonNull(value, key));
    history = List.copyOf(history);
    if (epoch < 0 || optimizer.step() < 0) {
      throw new IllegalArgumentException("epoch " + epoch + " and step " + optimizer.step() + " must be at least 0");
    }
    optimizer.slots().forEach((slot, values) -> {
      int dot = slot.indexOf('.');
      if (dot < 1 || model.parameter(slot.substring(dot + 1)).values().length != values.length) {
        throw new IllegalArgumentException("optimizer state '" + slot + "' with " + values.length + " values fits no parameter");
      }
    });
  }

  /**
   * Reads a checkpoint.
   *
   * @throws IOException if the file cannot be read, is broken or is no checkpoint; the message names the file and the reason
   */
  public static Checkpoint load(Path file) throws IOException {
    return CheckpointFile.load(file);
  }

  /**
   * Writes a safetensors file, atomically: the old checkpoint stays whole until the new one is complete.
   *
   * @throws IOException if it cannot be written or a value is NaN or infinite
   */
  public void save(Path file) throws IOException {
    CheckpointFile.save(this, file);
  }
}
