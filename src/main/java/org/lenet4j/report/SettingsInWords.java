package org.lenet4j.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.data.Augment;
import org.lenet4j.optim.LrSchedule;

/** Settings, as notes keep them, in words. What is not known here stays as it is. */
public final class SettingsInWords {
  private static final Map<String, String> NAMES = new LinkedHashMap<>(); // key of a note -> what people call it, in their order

  static {
    put("recipe", "recipe", "data", "data", "extra", "more data", "scans", "redrawn as scans", "epochs", "epochs",
        "batch_size", "images in a batch", "accumulate", "shards of a batch",
        "optimizer", "optimizer", "lr", "learning rate", "schedule", "learning rate over the run",
        "layer_decay", "learning rate of each lower layer", "groups", "layers with a rate of their own", "weight_decay", "weight decay",
        "loss", "loss", "clip_norm", "gradient clipped to a norm of", "augment", "distortions", "normalize", "inputs normalized",
        "ema", "average of the weights", "frozen", "frozen layers", "unfreezing", "layers that join later",
        "l2sp", "pull to the old weights", "ewc", "pull to the old weights (EWC)", "anchor", "pull to the old weights",
        "replay_share", "old images in an epoch",
        "strength", "way from the old weights", "stopping", "early stopping", "allow_missing", "classes without images",
        "precision", "precision", "kernels", "kernels", "seed", "seed", "train_crc32", "checksum of the training images");
  }

  private SettingsInWords() {}

  private static void put(String... keysAndNames) {
    for (int i = 0; i < keysAndNames.length; i += 2) {
      NAMES.put(keysAndNames[i], keysAndNames[i + 1]);
    }
  }

  /**
   * Names and values for people; what is part of another setting, such as an optimizer's momentum, is said with it.
   *
   * @param notes settings by their keys, as {@code Recipe.settings()} and a model's metadata have them; others are left out
   */
  public static Map<String, String> of(Map<String, String> notes) {
    Map<String, String> words = new LinkedHashMap<>();
    NAMES.forEach((key, name) -> {
      if (notes.containsKey(key)) {
        words.put(name, value(key, notes));
      }
    });
    return words;
  }

  private static String value(String key, Map<String, String> notes) {
    String value = notes.get(key);
    try {
      return switch (key) {
        case "optimizer" -> optimizer(notes);
        case "schedule" -> schedule(LrSchedule.parse(value));
        case "loss" -> zero(notes.get("label_smoothing")) ? value.replace('-', ' ')
            : value.replace('-', ' ') + ", label smoothing " + number(notes.get("label_smoothing"));
        case "augment" -> augment(Augment.parse(value));
        case "normalize" -> value.equals("true") ? "to mean 0 and deviation 1" : "no";
        case "ema" -> zero(value) ? "none" : "with a decay of " + number(value);
        case "unfreezing" -> value.replaceAll("(\\d+)=([^;]+)", "$2 after epoch $1").replace(",", ", ").replace(";", "; ");
        case "stopping" -> stopping(value.split(":"));
        case "layer_decay" -> number(value) + " of the one above";
        case "replay_share" -> share(value);
        case "strength" -> number(value) + " of the tuned ones";
        case "allow_missing" -> "allowed";
        case "groups", "frozen" -> value.isEmpty() ? "none" : value.replace(",", ", ").replace(";", "; ");
        case "data", "extra", "recipe", "seed", "train_crc32", "kernels", "precision" -> value;
        default -> number(value);
      };
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) { // a note of another version
      return value;
    }
  }

  private static String optimizer(Map<String, String> notes) {
    String name = notes.get("optimizer");
    if (name.equals("sgd")) {
      return zero(notes.get("momentum")) ? "SGD" : "SGD, momentum " + number(notes.get("momentum"))
          + ("true".equals(notes.get("nesterov")) ? " (Nesterov)" : "");
    }
    return (name.equals("adamw") ? "AdamW" : "Adam") + ", β " + number(notes.get("beta1")) + " and " + number(notes.get("beta2"))
        + ", ε " + number(notes.get("epsilon"));
  }

  private static String schedule(LrSchedule schedule) {
    if (schedule instanceof LrSchedule.Warmup warmup) {
      return "rises for " + percent(warmup.fraction()) + " of the run, then " + schedule(warmup.then());
    } else if (schedule instanceof LrSchedule.Step step) {
      return number(Float.toString(step.gamma())) + " of it after each " + percent(step.fraction()) + " of the run";
    } else if (schedule instanceof LrSchedule.Cosine cosine) {
      return "falls as a cosine to " + (cosine.last() == 0 ? "0" : percent(cosine.last()) + " of it");
    } else if (schedule instanceof LrSchedule.OneCycle cycle) {
      return "rises for " + percent(cycle.rise()) + " of the run, then falls (one cycle)";
    }
    return schedule.text();
  }

  private static String augment(Augment augment) {
    List<String> parts = new ArrayList<>();
    add(parts, augment.shift(), "shifted by up to %s px");
    add(parts, augment.rotation(), "turned by up to %s°");
    add(parts, 100 * augment.scale(), "scaled by up to %s%%");
    add(parts, augment.shear(), "slanted by up to %s°");
    add(parts, augment.elastic(), "bent by about %s px");
    return parts.isEmpty() ? "none" : String.join(", ", parts);
  }

  private static void add(List<String> parts, float amount, String words) {
    if (amount > 0) {
      parts.add(Table.format(words, number(Float.toString(Math.round(100 * amount) / 100f))));
    }
  }

  /** Of what is watched, how many epochs it may fail to improve, and by how much at least. */
  private static String stopping(String... parts) {
    String least = zero(parts[2]) ? "" : " by " + number(parts[2]);
    return "when the " + parts[0].toLowerCase(Locale.ROOT) + " has not improved" + least + " for " + parts[1] + " epochs";
  }

  private static String share(String value) {
    return percent(Float.parseFloat(value)) + " of its images";
  }

  private static String percent(float share) {
    return number(Float.toString(Math.round(1000 * share) / 10f)) + "%";
  }

  private static boolean zero(String value) {
    return value == null || Double.parseDouble(value) == 0;
  }

  /** As Java writes a number, without needless zeros: 1.0E-8 becomes 1e-8. */
  private static String number(String value) {
    return value.replaceAll("\\.0(?=$|E)", "").replace('E', 'e');
  }
}
