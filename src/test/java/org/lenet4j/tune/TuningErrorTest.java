package org.lenet4j.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.Digits;
import org.lenet4j.DivergedException;
import org.lenet4j.Trainer;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** What does not fit is said before anything is trained, and the model stays as it was. */
class TuningErrorTest {
  private static Device device;

  @BeforeAll static void open() {
    device = Device.open("openblas", 1);
  }

  @AfterAll static void close() {
    device.close();
  }

  private interface Settings {
    FineTuner on(FineTuner tuner);
  }

  private static void fails(Settings settings, Dataset train, String... parts) {
    Model model = Digits.trained(device);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> settings.on(new FineTuner(device, model)).fit(train, null));
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), "'" + part + "' is not in: " + e.getMessage());
    }
    assertTrue(!e.getMessage().contains("\n"));
    for (Parameter parameter : Digits.trained(device).parameters()) {
      assertArrayEquals(parameter.values(), model.parameter(parameter.name()).values());
    }
    assertEquals(0, Generation.of(model).size());
  }

  private static Dataset labels(int classes, int... labels) {
    return new Dataset(LeNet5.INPUT, new byte[784 * labels.length], labels, classes);
  }

  private static int[] cycle(int size, int classes) {
    return IntStream.range(0, size).map(i -> i % classes).toArray();
  }

  @Test void labelsThatDoNotFitTheHead() {
    fails(tuner -> tuner, labels(12, cycle(64, 12)), "training images", "labels up to 11", "head of 10", "one of 12 (--head 12)");
    fails(tuner -> tuner.replay(labels(11, cycle(64, 11))), Digits.NEW, "replayed images", "labels up to 10");
    // a declared class that no label has is no reason to refuse
    new FineTuner(device, Digits.trained(device)).recipe(Recipe.tune().withEpochs(1)).fit(labels(40, cycle(64, 10)), null);
  }

  @Test void emptyAndSingleClasses() {
    fails(tuner -> tuner, labels(10, cycle(64, 9)), "class 9", "or allow it");
    fails(tuner -> tuner, labels(10, cycle(64, 7)), "classes 7, 8, 9");
    fails(tuner -> tuner.allowMissing(), labels(10, new int[64]), "of one class, 0", "at least two");
    fails(tuner -> tuner.replay(labels(10, cycle(64, 5))), labels(10, new int[64]), "classes 5, 6, 7, 8, 9");
    new FineTuner(device, Digits.trained(device)).recipe(Recipe.tune().withEpochs(1)).replay(Digits.OLD)
        .fit(labels(10, new int[64]), null); // replay has the others
  }

  @Test void fewerSamplesThanTheBatch() {
    fails(tuner -> tuner, Digits.NEW.head(31), "batch size 32", "31 samples", "at most 31");
  }

  @Test void freezingEverything() {
    Model model = Digits.trained(device).freeze("conv1", "conv2", "fc1", "fc2", "fc3");
    String message = assertThrows(IllegalArgumentException.class, () -> new FineTuner(device, model).fit(Digits.NEW, null)).getMessage();
    assertEquals("every layer is frozen (conv1, conv2, fc1, fc2, fc3), so there is nothing to train; leave at least the head fc3 free",
        message);
    assertThrows(IllegalArgumentException.class,
        () -> new FineTuner(device, model).recipe(Recipe.tune().withEpochs(0)).unfreezeAfter(1, "fc3").fit(Digits.NEW, null));
  }

  @Test void unknownLayers() {
    fails(tuner -> tuner.unfreezeAfter(1, "conv9"), Digits.NEW, "unknown layer 'conv9'", "conv1, conv2, fc1, fc2, fc3");
    fails(tuner -> tuner.unfreezeAfter(0, "conv1"), Digits.NEW, "after 1 epoch");
    fails(tuner -> tuner.layerDecay(0), Digits.NEW, "decay per layer", "got 0");
    fails(tuner -> tuner.layerDecay(1.5f), Digits.NEW, "at most 1");
  }

  @Test void dataOfAnotherShape() {
    Dataset small = new Dataset(new Shape(1, 16, 16), new byte[256 * 64], cycle(64, 10), 10);
    fails(tuner -> tuner, small, "training images are 1x16x16", "takes 1x28x28", "Preprocess");
    fails(tuner -> tuner.replay(small), Digits.NEW, "replayed images are 1x16x16");
    fails(tuner -> tuner.replay(Digits.OLD, 1), Digits.NEW, "replayed share", "below 1");
    fails(tuner -> tuner.stopping(new EarlyStopping(3)), Digits.NEW, "validation data");
  }

  @Test void aRunThatDivergesChangesNothing() {
    Model model = Digits.trained(device);
    String before = model.sha256();
    Recipe wild = Recipe.tune().withOptimizer(new Sgd(1e20f));
    assertThrows(DivergedException.class, () -> new FineTuner(device, model).recipe(wild).fit(Digits.NEW, null));
    assertEquals(before, model.sha256());
  }

  @Test void aCheckpointOfATraining() {
    Model model = Digits.trained(device);
    try (Trainer trainer = new Trainer(device, model, Recipe.tune(), 1)) {
      trainer.epoch(Digits.NEW, null);
      Checkpoint checkpoint = trainer.checkpoint(Map.of());
      assertTrue(assertThrows(IllegalArgumentException.class, () -> new FineTuner(device, Digits.trained(device))
          .resume(checkpoint, Digits.NEW.atMost(20, 1), null)).getMessage().contains("not of a fine-tuning"));
    }
  }
}
