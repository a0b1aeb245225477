package org.lenet4j.tune;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;

/**
 * How the weights came about before any fine-tuning: what the run that trained them from fresh ones noted in the model's metadata. The
 * first fine-tuning puts these notes away under one name, {@code origin}, because they are not about what it makes of the weights:
 * {@code data} and {@code seed} are its own then, and {@link Generation} has the rest.
 */
public final class Origin {
  private static final String KEY = "origin";

  /** All notes that describe a training run, whoever writes them: the command line's and those of {@code Recipe.settings()}. */
  static final List<String> RUN = List.of("command", "data", "seed", "test_accuracy", "train_crc32", "extra", "scans", "recipe",
      "precision", "kernels", "epochs", "batch_size", "optimizer", "lr", "weight_decay", "momentum", "nesterov", "beta1", "beta2",
      "epsilon", "groups", "schedule", "loss", "label_smoothing", "clip_norm", "augment", "normalize", "ema", "anchor",
      "accumulate");

  private Origin() {}

  /**
   * The notes of the training from fresh weights, for example {@code data}, {@code seed} and {@code test_accuracy}; empty if there are
   * none.
   *
   * @throws IllegalArgumentException if the model's note of them is broken
   */
  public static Map<String, String> of(Model model) {
    String kept = model.metadata().get(KEY);
    if (kept != null) {
      try {
        return Json.strings(Json.parse(kept), KEY);
      } catch (IOException e) {
        throw new IllegalArgumentException("the model's note of its origin is broken: " + e.getMessage(), e);
      }
    }
    Map<String, String> notes = new TreeMap<>(model.metadata());
    notes.keySet().retainAll(RUN);
    return notes;
  }

  /** Puts the notes of the first run away, and has those of a fine-tuning in their place. */
  static void leave(Model model, String data, String seed) {
    Map<String, String> origin = of(model);
    model.metadata().keySet().removeAll(RUN);
    if (!origin.isEmpty()) {
      model.metadata().put(KEY, Json.text(origin));
    }
    if (!data.isEmpty()) {
      model.metadata().put("data", data);
    }
    if (seed != null) {
      model.metadata().put("seed", seed);
    }
  }
}
