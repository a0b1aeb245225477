package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

class MetricsTest {
  // label 0: 8 right, 2 taken for 1; label 1: 5 right, 1 taken for 0; label 2: never seen, never predicted
  private final Metrics metrics = new Metrics(0.5, new long[][] {{8, 2, 0}, {1, 5, 0}, {0, 0, 0}});

  @Test
  void countsByHand() {
    assertEquals(16, metrics.samples());
    assertEquals(13 / 16.0, metrics.accuracy());
    assertEquals(8 / 9.0, metrics.precision(0));
    assertEquals(8 / 10.0, metrics.recall(0));
    assertEquals(2 * 8.0 / (10 + 9), metrics.f1(0), 1e-15); // 2 tp / (actual + predicted)
    assertEquals(5 / 7.0, metrics.precision(1));
    assertEquals(5 / 6.0, metrics.recall(1));
    assertEquals(6, metrics.support(1));
  }

  @Test
  void aClassThatNeverOccursCountsZero() {
    assertEquals(0, metrics.precision(2));
    assertEquals(0, metrics.recall(2));
    assertEquals(0, metrics.f1(2));
  }

  @Test
  void agreesWithTheTrainersEvaluation() {
    Dataset digits = SyntheticDigits.create(150, 4);
    Model model = LeNet5.create(10, 2);
    try (Device device = Device.open("openblas", 1); Trainer trainer = new Trainer(device, model, Recipe.plain(), 1)) {
      Metrics measured = Metrics.of(device, model, digits);
      assertEquals(trainer.evaluate(digits).accuracy(), measured.accuracy());
      assertEquals(trainer.evaluate(digits).loss(), measured.loss());
      assertEquals(150, measured.samples());
    }
  }
}
