package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.backend.Run;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Idx;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.Fisher;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.Strength;
import org.lenet4j.tune.TuningData;

/** What is trained, tuned and measured on images of a file is what is on the same images in memory. */
@Tag("slow")
class MappedTrainingTest {
  private static final Recipe RECIPE = Recipe.fast().withEpochs(2).withBatchSize(50).withAugment(Augment.STRONG).withNormalize(true);

  @TempDir static Path folder;
  private static Path images;
  private static Dataset memory;
  private static Dataset file;

  @BeforeAll static void write() throws IOException {
    memory = SyntheticDigits.create(1530, 3);
    images = folder.resolve("images");
    Idx.write(memory, images, folder.resolve("labels"));
    file = Idx.map(images, folder.resolve("labels"));
  }

  @AfterEach void vectorAgain() {
    System.clearProperty("lenet4j.vector");
  }

  private static Model withDropout() {
    List<LayerSpec> layers = new ArrayList<>(LeNet5.create(10, 1).layers());
    layers.add(layers.size() - 1, new Dropout("drop", 0.4f));
    return new Model(LeNet5.INPUT, layers, Init.KAIMING_UNIFORM, 4);
  }

  private static Model train(Device device, Dataset data, List<EpochResult> history) {
    Splits parts = data.holdOut(0.1, 6);
    try (Trainer trainer = new Trainer(device, withDropout(), RECIPE, 5)) {
      trainer.addListener(new TrainListener() {
        @Override public void epoch(EpochResult result) {
          history.add(new EpochResult(result.epoch(), result.trainLoss(), result.trainAccuracy(), result.testLoss(), result.testAccuracy(),
              0)); // seconds
        }
      });
      trainer.fit(parts.train(), parts.test());
      return trainer.model().copy();
    }
  }

  private static void assertSameBits(Model expected, Model actual) {
    for (Parameter parameter : expected.parameters()) {
      Run.assertSameBits(parameter.values(), actual.parameter(parameter.name()).values(), parameter.name());
    }
    assertEquals(expected.normalization(), actual.normalization());
    assertEquals(expected.seen().text(), actual.seen().text());
  }

  @ParameterizedTest @CsvSource({"1, true", "2, true", "3, true", "1, false", "2, false", "3, false"})
  void training(int threads, boolean vector) {
    System.setProperty("lenet4j.vector", Boolean.toString(vector));
    try (Device device = Device.open("openblas", threads)) {
      List<EpochResult> expected = new ArrayList<>();
      List<EpochResult> history = new ArrayList<>();
      assertSameBits(train(device, memory, expected), train(device, file, history));
      assertEquals(expected, history);
    }
  }

  @Test void whatIsMeasured() {
    try (Device device = Device.open("openblas", 2)) {
      Model model = LeNet5.pretrained();
      Metrics expected = Metrics.of(device, model, memory);
      Metrics metrics = Metrics.of(device, model, file);
      assertEquals(expected.toString(), metrics.toString());
      Run.assertSameBits(Calibration.calibrate(device, model.copy(), memory).sureFrom(),
          Calibration.calibrate(device, model.copy(), file).sureFrom(), "sure from");
      Fisher.diagonal(device, model, memory, 60, 1).forEach((name, values) ->
          Run.assertSameBits(values, Fisher.diagonal(device, model, file, 60, 1).get(name), name));
      FineTuning settings = new FineTuning(Recipe.plain().withEpochs(1).withBatchSize(50));
      assertEquals(Strength.choose(device, LeNet5.create(10, 2), settings, new TuningData(memory.head(300), null)),
          Strength.choose(device, LeNet5.create(10, 2), settings, new TuningData(file.head(300), null)));
    }
  }

  @Test void noEpochBeginsOnAFileThatWasChanged() throws IOException {
    FileTime before = Files.getLastModifiedTime(images);
    try (Device device = Device.open("openblas", 1);
        Trainer trainer = new Trainer(device, LeNet5.create(10, 1), Recipe.plain().withBatchSize(50), 5)) {
      Dataset some = file.subset(IntStream.range(1, 101).toArray());
      trainer.epoch(some, null);
      Files.setLastModifiedTime(images, FileTime.fromMillis(12345));
      UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> trainer.epoch(some, null));
      assertTrue(e.getMessage().startsWith(images + ": was changed or replaced"), e.getMessage());
    } finally {
      Files.setLastModifiedTime(images, before);
    }
  }
}
