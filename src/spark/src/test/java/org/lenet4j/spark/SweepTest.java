package org.lenet4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.lenet4j.Device;
import org.lenet4j.Trainer;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Recipe;

/** A sweep over the cluster is the sweep of one machine. */
@ExtendWith(Cluster.class)
class SweepTest {
  /** Three rates, two decays, two seeds, and one rate that is no use. */
  @Test void twelveModelsAreThoseOfOneMachine() {
    List<Recipe> recipes = new ArrayList<>();
    for (float rate : new float[] {1e-3f, 5e-3f, 1e-2f}) {
      for (float decay : new float[] {0.01f, 0.1f}) {
        recipes.add(Recipe.fast().withEpochs(1).withOptimizer(new AdamW(rate, decay)));
      }
    }
    List<Sweep.Trial> trials = new ArrayList<>(Sweep.trials(recipes, 1, 2));
    trials.add(new Sweep.Trial(Recipe.fast().withOptimizer(new AdamW(1e30f, 0)), 1));
    org.lenet4j.data.Dataset train = Digits.train(640);
    org.lenet4j.data.Dataset test = Digits.test().head(200);
    List<Sweep.Result> results = Sweep.run(Cluster.spark(), train, test, trials);
    assertEquals(trials, results.stream().map(Sweep.Result::trial).toList());
    Sweep.Result diverged = results.get(trials.size() - 1);
    assertTrue(diverged.error().startsWith("the loss became NaN or infinite in epoch 1"), diverged.error());
    assertThrows(IllegalStateException.class, diverged::network);
    int same = 0;
    try (Device device = Device.open("cpu", 2)) { // two threads here, one there
      for (Sweep.Result result : results.subList(0, trials.size() - 1)) {
        Model model = LeNet5.create(10, result.trial().seed());
        try (Trainer trainer = new Trainer(device, model, result.trial().recipe(), result.trial().seed())) {
          assertEquals(trainer.fit(train, test).last().testLoss(), result.testLoss());
          same += trainer.model().sha256().equals(result.network().sha256()) ? 1 : 0;
        }
      }
    }
    assertEquals(12, same);
  }
}
