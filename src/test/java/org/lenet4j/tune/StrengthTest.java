package org.lenet4j.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lenet4j.Device;
import org.lenet4j.Digits;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Recipe;

class StrengthTest {
  private static Device device;

  @BeforeAll static void open() {
    device = Device.open("openblas", 1);
  }

  @AfterAll static void close() {
    device.close();
  }

  @Test void aModelThatReadsEverythingIsKeptToTheBit() {
    Model model = Digits.trained(device);
    Dataset known = right(model, Digits.OLD_TEST.perClass(10, 1));
    FineTuning settings = new FineTuning(Recipe.tune().withEpochs(4));
    Strength strength = Strength.choose(device, model, settings, new TuningData(known, null));
    assertEquals(0, strength.chosen());
    assertEquals(known.size(), strength.samples());
    assertEquals(0, strength.trials().get(0).errors());
    Model before = model.copy();
    Tune.fit(device, model, settings.withStrength(strength.chosen()), new TuningData(known, null));
    for (Parameter parameter : before.parameters()) {
      assertArrayEquals(parameter.values(), model.parameter(parameter.name()).values());
    }
    assertEquals("0.0", Generation.of(model).get(0).settings().get("strength"));
  }

  private static Dataset right(Model model, Dataset data) {
    int[] kept = IntStream.range(0, data.size())
        .filter(i -> Digits.accuracy(device, model, data.subset(i)) == 1).toArray();
    return data.subset(kept);
  }

  @Tag("slow") @Test void tenImagesOfEachClassOfAHardSetGain() {
    Model model = Digits.trained(device);
    Dataset few = Digits.NEW.perClass(10, 1);
    FineTuning settings = new FineTuning(Recipe.tune().forFew(few.size()));
    assertEquals(150, settings.recipe().epochs()); // 4 updates each
    Strength strength = Strength.choose(device, model, settings, new TuningData(few, null));
    assertEquals(100, strength.samples());
    assertTrue(strength.chosen() >= 0.5f, strength.toString());
    FineTuner.Result result = Tune.fit(device, model, settings.withStrength(strength.chosen()), new TuningData(few, Digits.NEW_TEST));
    assertTrue(result.after().targetAccuracy() > result.before().targetAccuracy() + 0.2, result.toString());
  }

  @Test void noiseTeachesNothing() {
    Model model = Digits.trained(device);
    Dataset few = Digits.OLD_TEST.perClass(10, 2);
    int[] labels = new int[few.size()];
    Arrays.setAll(labels, i -> i * 7919 % 97 % 10);
    Dataset random = new Dataset(few.shape(), few.images(), labels, 10);
    Strength strength = Strength.choose(device, model, new FineTuning(Recipe.tune().withEpochs(20)), new TuningData(random, null));
    int errors = strength.trials().stream().filter(trial -> trial.strength() == strength.chosen()).findFirst().orElseThrow().errors();
    assertTrue(errors <= strength.trials().get(0).errors(), strength.toString());
    assertTrue(errors > 75, strength.toString()); // of 100: nothing was there to be learned
  }

  @Test void theStrengthIsAPointOnTheLine() {
    Model from = LeNet5.create(10, 1);
    Model to = LeNet5.create(10, 2);
    for (float strength : new float[] {0, 0.25f, 1}) {
      Model model = from.copy();
      Strength.interpolate(model, to, strength);
      for (Parameter parameter : model.parameters()) {
        float[] a = from.parameter(parameter.name()).values();
        float[] b = to.parameter(parameter.name()).values();
        for (int i = 0; i < a.length; i++) {
          assertEquals(strength == 0 ? a[i] : strength == 1 ? b[i] : a[i] + 0.25f * (b[i] - a[i]), parameter.values()[i]);
        }
      }
    }
    assertThrows(IllegalArgumentException.class, () -> new FineTuning().withStrength(1.1f));
    assertThrows(IllegalArgumentException.class, () -> new FineTuning().withStrength(Float.NaN));
  }

  @Test void earlyStoppingGoesBackToWhatWasBefore() {
    Model model = Digits.trained(device);
    Model before = model.copy();
    Recipe wild = Recipe.tune().withEpochs(5).withOptimizer(Recipe.tune().optimizer().withLearningRate(0.1f));
    FineTuner.Result result = Tune.fit(device, model, new FineTuning(wild).withStopping(new EarlyStopping(2)),
        new TuningData(Digits.OLD.head(100), Digits.OLD_TEST));
    assertEquals(0, result.bestEpoch());
    assertEquals(2, result.history().last().epoch());
    assertArrayEquals(before.parameter("fc3.weight").values(), model.parameter("fc3.weight").values());
  }

  @Test void realValuesHaveNoErrorsToCount() {
    Dataset targets = new Dataset(Digits.NEW.shape(), Digits.NEW.head(4).images(), new float[4], 1);
    assertThrows(IllegalArgumentException.class, () -> Strength.choose(device, LeNet5.create(1, 1), new FineTuning(),
        new TuningData(targets, null)));
  }

  @Test void oneErrorLessIsNoReason() {
    for (int mended = 0; mended <= 3; mended++) {
      for (int made = 0; made <= 1; made++) {
        boolean better = mended >= 2 && made == 0; // 2 > sqrt(2), but 2 = sqrt(4)
        assertEquals(better, chosen(mended, made, 0.1) > 0, mended + " mended, " + made + " made");
        assertEquals(mended >= made, chosen(mended, made, 0.4) > 0, mended + " mended, " + made + " made, and surer of the others");
        assertEquals(0, chosen(mended, made, -0.1), mended + " mended, " + made + " made, and less sure of the others");
      }
    }
  }

  /** Of 40 images with 5 errors, where the losses get less by that many standard deviations, most so all the way. */
  private static float chosen(int mended, int made, double less) {
    int strengths = Strength.STRENGTHS.size();
    boolean[][] wrong = new boolean[strengths][40];
    double[][] losses = new double[strengths][40];
    Arrays.fill(wrong[0], 0, 5, true);
    for (int s = 1; s < strengths; s++) {
      Arrays.fill(wrong[s], mended, 5, true);
      Arrays.fill(wrong[s], 10, 10 + made, true);
      for (int i = 0; i < 40; i++) {
        losses[s][i] = -s * (less + (i % 2 == 0 ? 1 : -1));
      }
    }
    return Strength.of(wrong, losses, 40).chosen();
  }
}
