package org.lenet4j.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.lenet4j.data.ClassNames;
import org.lenet4j.data.Splits;
import org.lenet4j.file.Words;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.EarlyStopping;
import org.lenet4j.tune.FineTuning;
import picocli.CommandLine.Option;

/** Which layers a fine-tuning trains, how fast, and until when. */
final class TuningOptions {
  @Option(names = "--freeze", paramLabel = "LAYERS", split = ",", description = "Layers that stay as they are, for example conv1,conv2;"
      + " body is everything but the head; none is none (what the weights file says, else none).")
  private List<String> freeze;

  @Option(names = "--unfreeze-after", paramLabel = "N", description = "Gradual unfreezing: after every N epochs the topmost layer that is"
      + " still frozen is trained as well.")
  private Integer unfreezeAfter;

  @Option(names = "--layer-decay", paramLabel = "X", description = "Learning rate of each layer, as a factor of that of the layer above"
      + " it (1).")
  private Float layerDecay;

  @Option(names = "--layer-lr", paramLabel = "LAYER=RATE", split = ",", description = "Learning rates of single layers, for example"
      + " conv1=1e-5,fc3=2e-3.")
  private Map<String, Float> layerRates;

  @Option(names = "--head", paramLabel = "CLASSES", description = "A new head of so many classes, which have the names that the data gives"
      + " them.")
  private Integer head;

  @Option(names = "--keep-rows", paramLabel = "LIST", description = "With --head: classes of the old head that stay, the first as the new"
      + " class 0 and so on, for example 0-4, 3,5,7 or cat,dog; all keeps all of them.")
  private String keepRows;

  @Option(names = "--dropout", paramLabel = "RATE", description = "Dropout before the last linear layers (what the weights file says).")
  private Float dropout;

  @Option(names = "--strength", paramLabel = "HOW", description = "How far the weights go from those before, 0, to the tuned ones, 1. auto"
      + " finds it by cross-validation on the training images, and may keep those before (auto; 1 with --head or --patience).")
  private String strength;

  @Option(names = "--patience", paramLabel = "N", description = "Early stopping: ends after N epochs in which the validation data got no"
      + " better, and keeps the best weights.")
  private Integer patience;

  @Option(names = "--monitor", paramLabel = "WHAT", defaultValue = "loss",
      description = "With --patience: what has to get better, loss or accuracy (${DEFAULT-VALUE}).")
  private String monitor;

  @Option(names = "--min-change", paramLabel = "X", defaultValue = "0",
      description = "With --patience: the least improvement that counts (${DEFAULT-VALUE}).")
  private double minChange;

  boolean hasHead() {
    return head != null;
  }

  boolean stops() {
    return patience != null;
  }

  /** Whether cross-validation is to find the strength. Without a head that knows the classes there is nothing to stay near. */
  boolean findsStrength() {
    return strength == null ? head == null && patience == null : strength.equals("auto");
  }

  /**
   * Changes the model's head, dropout and frozen layers.
   *
   * @param data   everything that will be trained on, with its own names: those of the classes of a new head
   * @param chosen which classes of it are wanted
   */
  Model prepare(Model model, List<Splits> data, ClassOptions chosen, long seed) {
    if (head != null) {
      if (keepRows == null && data.size() == 1) { // else what is kept or replayed may be what is missing
        chosen.checkGaps(data.get(0));
      }
      int[] rows = rows(model);
      List<String> kept = new ArrayList<>(IntStream.of(rows).mapToObj(model.classNames()::get).toList());
      model.replaceHead(head, seed, rows);
      kept.addAll(Collections.nCopies(head - kept.size(), null));
      model.classNames(ClassNames.forHead(kept, data));
    } else if (keepRows != null) {
      throw new IllegalArgumentException("--keep-rows is for --head; say with it how many classes there will be");
    }
    if (dropout != null) {
      model.dropout(dropout);
    }
    if (freeze != null) {
      model.unfreeze(model.trainable().toArray(new String[0]));
      model.freeze(frozen(model).toArray(new String[0]));
    }
    return model;
  }

  private int[] rows(Model model) {
    if (keepRows == null) {
      return new int[0];
    }
    return keepRows.equals("all") ? IntStream.range(0, Math.min(head, model.outputSize())).toArray()
        : ClassOptions.find("--keep-rows", keepRows, model.classNames(),
            "the old head has no output %s; it has %s for --keep-rows to keep");
  }

  private List<String> frozen(Model model) {
    List<String> layers = model.trainable();
    if (freeze.equals(List.of("body"))) {
      return layers.subList(0, layers.size() - 1);
    }
    return freeze.equals(List.of("none")) ? List.of() : freeze;
  }

  /** Layers that have nothing of the old model and so are not to be pulled back to it. */
  String[] freeLayers(Model model) {
    return head == null ? new String[0] : new String[] {model.head()};
  }

  /** Settings with what these options say. */
  FineTuning set(FineTuning settings, Model model) {
    FineTuning set = settings;
    Recipe recipe = settings.recipe();
    if (layerRates != null) {
      List<ParamGroup> groups = new ArrayList<>();
      layerRates.forEach((layer, rate) -> groups.add(new ParamGroup(List.of(layer), rate, recipe.optimizer().weightDecay())));
      layerRates.keySet().forEach(model::parameters); // throws for an unknown one
      set = set.withRecipe(recipe.withGroups(groups.toArray(new ParamGroup[0])));
    }
    if (layerDecay != null) {
      set = set.withLayerDecay(layerDecay);
    }
    if (unfreezeAfter != null) {
      List<String> frozen = new ArrayList<>(model.trainable().stream().filter(model.frozen()::contains).toList());
      if (frozen.isEmpty()) {
        throw new IllegalArgumentException("--unfreeze-after: no layer is frozen; say with --freeze which are, for example --freeze body");
      }
      Collections.reverse(frozen);
      for (int i = 0; i < frozen.size(); i++) {
        set = set.withUnfreezing(Math.multiplyExact(unfreezeAfter, i + 1), frozen.get(i));
      }
    }
    if (strength != null && !strength.equals("auto")) {
      try {
        set = set.withStrength(Float.parseFloat(strength));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("--strength: do not understand '" + strength + "'; give auto or a number from 0 to 1");
      }
    }
    if (patience != null) {
      set = set.withStopping(new EarlyStopping(measure(), patience, minChange));
    }
    return set;
  }

  private EarlyStopping.Measure measure() {
    return switch (monitor) {
      case "loss" -> EarlyStopping.Measure.LOSS;
      case "accuracy" -> EarlyStopping.Measure.ACCURACY;
      default -> throw new IllegalArgumentException("unknown --monitor '" + monitor + "'; it can be loss or accuracy"
          + Words.didYouMean(monitor, "loss", "accuracy"));
    };
  }
}
