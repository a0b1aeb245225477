package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.Prediction.Verdict;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Preprocess;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.ModelFile;
import org.lenet4j.optim.Recipe;

class CalibrationTest {
  private static Device device;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    device = Device.open("openblas", 2);
  }

  @AfterAll
  static void close() {
    device.close();
  }

  private static int notSure(Model model, Dataset data) {
    try (Predictor predictor = new Predictor(device, model)) {
      return (int) Arrays.stream(predictor.predict(data.images(), data.size())).filter(p -> p.verdict() == Verdict.NOT_SURE).count();
    }
  }

  @Test
  void oneAnswerInTwoHundredIsNotSureInEveryClass() {
    Dataset digits = SyntheticDigits.create(4000, 1);
    Model model = Calibration.calibrate(device, LeNet5.pretrained(), digits);
    assertEquals(20, notSure(model, digits), 10); // of each class its own count, rounded down
    for (int label = 0; label < 10; label++) {
      assertTrue(notSure(model, digits.ofClasses(label)) < 10, "class " + label);
    }
    assertEquals(0, notSure(model.copy().sureFrom((float[]) null), digits));
  }

  @Test
  void ofFewImagesTheClassesShareABound() {
    Model model = Calibration.calibrate(device, LeNet5.pretrained(), SyntheticDigits.create(300, 1));
    float[] bounds = model.sureFrom();
    assertArrayEquals(IntStream.range(0, 10).mapToObj(k -> bounds[0]).toArray(), IntStream.range(0, 10).mapToObj(k -> bounds[k]).toArray());
    assertNull(Calibration.calibrate(device, model, SyntheticDigits.create(49, 1)).sureFrom());
  }

  /** The weights that are packaged say so: whoever trains new ones has to calibrate them. */
  @Test
  void twoDigitsAreOftenNoneForThePretrainedNet() {
    assertNotNull(LeNet5.pretrained().sureFrom());
    Dataset digits = SyntheticDigits.create(200, 5);
    byte[] pairs = new byte[100 * 784];
    for (int i = 0; i < 100; i++) {
      byte[] picture = new byte[36 * 56];
      for (int p = 0; p < 784; p++) {
        picture[(p / 28 + 4) * 56 + p % 28 + 4] |= digits.images()[2 * i * 784 + p];
        picture[(p / 28 + 4) * 56 + p % 28 + 24] |= digits.images()[(2 * i + 1) * 784 + p];
      }
      System.arraycopy(Preprocess.digit(picture, 36, 56), 0, pairs, i * 784, 784);
    }
    int notSure = notSure(LeNet5.pretrained(), new Dataset(LeNet5.INPUT, pairs, new int[100], 10));
    assertTrue(notSure > 30, notSure + " of 100");
  }

  @Test
  void isKeptWithTheWeightsAndForgottenWhenTheyChange() throws IOException {
    float[] bounds = {1, 2.5f, 3, 4, 5, 6, 7, 8, 9, -1e-7f};
    Model model = LeNet5.create(10, 1).sureFrom(bounds).blankClass(true);
    Path file = folder.resolve("w.safetensors");
    model.save(file);
    assertArrayEquals(bounds, Model.load(file).sureFrom());
    assertTrue(Model.load(file).hasBlankClass());
    assertArrayEquals(bounds, model.copy().sureFrom());
    assertNull(model.copy().replaceHead(10, 1).sureFrom());
    assertFalse(model.copy().replaceHead(10, 1).hasBlankClass());
    try (Trainer trainer = new Trainer(device, model, Recipe.plain().withBatchSize(16), 1)) {
      trainer.fit(SyntheticDigits.create(32, 1), 1, null);
    }
    assertNull(model.sureFrom());
    LeNet5.create(10, 1).save(file);
    assertNull(Model.load(file).sureFrom());
    assertFalse(Model.load(file).hasBlankClass());
  }

  @Test
  void wrongBounds() throws IOException {
    Model model = LeNet5.create(10, 1);
    assertThrows(IllegalArgumentException.class, () -> model.sureFrom(1, 2));
    assertThrows(IllegalArgumentException.class, () -> model.sureFrom(0, 0, 0, Float.NaN, 0, 0, 0, 0, 0, 0));
    for (String broken : new String[] {"x", "[1,2]", "{}", "[1,2,3,4,5,6,7,8,9,\"a\"]", "[1,2,3,4,5,6,7,8,9,1e999]", "[[1]]"}) {
      Path file = folder.resolve("w.safetensors");
      new ModelFile(model, Map.of("sure_from", broken), Map.of()).write(file);
      assertTrue(assertThrows(IOException.class, () -> Model.load(file), broken).getMessage().startsWith(file + ": "), broken);
    }
    Dataset targets = new Dataset(LeNet5.INPUT, new byte[784], new float[10], 10);
    assertThrows(IllegalArgumentException.class, () -> Calibration.calibrate(device, model, targets));
  }

  @Test
  void anImageWithoutInkHasNoClass() {
    Dataset digits = SyntheticDigits.create(3, 1);
    byte[] images = digits.images().clone();
    Arrays.fill(images, 784, 2 * 784, (byte) 0);
    try (Predictor predictor = new Predictor(device, LeNet5.pretrained())) {
      Prediction[] all = predictor.predict(images, 3);
      for (Prediction none : new Prediction[] {all[1], predictor.predict(new byte[784])}) {
        assertEquals(Verdict.NO_DIGIT, none.verdict());
        assertEquals(-1, none.label());
        assertEquals("no digit", none.name());
        assertEquals(0, none.probability());
        assertArrayEquals(new float[10], none.probabilities());
      }
      for (int i = 0; i < 3; i += 2) {
        assertTrue(all[i].label() >= 0 && all[i].verdict() != Verdict.NO_DIGIT);
      }
      images[784 + 783] = 1;
      assertTrue(predictor.predict(images, 3)[1].label() >= 0);
    }
  }

  @Test
  void unlessThatIsAClass() {
    Dataset digits = SyntheticDigits.create(60, 1).withClasses(11);
    Dataset boxes = digits.plus(new Dataset(LeNet5.INPUT, new byte[10 * 784], IntStream.range(0, 10).map(i -> 10).toArray(), 11));
    Model model = Calibration.calibrate(device, LeNet5.create(11, 1), boxes);
    assertTrue(model.hasBlankClass());
    assertFalse(Calibration.calibrate(device, LeNet5.create(11, 1), digits).hasBlankClass());
    try (Predictor predictor = new Predictor(device, model)) {
      assertTrue(predictor.predict(new byte[784]).label() >= 0);
    }
    assertEquals(0, Metrics.of(device, model, boxes).blanks());
  }

  @Test
  void blankImagesAreMeasuredAsWrong() {
    Dataset digits = SyntheticDigits.create(20, 1);
    int[] ones = {1, 1, 1}; // which is what the net says of nothing
    Metrics metrics = Metrics.of(device, LeNet5.pretrained(), digits.plus(new Dataset(LeNet5.INPUT, new byte[3 * 784], ones, 10)));
    Metrics without = Metrics.of(device, LeNet5.pretrained(), digits);
    assertEquals(3, metrics.blanks());
    assertEquals(23, metrics.samples());
    assertEquals(without.accuracy() * 20 / 23, metrics.accuracy(), 1e-12);
    assertEquals(without.support(1) + 3, metrics.support(1));
    assertEquals(without.precision(1), metrics.precision(1));
    assertTrue(metrics.recall(1) < without.recall(1));
  }
}
