package org.lenet4j.tune;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Recipe;
import org.lenet4j.random.Philox;

/**
 * The diagonal of the Fisher information of a classifier, {@code F_i = E_x E_{y ~ p(y|x)} (d log p(y|x) / d theta_i)^2}: how much the
 * answers change when a parameter does. EWC holds parameters back by it (Kirkpatrick et al., "Overcoming catastrophic forgetting in
 * neural networks", PNAS 2017). Labels are drawn from the model's own answers, as the definition says (Kunstner, Hennig and Balles,
 * "Limitations of the empirical Fisher approximation", NeurIPS 2019).
 */
public final class Fisher {
  private static final float BETA2 = 0.99999f;

  private Fisher() {}

  /**
   * Estimates the diagonal, one sample at a time.
   *
   * @param data    what the model was trained on; labels are not used
   * @param samples how many to use, chosen by the seed; more than there are means all
   * @param seed    chooses samples and labels
   * @return by parameter name, of all layers, frozen ones as well; same shapes as the parameters
   */
  public static Map<String, float[]> diagonal(Device device, Model model, Dataset data, int samples, long seed) {
    if (samples < 1) {
      throw new IllegalArgumentException("the Fisher information needs at least 1 sample, got " + samples);
    }
    Model free = model.copy();
    free.unfreeze(model.trainable().toArray(new String[0]));
    Dataset drawn = withDrawnLabels(device, free, chosen(data, samples, seed), seed);
    // Adam's second moment is a running mean of squared gradients, and at learning rate 0 nothing else happens. With this beta the first
    // of 1,000 samples counts 1% less than the last.
    Adam still = new Adam(0, 0, BETA2, 1, 0);
    Map<String, float[]> diagonal = new LinkedHashMap<>();
    try (TrainingProgram program = device.backend().compile(free, Recipe.of(still, 1), seed)) {
      program.bind(drawn, Augment.NONE);
      int[] order = new int[drawn.size()];
      Arrays.setAll(order, i -> i);
      program.order(0, order);
      for (int i = 0; i < order.length; i++) {
        program.step(i, 1, 1);
      }
      double correction = 1 / (1 - Math.pow(BETA2, order.length));
      program.state().slots().forEach((slot, moment) -> {
        if (slot.startsWith("exp_avg_sq.")) {
          float[] mean = moment.clone();
          for (int i = 0; i < mean.length; i++) {
            mean[i] *= (float) correction;
          }
          diagonal.put(slot.substring("exp_avg_sq.".length()), mean);
        }
      });
    }
    return diagonal;
  }

  private static Dataset chosen(Dataset data, int samples, long seed) {
    return samples >= data.size() ? data : data.holdOut(samples, seed).test();
  }

  /** Labels drawn from the model's probabilities. */
  private static Dataset withDrawnLabels(Device device, Model model, Dataset data, long seed) {
    int[] labels = new int[data.size()];
    try (Predictor predictor = new Predictor(device, model)) {
      data.blocks((images, first, count) -> {
        Prediction[] predictions = predictor.predict(images, count);
        for (int i = 0; i < count; i++) {
          labels[first + i] = draw(predictions[i].probabilities(), Philox.uniform(seed, Philox.SEARCH, first + i, 1));
        }
      });
    }
    return data.withLabels(labels, model.outputSize());
  }

  private static int draw(float[] probabilities, float uniform) {
    float left = uniform;
    int label = 0;
    while (left >= probabilities[label] && label < probabilities.length - 1) {
      left -= probabilities[label++];
    }
    return label;
  }

  /**
   * EWC's anchor: the present parameters of a model, each held by its Fisher information.
   *
   * @param data     what the model was trained on
   * @param strength lambda of the paper
   * @param except   layers that are free, such as a head that is about to be replaced
   */
  public static Anchor anchor(Device device, Model model, Dataset data, int samples, float strength, long seed, String... except) {
    Anchor plain = Anchor.to(model, strength, except);
    Map<String, float[]> weights = diagonal(device, model, data, samples, seed);
    weights.keySet().retainAll(plain.values().keySet());
    return new Anchor(strength, plain.values(), weights);
  }
}
