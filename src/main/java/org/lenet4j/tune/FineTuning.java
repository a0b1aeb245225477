package org.lenet4j.tune;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Replay;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;

/**
 * How a model is fine-tuned.
 *
 * @param recipe       how to train; an anchor in it, {@link Anchor#to} for L2-SP or {@link Fisher#anchor} for EWC, works against
 *                     forgetting. The model keeps its normalization, whatever the recipe says, because its weights were made for it
 * @param seed         the seed of the sample order, augmentation, dropout and the choice of replayed samples
 * @param layerDecay   a smaller learning rate for lower layers, above 0 and at most 1: each layer's is so many times that of the layer with
 *                     parameters above it, the head's is the optimizer's (J. Howard and S. Ruder, "Universal language model fine-tuning
 *                     for text classification", ACL 2018). The recipe's groups win over it
 * @param unfreezing   gradual unfreezing: after so many finished epochs, at least 1, layers that were frozen are trained as well. Layers in
 *                     training keep their optimizer's state; the new ones start with moments measured on the first batches
 * @param stopping     when to stop early, and which weights to keep; needs validation data. Null for all epochs and the last one's weights
 * @param replayShare  old samples' part of an epoch, above 0 and below 1; NaN weighs old and new classes alike ({@link Replay#balanced})
 * @param strength     how far the weights go from the parent's, 0, to the tuned ones, 1, on the straight line between them (M. Wortsman et
 *                     al., "Robust fine-tuning of zero-shot models", CVPR 2022, section 3); {@link Strength} chooses it
 * @param allowMissing whether the head may have classes without training images, new or replayed
 * @param name         what the model's history calls the new data
 */
