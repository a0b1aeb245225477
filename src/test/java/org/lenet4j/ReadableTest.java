package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Picture;
import org.lenet4j.data.Reading;
import org.lenet4j.data.ReplayBuffer;
import org.lenet4j.data.Seen;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.ModelFile;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.TuningData;

/** What jshell shows of a value says what it is. */
class ReadableTest {
  private static final List<String> EXPORTED = List.of("", "backend", "data", "micrometer", "nn", "onnx", "optim", "tune");

  /** Names of the public types that users can have a value of and that would print as a name and a hash. */
  @Test void everyPublicTypeHasAText() throws IOException, ClassNotFoundException {
    List<String> silent = new ArrayList<>();
    for (String room : EXPORTED) {
      Path folder = Path.of("src/main/java/org/lenet4j").resolve(room);
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.filter(name -> name.toString().endsWith(".java") && !name.toString().endsWith("-info.java")).toList()) {
          String name = "org.lenet4j." + (room.isEmpty() ? "" : room + ".") + file.getFileName().toString().replace(".java", "");
          Class<?> type = Class.forName(name, false, getClass().getClassLoader());
          boolean made = Stream.of(type.getDeclaredConstructors()).map(Constructor::getModifiers).anyMatch(Modifier::isPublic)
              || Stream.of(type.getDeclaredMethods()).anyMatch(method -> Modifier.isPublic(method.getModifiers())
                  && !Modifier.isStatic(method.getModifiers()));
          if (Modifier.isPublic(type.getModifiers()) && !type.isInterface() && made && !hasText(type)) {
            silent.add(name);
          }
        }
      }
    }
    assertEquals(List.of(), silent);
  }

  private static boolean hasText(Class<?> type) {
    try {
      return type.getMethod("toString").getDeclaringClass() != Object.class;
    } catch (NoSuchMethodException e) {
      return false;
    }
  }

  @Test void nothingPrintsAsAHash() {
    Dataset digits = SyntheticDigits.create(64, 1);
    Model model = LeNet5.create(10, 1);
    Splits splits = new Splits(digits, digits, Splits.numberedNames(10));
    try (Device device = Device.open("cpu");
        Predictor predictor = new Predictor(device, model);
        Trainer trainer = new Trainer(device, model, Recipe.fast().withBatchSize(16), 1);
        FineTuner tuner = new FineTuner(device, model.copy().normalization(digits.normalization()), new FineTuning(
            Recipe.tune().withBatchSize(16)), new TuningData(digits, null))) {
      History history = trainer.fit(digits, 1, digits);
      List<Object> values = List.of(device, predictor, trainer, tuner, history, model, model.parameter("conv1.weight"), digits, splits,
          trainer.checkpoint(), predictor.predict(digits.image(0)), predictor.predict(new byte[784]), Metrics.of(device, model, digits),
          Picture.of(new BufferedImage(8, 4, BufferedImage.TYPE_BYTE_GRAY)), new Reading(), new ReplayBuffer(2, 1).add(digits),
          model.seen(), Seen.UNKNOWN, new ModelFile(model), new ModelFile.Tensor(List.of(1), new float[1]),
          new OptimizerState(1, Map.of("a", new float[1])),
          Anchor.to(model, 0.1f), model.layers(), Recipe.best(), tuner.settings());
      for (Object value : values) {
        assertFalse(value.toString().matches("(?s).*(\\[[A-Z]|[A-Za-z$])+@[0-9a-f]{4,}.*"), value.getClass() + ": " + value);
      }
      assertEquals("64 images of 1x28x28, classes: 10", digits.toString());
      assertEquals("1x28x28 to 10 outputs, 61706 parameters: conv1, pool1, conv2, pool2, fc1, fc2, fc3", model.toString());
      assertEquals("conv1.weight [6, 1, 5, 5]", model.parameter("conv1.weight").toString());
      assertEquals("after epoch 1 of 1 on openblas: " + model, trainer.toString());
    }
  }

  @Test void aSummaryHasEveryLayer() {
    List<String> lines = LeNet5.create(10, 1).freeze("conv1").dropout(0.5f).summary().lines().toList();
    assertEquals("conv1        6x28x28           156  convolution 5x5, padding 2, relu, frozen", lines.get(1));
    assertEquals("pool2        16x5x5              0  maximum 2x2", lines.get(4));
    assertTrue(lines.stream().anyMatch(line -> line.endsWith("dropout 0.5")), lines.toString());
    assertEquals("all                          61706  input 1x28x28", lines.get(lines.size() - 1));
  }
}
