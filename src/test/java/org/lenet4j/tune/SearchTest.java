package org.lenet4j.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lenet4j.Device;
import org.lenet4j.Digits;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Shape;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** Range test, search and Fisher information. */
class SearchTest {
  private static Device device;
  private static Splits split;

  @BeforeAll static void open() {
    device = Device.open("openblas", 1);
    split = Digits.NEW.holdOut(0.2, 1);
  }

  @AfterAll static void close() {
    device.close();
  }

  @Test void theRangeTestFindsTheUsableRates() {
    Model model = Digits.trained(device);
    String before = model.sha256();
    LrRange range = LrRange.test(device, model, Recipe.tune(), split.train(), 150, 1);
    assertEquals(before, model.sha256());
    assertEquals(range, LrRange.test(device, model, Recipe.tune(), split.train(), 150, 1));
    double lowest = range.curve().stream().mapToDouble(LrRange.Point::smoothed).min().getAsDouble();
    LrRange.Point last = range.curve().get(range.curve().size() - 1);
    assertTrue(range.curve().size() < 150 || last.smoothed() > 1.2 * lowest, "AdamW at a rate of 1 must do harm");
    for (int i = 1; i < range.curve().size(); i++) {
      assertTrue(range.curve().get(i).rate() > range.curve().get(i - 1).rate());
    }
    assertEquals(1e-6f, range.curve().get(0).rate());
    assertTrue(range.suggestion() > 3e-4 && range.suggestion() < 2e-2, "" + range.suggestion());
    // it does not depend on the rate that the recipe had
    LrRange other = LrRange.test(device, model, Recipe.tune().withOptimizer(new AdamW(0.5f, 0.01f)), split.train(), 150, 1);
    assertEquals(range.suggestion(), other.suggestion(), 0.3 * range.suggestion());
    Model fresh = LeNet5.create(10, 1);
    assertEquals(LrRange.test(device, fresh.copy().normalization(split.train().normalization()), Recipe.fast(), split.train(), 20, 1),
        LrRange.test(device, fresh, Recipe.fast(), split.train(), 20, 1), "as the trainer will normalize");
    assertFalse(fresh.isNormalizationChosen());
    assertThrows(IllegalArgumentException.class, () -> LrRange.test(device, model, Recipe.tune(), split.train(), 9, 1));
    assertThrows(IllegalArgumentException.class,
        () -> LrRange.test(device, model, Recipe.tune().withBatchSize(1000), split.train(), 50, 1));
    assertThrows(IllegalArgumentException.class,
        () -> LrRange.test(device, model, Recipe.tune().withOptimizer(new Sgd(0)), split.train(), 50, 1));
  }

  private static final Search SEARCH = new Search(List.of(1e-6f, 3e-3f, 1e20f), List.of(0.01f), List.of(List.of(), List.of("conv1")),
      List.of(Augment.NONE));

  @Test void successiveHalvingKeepsTheBetterHalf() {
    Model model = Digits.trained(device);
    String before = model.sha256();
    FineTuning settings = new FineTuning(Recipe.tune().withEpochs(8).withEma(0)).withSeed(4);
    TuningData data = new TuningData(split.train(), split.test());
    Search.Result result = SEARCH.run(device, model, settings, data, 6);
    assertEquals(before, model.sha256());
    assertEquals(List.of(6, 3, 2, 1), List.of(count(result, 1), count(result, 2), count(result, 3), count(result, 4)));
    assertEquals(List.of(1, 2, 4, 8), result.trials().stream().map(Search.Trial::epochs).distinct().toList());
    for (int round = 1; round <= 4; round++) {
      int of = round;
      List<Search.Trial> trials = result.trials().stream().filter(trial -> trial.round() == of).toList();
      for (int i = 1; i < trials.size(); i++) {
        assertTrue(!(trials.get(i).loss() < trials.get(i - 1).loss()));
      }
      if (round > 1) {
        List<Search.Trial> last = result.trials().stream().filter(trial -> trial.round() == of - 1).toList();
        assertEquals(new HashSet<>(last.subList(0, trials.size()).stream().map(Search.Trial::setting).toList()),
            new HashSet<>(trials.stream().map(Search.Trial::setting).toList()));
      }
    }
    assertEquals(3e-3f, result.best().learningRate());
    assertTrue(result.trials().stream().anyMatch(trial -> Double.isNaN(trial.loss())), "a rate of 1e20 must diverge");
    assertEquals(new AdamW(3e-3f, 0.01f), result.best().in(settings).recipe().optimizer());
    assertEquals(new HashSet<>(result.best().frozen()), result.best().freeze(model).frozen());
    assertEquals(result, SEARCH.run(device, Digits.trained(device), settings, data, 6));
    assertThrows(IllegalArgumentException.class, () -> SEARCH.run(device, model, settings, data.withValidation(null), 6)); // to decide by
  }

  private static int count(Search.Result result, int round) {
    return (int) result.trials().stream().filter(trial -> trial.round() == round).count();
  }

  @Test void settingsAreChosenBySeed() {
    Search search = Search.around(new AdamW(1e-3f, 0.01f));
    assertEquals(60, search.settings(1000, 1).size());
    assertEquals(12, new HashSet<>(search.settings(12, 1)).size());
    assertEquals(search.settings(12, 1), search.settings(12, 1));
    assertNotEquals(search.settings(12, 1), search.settings(12, 2));
    assertThrows(IllegalArgumentException.class, () -> new Search(List.of(), List.of(0f), List.of(List.of()), List.of(Augment.NONE)));
  }

  /**
   * For softmax regression the Fisher information of a bias is {@code E p_k (1 - p_k)}, that of a weight {@code E p_k (1 - p_k) x_i^2}.
   */
  @Test void fisherOfSoftmaxRegression() {
    Model model = new Model(new Shape(1, 1, 2), List.of(new Linear("fc", 2, 3, Activation.NONE)), Init.XAVIER_UNIFORM, 3);
    float[] weight = {1, -1, 0.5f, 0.3f, -0.2f, 0.8f}; // (3, 2)
    System.arraycopy(weight, 0, model.parameter("fc.weight").values(), 0, 6);
    model.freeze("fc"); // frozen layers count too
    int size = 4000;
    byte[] images = new byte[2 * size];
    for (int i = 0; i < size; i++) {
      images[2 * i] = (byte) 255; // x = (1, 0.4)
      images[2 * i + 1] = 102;
    }
    Map<String, float[]> fisher = Fisher.diagonal(device, model, new Dataset(model.input(), images, new int[size], 3), size, 5);
    double[] z = {1 - 0.4, 0.5 + 0.12, -0.2 + 0.32};
    double sum = Arrays.stream(z).map(Math::exp).sum();
    double[] bias = Arrays.stream(z).map(v -> Math.exp(v) / sum).map(p -> p * (1 - p)).toArray();
    for (int k = 0; k < 3; k++) {
      assertEquals(bias[k], fisher.get("fc.bias")[k], 0.05 * bias[k]); // 4,000 drawn labels: one sigma is below 1.5%
      assertEquals(fisher.get("fc.bias")[k], fisher.get("fc.weight")[2 * k], 1e-5);
      assertEquals(0.16 * fisher.get("fc.bias")[k], fisher.get("fc.weight")[2 * k + 1], 1e-5);
    }
    assertEquals(model.frozen(), Set.of("fc"));
    assertArrayEquals(weight, model.parameter("fc.weight").values());
    assertThrows(IllegalArgumentException.class, () -> Fisher.diagonal(device, model, new Dataset(model.input(), images, new int[size], 3),
        0, 5));
  }
}