public record FineTuning(Recipe recipe, long seed, float layerDecay, SortedMap<Integer, List<String>> unfreezing, EarlyStopping stopping,
    float replayShare, float strength, boolean allowMissing, String name) implements Serializable {
  private static final Set<String> KEYS = Set.of("layer_decay", "unfreezing", "stopping", "replay_share", "strength",
      "allow_missing");

  /** Checks the numbers and copies the map. */
  public FineTuning {
    if (!(layerDecay > 0 && layerDecay <= 1)) {
      throw new IllegalArgumentException("the learning-rate decay per layer must be above 0 and at most 1, got " + layerDecay);
    }
    if (!Float.isNaN(replayShare) && !(replayShare > 0 && replayShare < 1)) {
      throw new IllegalArgumentException("the replayed share must be above 0 and below 1, got " + replayShare);
    }
    if (!(strength >= 0 && strength <= 1)) {
      throw new IllegalArgumentException("the strength of a fine-tuning must be from 0 to 1, got " + strength);
    }
    SortedMap<Integer, List<String>> copy = new TreeMap<>();
    unfreezing.forEach((epochs, layers) -> copy.put(epochs, List.copyOf(layers)));
    if (!copy.isEmpty() && copy.firstKey() < 1) {
      throw new IllegalArgumentException("layers can be unfrozen after 1 epoch or more, got " + copy.firstKey());
    }
    unfreezing = Collections.unmodifiableSortedMap(copy);
  }

  /** By this recipe, with seed 42 and nothing else. */
  public FineTuning(Recipe recipe) {
    this(recipe, 42, 1, new TreeMap<>(), null, Float.NaN, 1, false, "");
  }

  /** By {@link Recipe#tune}. */
  public FineTuning() {
    this(Recipe.tune());
  }

  /** With another recipe. */
  public FineTuning withRecipe(Recipe recipe) {
    return new FineTuning(recipe, seed, layerDecay, unfreezing, stopping, replayShare, strength, allowMissing, name);
  }

  /** With another seed. */
  public FineTuning withSeed(long seed) {
    return new FineTuning(recipe, seed, layerDecay, unfreezing, stopping, replayShare, strength, allowMissing, name);
  }

  /** With a smaller learning rate for lower layers. */
  public FineTuning withLayerDecay(float layerDecay) {
    return new FineTuning(recipe, seed, layerDecay, unfreezing, stopping, replayShare, strength, allowMissing, name);
  }

  /** With more layers, by name, that are unfrozen after so many epochs. */
  public FineTuning withUnfreezing(int epochs, String... layers) {
    SortedMap<Integer, List<String>> more = new TreeMap<>(unfreezing);
    more.merge(epochs, List.of(layers), (a, b) -> {
      Set<String> both = new LinkedHashSet<>(a);
      both.addAll(b);
      return new ArrayList<>(both);
    });
    return new FineTuning(recipe, seed, layerDecay, more, stopping, replayShare, strength, allowMissing, name);
  }

  /** With early stopping, or without for null. */
  public FineTuning withStopping(EarlyStopping stopping) {
    return new FineTuning(recipe, seed, layerDecay, unfreezing, stopping, replayShare, strength, allowMissing, name);
  }

  /** With old samples that make up a share of each epoch. */
  public FineTuning withReplayShare(float replayShare) {
    return new FineTuning(recipe, seed, layerDecay, unfreezing, stopping, replayShare, strength, allowMissing, name);
  }

  /** With weights that go only so far from the parent's to the tuned ones. */
  public FineTuning withStrength(float strength) {
    return new FineTuning(recipe, seed, layerDecay, unfreezing, stopping, replayShare, strength, allowMissing, name);
  }

  /** With or without leave for classes that have no training images. */
  public FineTuning withAllowMissing(boolean allowMissing) {
    return new FineTuning(recipe, seed, layerDecay, unfreezing, stopping, replayShare, strength, allowMissing, name);
  }

  /** With a name for the new data. */
  public FineTuning withName(String name) {
    return new FineTuning(recipe, seed, layerDecay, unfreezing, stopping, replayShare, strength, allowMissing, name);
  }

  /** All layers that are unfrozen at some time. */
  List<String> unfrozen() {
    return unfreezing.values().stream().flatMap(List::stream).toList();
  }

  /** These settings with a recipe that says by itself what the layers' rates are and whether this model's inputs are normalized. */
  FineTuning resolvedFor(Model model) {
    List<ParamGroup> groups = new ArrayList<>();
    if (layerDecay != 1) {
      groups.addAll(ParamGroup.byDepth(model.trainable(), recipe.optimizer(), layerDecay));
    }
    groups.addAll(recipe.groups()); // a later group wins
    return withRecipe(recipe.withGroups(groups.toArray(new ParamGroup[0]))
        .withNormalize(!model.normalization().equals(Normalization.NONE)));
  }

  /** What there is beside the recipe and the seed, as text; what is not used is left out. */
  Map<String, String> text() {
    Map<String, String> text = new LinkedHashMap<>();
    if (layerDecay != 1) {
      text.put("layer_decay", Float.toString(layerDecay));
    }
    if (!unfreezing.isEmpty()) {
      text.put("unfreezing", unfreezing.entrySet().stream().map(entry -> entry.getKey() + "=" + String.join(",", entry.getValue()))
          .collect(Collectors.joining(";")));
    }
    if (stopping != null) {
      text.put("stopping", stopping.text());
    }
    if (!Float.isNaN(replayShare)) {
      text.put("replay_share", Float.toString(replayShare));
    }
    if (strength != 1) {
      text.put("strength", Float.toString(strength));
    }
    if (allowMissing) {
      text.put("allow_missing", "true");
    }
    return text;
  }

  /**
   * What {@link #text} wrote.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static FineTuning of(Recipe recipe, long seed, String name, Map<String, String> text) {
    if (!KEYS.containsAll(text.keySet())) {
      throw new IllegalArgumentException("unknown settings among " + String.join(", ", text.keySet()));
    }
    FineTuning settings = new FineTuning(recipe, seed, Float.parseFloat(text.getOrDefault("layer_decay", "1")), new TreeMap<>(),
        text.containsKey("stopping") ? EarlyStopping.parse(text.get("stopping")) : null,
        Float.parseFloat(text.getOrDefault("replay_share", "NaN")), Float.parseFloat(text.getOrDefault("strength", "1")),
        "true".equals(text.get("allow_missing")), name);
    if (text.containsKey("unfreezing")) {
      for (String entry : text.get("unfreezing").split(";")) {
        int equals = entry.indexOf('=');
        settings = settings.withUnfreezing(Integer.parseInt(entry.substring(0, Math.max(equals, 0))),
            entry.substring(equals + 1).split(","));
      }
    }
    return settings;
  }
}
