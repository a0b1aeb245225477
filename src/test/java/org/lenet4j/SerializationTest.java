package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Precision;
import org.lenet4j.data.Augment;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.LrSchedule;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;
import org.lenet4j.tune.EarlyStopping;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.Score;
import org.lenet4j.tune.Search;
import org.lenet4j.tune.TuningCheckpoint;
import org.lenet4j.tune.TuningData;

/** What travels to another process: settings by Java's serialization, models and checkpoints as the bytes of their files. */
class SerializationTest {
  @TempDir Path folder;

  static Stream<Serializable> settings() {
    return Stream.of(Recipe.best().withGroups(new ParamGroup(List.of("fc1"), 0.5f, 0.1f)).withSchedule(new LrSchedule.Warmup(0.1f,
        new LrSchedule.Step(0.3f, 0.5f))), Recipe.plain().withOptimizer(new Adam(1e-3f)).withLoss(new MeanSquaredError()),
        Recipe.tune().withOptimizer(new Sgd(0.1f)).withSchedule(new LrSchedule.Cosine(0.1f)),
        Recipe.plain().withSchedule(new LrSchedule.Constant()), new DeviceSettings(3, Precision.FP32, true, KernelSet.FUSED),
        new FineTuning(Recipe.tune()).withUnfreezing(2, "conv1", "conv2").withStopping(new EarlyStopping(3)),
        new Search(List.of(1e-3f), List.of(0.01f), List.of(List.of("conv1")), List.of(Augment.NONE)), new Score(0.9, 0.1, Double.NaN, 1),
        new EpochResult(1, 0.1, 0.2, 0.3, 0.4, 0.5), LeNet5.create(10, 1).input());
  }

  private static byte[] serialized(Object object) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    return bytes.toByteArray();
  }

  private static Object read(byte[] bytes) throws IOException, ClassNotFoundException {
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
      return in.readObject();
    }
  }

  @ParameterizedTest @MethodSource("settings")
  void settingsArriveAsTheyWere(Serializable settings) throws Exception {
    assertEquals(settings, read(serialized(settings)));
  }

  @Test void anAnchorsArraysArrive() throws Exception {
    Anchor anchor = new Anchor(0.5f, Map.of("fc3.bias", new float[] {1, 2}), Map.of("fc3.bias", new float[] {0, 3}));
    Recipe arrived = (Recipe) read(serialized(Recipe.tune().withAnchor(anchor)));
    assertEquals(0.5f, arrived.anchor().strength());
    assertArrayEquals(new float[] {1, 2}, arrived.anchor().values().get("fc3.bias"));
    assertArrayEquals(new float[] {0, 3}, arrived.anchor().weights().get("fc3.bias"));
  }

  @Test void theLayersArrive() throws Exception {
    for (LayerSpec layer : LeNet5.create(10, 1).dropout(0.5f).layers()) {
      assertEquals(layer, read(serialized(layer)));
    }
  }

  /** Each kind that a recipe may have, also one that is added later. */
  @Test void everyKindOfSettingsIsSerializable() {
    for (Class<?> kind : List.of(Optimizer.class, Loss.class, LrSchedule.class, LayerSpec.class)) {
      for (Class<?> type : kind.getPermittedSubclasses()) {
        assertTrue(Serializable.class.isAssignableFrom(type), type.getName());
        for (RecordComponent part : type.getRecordComponents()) {
          assertTrue(part.getType().isPrimitive() || Serializable.class.isAssignableFrom(part.getType()), type + "." + part.getName());
        }
      }
    }
  }

  /** A record is read by its constructor, which checks: what somebody changed on the way is not believed. */
  @Test void whatIsWrongIsRefusedOnArrival() throws Exception {
    byte[] bytes = serialized(new EarlyStopping(12_345));
    int at = indexOf(bytes, new byte[] {0, 0, 0x30, 0x39}); // 12,345
    Arrays.fill(bytes, at, at + 4, (byte) 0xFF);
    Exception e = assertThrows(Exception.class, () -> read(bytes));
    assertTrue(e.toString().contains("the patience must be at least 1 epoch, got -1"), e.toString());
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int i = 0; i + part.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    throw new AssertionError("not there");
  }

  @Test void aModelsBytesAreThoseOfItsFile() throws IOException {
    Model model = LeNet5.create(10, 7).freeze("conv1").dropout(0.25f);
    model.metadata().put("note", "\u00fc");
    model.save(folder.resolve("w"));
    assertArrayEquals(Files.readAllBytes(folder.resolve("w")), model.toBytes());
    Model arrived = Model.fromBytes(model.toBytes());
    assertEquals(model.sha256(), arrived.sha256());
    assertEquals(model.layers(), arrived.layers());
    assertEquals(model.frozen(), arrived.frozen());
  }

  @Test void checkpointsContinueFromBytes() throws IOException {
    try (Device device = Device.open("cpu", 1);
        Trainer trainer = new Trainer(device, LeNet5.create(10, 7), Recipe.fast().withEpochs(2), 3)) {
      trainer.epoch(SyntheticDigits.create(64, 1), null);
      trainer.checkpoint().save(folder.resolve("c"));
      byte[] bytes = trainer.checkpoint().toBytes();
      assertArrayEquals(Files.readAllBytes(folder.resolve("c")), bytes);
      trainer.epoch(SyntheticDigits.create(64, 1), null);
      try (Trainer resumed = Trainer.resume(device, Checkpoint.fromBytes(bytes))) {
        resumed.epoch(SyntheticDigits.create(64, 1), null);
        assertEquals(trainer.checkpoint().model().sha256(), resumed.checkpoint().model().sha256());
      }
    }
  }

  @Test void aTuningContinuesFromBytes() throws IOException {
    try (Device device = Device.open("cpu", 1)) {
      FineTuning settings = new FineTuning(Recipe.tune().withEpochs(2));
      try (FineTuner tuner = new FineTuner(device, LeNet5.pretrained(), settings, new TuningData(SyntheticDigits.create(64, 1), null))) {
        tuner.epoch();
        byte[] bytes = tuner.checkpoint().toBytes();
        tuner.checkpoint().save(folder.resolve("t"));
        assertArrayEquals(Files.readAllBytes(folder.resolve("t")), bytes);
        assertArrayEquals(bytes, TuningCheckpoint.fromBytes(bytes).toBytes());
      }
    }
  }

  @Test void whatIsNoModelSaysWhy() {
    byte[] text = "{\"cells\": []}".getBytes(StandardCharsets.UTF_8);
    assertTrue(assertThrows(IOException.class, () -> Model.fromBytes(text)).getMessage().startsWith("the bytes of a model: a header of "));
    byte[] weights = LeNet5.create(10, 1).toBytes();
    assertEquals("the bytes of a checkpoint: it is a file of weights, not a training checkpoint: training cannot resume"
        + " from it, but can start from it",
        assertThrows(IOException.class, () -> Checkpoint.fromBytes(weights)).getMessage());
    byte[] half = Arrays.copyOf(weights, weights.length / 2);
    assertTrue(assertThrows(IOException.class, () -> Model.fromBytes(half)).getMessage().contains("cut off"));
    Model broken = LeNet5.create(10, 1);
    broken.parameter("fc3.bias").values()[0] = Float.NaN;
    assertTrue(assertThrows(IllegalStateException.class, broken::toBytes).getMessage().contains("holds NaN"));
    assertThrows(IOException.class, () -> TuningCheckpoint.fromBytes(weights));
  }
}
