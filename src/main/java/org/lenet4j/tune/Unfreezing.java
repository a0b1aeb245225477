package org.lenet4j.tune;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.Trainer;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/**
 * Goes on training with more layers. What was trained keeps its optimizer's state. Adam corrects its moments for how many updates they
 * have seen, one number for all parameters; moments of new layers that started at zero would be taken for old ones, and the first updates
 * come out many times too large. So the new layers' moments are measured first, on batches that move nothing.
 */
final class Unfreezing {
  private static final int MEASURED = 20; // batches

  private Unfreezing() {}

  /**
   * A new trainer in place of another, which stays open.
   *
   * @param order the samples of the next epoch
   */
  static Trainer unfreeze(Device device, Trainer trainer, Dataset train, int[] order, List<String> layers) {
    Checkpoint now = trainer.checkpoint();
    Recipe recipe = now.recipe();
    Model model = now.model().unfreeze(layers.toArray(new String[0]));
    Map<String, float[]> slots = new LinkedHashMap<>(now.optimizer().slots());
    long step = now.optimizer().step();
    measure(device, model, recipe, now.seed(), train, order).forEach((slot, moment) -> {
      if (slots.putIfAbsent(slot, moment) == null) { // unbiased moments, as biased as a step like this one expects them
        double beta = slot.startsWith("exp_avg_sq.") ? beta2(recipe.optimizer()) : beta1(recipe.optimizer());
        float scale = (float) ((1 - Math.pow(beta, step)) / (1 - Math.pow(beta, MEASURED)));
        for (int i = 0; i < moment.length; i++) {
          moment[i] *= scale;
        }
      }
    });
    return Trainer.resume(device, new Checkpoint(model, recipe, new OptimizerState(step, slots), now.seed(), now.epoch(), now.kernels(),
        now.arithmetic(), now.history(), Map.of()));
  }

  /** Adam's moments after some batches at learning rate 0; empty for optimizers without moments. */
  private static Map<String, float[]> measure(Device device, Model model, Recipe recipe, long seed, Dataset train, int[] order) {
    if (recipe.optimizer() instanceof Sgd) {
      return Map.of();
    }
    Recipe still = recipe.withOptimizer(recipe.optimizer().withLearningRate(0)).withGroups().withEma(0).withAnchor(null);
    try (Trainer probe = new Trainer(device, model.copy(), still, seed)) {
      int batch = recipe.batchSize();
      for (int i = 0; i < MEASURED; i++) {
        int first = (int) ((long) i * batch % Math.max(1, order.length - batch + 1));
        probe.step(train, Arrays.copyOfRange(order, first, first + batch));
      }
      return new LinkedHashMap<>(probe.checkpoint().optimizer().slots());
    }
  }

  private static double beta1(Optimizer optimizer) {
    return optimizer instanceof AdamW adamW ? adamW.beta1() : ((Adam) optimizer).beta1(); // throws for one that is neither
  }

  private static double beta2(Optimizer optimizer) {
    return optimizer instanceof AdamW adamW ? adamW.beta2() : ((Adam) optimizer).beta2();
  }
}
