package org.lenet4j.optim;

import java.io.Serializable;
import java.util.List;
import org.lenet4j.file.Words;

/** How a gradient g moves a parameter. Frozen layers are skipped: no update, no state, no decay. */
public sealed interface Optimizer extends Serializable permits Sgd, Adam, AdamW {
  /** Its name in settings: {@code sgd}, {@code adam} or {@code adamw}. */
  String name();

  /** Base learning rate; schedules multiply it. */
  float learningRate();

  /** Weight decay, in the sense of each optimizer. */
  float weightDecay();

  /** The same optimizer with another base learning rate. */
  Optimizer withLearningRate(float learningRate);

  /** The same optimizer with another weight decay. */
  Optimizer withWeightDecay(float weightDecay);

  /**
   * This one if it has that name, else the usual one of that name: Adam or AdamW at this one's learning rate, SGD with momentum at a rate
   * of its own.
   *
   * @throws IllegalArgumentException if there is none of that name; the message lists the valid ones
   */
  default Optimizer named(String name) {
    return name.equals(name()) ? this : switch (name) {
      case "adam" -> new Adam(learningRate());
      case "adamw" -> new AdamW(learningRate(), 0.01f); // PyTorch's decay: a recipe's means something else
      case "sgd" -> new Sgd(0.05f, 0.9f);
      default -> throw new IllegalArgumentException("unknown optimizer '" + name + "'; optimizers are adam, adamw, sgd"
          + Words.didYouMean(name, "adam", "adamw", "sgd"));
    };
  }

  /** The names of the state arrays that each trained parameter has, in PyTorch's words. */
  List<String> stateNames();
}
