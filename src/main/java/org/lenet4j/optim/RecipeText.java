package org.lenet4j.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.lenet4j.data.Augment;
import org.lenet4j.nn.BinaryCrossEntropy;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.MeanSquaredError;

/** A recipe as text, both ways. It is exact: Java writes as many digits of a float as it takes to read the same one again. */
final class RecipeText {
  private final Map<String, String> left; // settings that have not been read

  private RecipeText(Map<String, String> settings) {
    left = new LinkedHashMap<>(settings);
  }

  /** As {@link Recipe#settings}. */
  static Map<String, String> settings(Recipe recipe) {
    Map<String, String> text = new LinkedHashMap<>();
    text.put("epochs", Integer.toString(recipe.epochs()));
    text.put("batch_size", Integer.toString(recipe.batchSize()));
    put(text, recipe.optimizer());
    if (!recipe.groups().isEmpty()) {
      text.put("groups", recipe.groups().stream()
          .map(group -> String.join(",", group.layers()) + "=" + group.learningRate() + ":" + group.weightDecay())
          .collect(Collectors.joining(";")));
    }
    text.put("schedule", recipe.schedule().text());
    put(text, recipe.loss());
    if (recipe.clipNorm() != Float.POSITIVE_INFINITY) {
      text.put("clip_norm", Float.toString(recipe.clipNorm()));
    }
    text.put("augment", recipe.augment().text());
    text.put("normalize", Boolean.toString(recipe.normalize()));
    text.put("ema", Float.toString(recipe.ema()));
    if (recipe.anchor() != null) {
      text.put("anchor", Float.toString(recipe.anchor().strength()));
    }
    if (recipe.accumulate() > 1) {
      text.put("accumulate", Integer.toString(recipe.accumulate()));
    }
    return text;
  }

  private static void put(Map<String, String> text, Optimizer optimizer) {
    text.put("optimizer", optimizer.name());
    text.put("lr", Float.toString(optimizer.learningRate()));
    text.put("weight_decay", Float.toString(optimizer.weightDecay()));
    if (optimizer instanceof Sgd sgd) {
      text.put("momentum", Float.toString(sgd.momentum()));
      text.put("nesterov", Boolean.toString(sgd.nesterov()));
    } else if (optimizer instanceof Adam adam) {
      putMoments(text, adam.beta1(), adam.beta2(), adam.epsilon());
    } else if (optimizer instanceof AdamW adamW) {
      putMoments(text, adamW.beta1(), adamW.beta2(), adamW.epsilon());
    } else {
      throw new IllegalArgumentException("no text for the optimizer " + optimizer);
    }
  }

  private static void putMoments(Map<String, String> text, float beta1, float beta2, float epsilon) {
    text.put("beta1", Float.toString(beta1));
    text.put("beta2", Float.toString(beta2));
    text.put("epsilon", Float.toString(epsilon));
  }

  private static void put(Map<String, String> text, Loss loss) {
    if (loss instanceof CrossEntropy crossEntropy) {
      text.put("loss", "cross-entropy");
      text.put("label_smoothing", Float.toString(crossEntropy.labelSmoothing()));
    } else if (loss instanceof BinaryCrossEntropy) {
      text.put("loss", "binary-cross-entropy");
    } else if (loss instanceof MeanSquaredError) {
      text.put("loss", "mean-squared-error");
    } else {
      throw new IllegalArgumentException("no text for the loss " + loss);
    }
  }

  /** As {@link Recipe#of(Map)}. */
  static Recipe recipe(Map<String, String> settings) {
    RecipeText text = new RecipeText(settings);
    Recipe recipe = new Recipe(text.number("epochs", Integer::valueOf), text.number("batch_size", Integer::valueOf), text.optimizer(),
        text.groups(), LrSchedule.parse(text.take("schedule")), text.loss(),
        text.left.containsKey("clip_norm") ? text.number("clip_norm") : Float.POSITIVE_INFINITY, Augment.parse(text.take("augment")),
        text.truth("normalize"), text.number("ema"), null,
        text.left.containsKey("accumulate") ? text.number("accumulate", Integer::valueOf) : 1);
    text.left.remove("anchor");
    if (!text.left.isEmpty()) {
      throw new IllegalArgumentException("unknown settings: " + String.join(", ", text.left.keySet()));
    }
    return recipe;
  }

  private String take(String key) {
    String value = left.remove(key);
    if (value == null) {
      throw new IllegalArgumentException("there is no setting " + key);
    }
    return value;
  }

  private float number(String key) {
    return number(key, Float::valueOf);
  }

  private <T> T number(String key, Function<String, T> parse) {
    return number(key, take(key), parse);
  }

  private static <T> T number(String key, String text, Function<String, T> parse) {
    try {
      return parse.apply(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("the setting " + key + " has '" + text + "' in place of a number", e);
    }
  }

  private boolean truth(String key) {
    String text = take(key);
    if (!text.equals("true") && !text.equals("false")) {
      throw new IllegalArgumentException("the setting " + key + " is '" + text + "', not true or false");
    }
    return text.equals("true");
  }

  private Optimizer optimizer() {
    String name = take("optimizer");
    float rate = number("lr");
    float decay = number("weight_decay");
    return switch (name) {
      case "sgd" -> new Sgd(rate, number("momentum"), truth("nesterov"), decay);
      case "adam" -> new Adam(rate, number("beta1"), number("beta2"), number("epsilon"), decay);
      case "adamw" -> new AdamW(rate, number("beta1"), number("beta2"), number("epsilon"), decay);
      default -> throw new IllegalArgumentException("unknown optimizer '" + name + "'");
    };
  }

  private Loss loss() {
    String name = take("loss");
    return switch (name) {
      case "cross-entropy" -> new CrossEntropy(number("label_smoothing"));
      case "binary-cross-entropy" -> new BinaryCrossEntropy();
      case "mean-squared-error" -> new MeanSquaredError();
      default -> throw new IllegalArgumentException("unknown loss '" + name + "'");
    };
  }

  private List<ParamGroup> groups() {
    List<ParamGroup> groups = new ArrayList<>();
    if (left.containsKey("groups")) {
      for (String group : take("groups").split(";")) {
        String[] parts = group.split("[=:]", -1); // layers, learning rate, weight decay
        if (parts.length != 3) {
          throw new IllegalArgumentException("do not understand the group '" + group + "'; it should be LAYERS=RATE:DECAY");
        }
        groups.add(new ParamGroup(List.of(parts[0].split(",")), number("groups", parts[1], Float::valueOf),
            number("groups", parts[2], Float::valueOf)));
      }
    }
    return groups;
  }
}
