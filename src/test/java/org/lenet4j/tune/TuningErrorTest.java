package org.lenet4j.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lenet4j.Device;
import org.lenet4j.Digits;
import org.lenet4j.DivergedException;
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

  private static void fails(Supplier<FineTuning> settings, TuningData data, String... parts) {
    Model model = Digits.trained(device);
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Tune.fit(device, model, settings.get(), data));
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
    fails(FineTuning::new, new TuningData(labels(12, cycle(64, 12)), null), "training images", "labels up to 11", "head of 10",
        "one of 12");
    fails(FineTuning::new, new TuningData(Digits.NEW, null).withReplay(labels(11, cycle(64, 11))), "replayed images", "labels up to 10");
    // a declared class that no label has is no reason to refuse
    Tune.fit(device, Digits.trained(device), new FineTuning(Recipe.tune().withEpochs(1)), new TuningData(labels(40, cycle(64, 10)), null));
  }

  @Test void emptyAndSingleClasses() {
    fails(FineTuning::new, new TuningData(labels(10, cycle(64, 9)), null), "class 9", "or allow it");
    fails(FineTuning::new, new TuningData(labels(10, cycle(64, 7)), null), "classes 7 to 9");
    fails(() -> new FineTuning().withAllowMissing(true), new TuningData(labels(10, new int[64]), null), "of one class, 0", "at least two");
    fails(FineTuning::new, new TuningData(labels(10, new int[64]), null).withReplay(labels(10, cycle(64, 5))), "classes 5 to 9");
    Tune.fit(device, Digits.trained(device), new FineTuning(Recipe.tune().withEpochs(1)),
        new TuningData(labels(10, new int[64]), null).withReplay(Digits.OLD)); // replay has the others
  }

  @Test void fewerSamplesThanTheBatch() {
    fails(FineTuning::new, new TuningData(Digits.NEW.head(31), null), "batch size 32", "31 samples", "at most 31");
  }

  @Test void freezingEverything() {
    Model model = Digits.trained(device).freeze("conv1", "conv2", "fc1", "fc2", "fc3");
    String message = assertThrows(IllegalArgumentException.class, () -> Tune.fit(device, model, new FineTuning(),
        new TuningData(Digits.NEW, null))).getMessage();
    assertEquals("every layer is frozen (conv1, conv2, fc1, fc2, fc3), so there is nothing to train; leave at least the head fc3 free",
        message);
    assertThrows(IllegalArgumentException.class,
        () -> Tune.fit(device, model, new FineTuning(Recipe.tune().withEpochs(0)).withUnfreezing(1, "fc3"),
            new TuningData(Digits.NEW, null)));
  }

  @Test void unknownLayers() {
    fails(() -> new FineTuning().withUnfreezing(1, "conv9"), new TuningData(Digits.NEW, null),
        "unknown layer 'conv9'", "conv1, conv2, fc1, fc2, fc3");
    fails(() -> new FineTuning().withUnfreezing(0, "conv1"), new TuningData(Digits.NEW, null), "after 1 epoch");
    fails(() -> new FineTuning().withLayerDecay(0), new TuningData(Digits.NEW, null), "decay per layer", "got 0");
    fails(() -> new FineTuning().withLayerDecay(1.5f), new TuningData(Digits.NEW, null), "at most 1");
  }

  @Test void dataOfAnotherShape() {
    Dataset small = new Dataset(new Shape(1, 16, 16), new byte[256 * 64], cycle(64, 10), 10);
    fails(FineTuning::new, new TuningData(small, null), "training images are 1x16x16", "takes 1x28x28", "Preprocess");
    fails(FineTuning::new, new TuningData(Digits.NEW, null).withReplay(small), "replayed images are 1x16x16");
    fails(() -> new FineTuning().withReplayShare(1), new TuningData(Digits.NEW, null).withReplay(Digits.OLD), "replayed share", "below 1");
    fails(() -> new FineTuning().withStopping(new EarlyStopping(3)), new TuningData(Digits.NEW, null), "validation data");
  }

  @Test void aRunThatDivergesChangesNothing() {
    Model model = Digits.trained(device);
    String before = model.sha256();
    Recipe wild = Recipe.tune().withOptimizer(new Sgd(1e20f));
    assertThrows(DivergedException.class, () -> Tune.fit(device, model, new FineTuning(wild), new TuningData(Digits.NEW, null)));
    assertEquals(before, model.sha256());
  }
}
