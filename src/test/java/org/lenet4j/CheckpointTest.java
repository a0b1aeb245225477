package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Shape;
import org.lenet4j.file.Json;
import org.lenet4j.file.Safetensors;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;
import org.lenet4j.random.Philox;

class CheckpointTest {
  @TempDir Path folder;

  private static Checkpoint checkpoint() {
    Model model = LeNet5.create(10, 3).normalization(new Normalization(0.1307f, 0.3081f)).freeze("conv1");
    model.metadata().put("note", "mine");
    Map<String, float[]> slots = new HashMap<>();
    for (Parameter parameter : model.parameters()) {
      if (!model.frozen().contains(parameter.layer())) {
        for (String state : List.of("exp_avg", "exp_avg_sq")) {
          float[] values = new float[parameter.values().length];
          for (int i = 0; i < values.length; i++) {
            values[i] = Philox.uniform(9, slots.size(), 0, i) * 1e-38f; // denormals among them
          }
          values[0] = -0f;
          slots.put(state + "." + parameter.name(), values);
        }
      }
    }
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put("z", "1");
    notes.put("data", "a \"path\" with \\ and \u00fc");
    Map<String, float[]> values = Map.of("conv2.bias", new float[16], "fc3.bias", new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 1e-45f});
    Recipe recipe = Recipe.best().withAnchor(new Anchor(0.1f, values, values)).withGroups(new ParamGroup(List.of("fc1", "fc2"), 1, 0.5f));
    return new Checkpoint(model, recipe, new OptimizerState(1L << 40, slots), -42, 2, KernelSet.FUSED, "cuda fused fp32", List.of(
        new EpochResult(1, 0.1 + 0.2, 1 / 3.0, Double.NaN, Double.NaN, 1e-7),
        new EpochResult(2, Double.MIN_VALUE, -0.0, 1e300, 0, Double.POSITIVE_INFINITY)), notes);
  }

  private static Checkpoint plain(Model model, OptimizerState optimizer, int epoch, List<EpochResult> history) {
    return new Checkpoint(model, Recipe.plain(), optimizer, 0, epoch, null, null, history, Map.of());
  }

  @Test void everythingSurvives() throws IOException {
    Path file = folder.resolve("run.ckpt");
    Checkpoint written = checkpoint();
    written.save(file);
    Checkpoint read = Checkpoint.load(file);
    assertEquals(written.seed(), read.seed());
    assertEquals(written.epoch(), read.epoch());
    assertEquals(written.optimizer().step(), read.optimizer().step());
    assertEquals(List.copyOf(written.notes().entrySet()), List.copyOf(read.notes().entrySet()), "in order");
    assertEquals(KernelSet.FUSED, read.kernels());
    assertEquals(written.recipe().withAnchor(null), read.recipe().withAnchor(null));
    assertEquals(0.1f, read.recipe().anchor().strength());
    written.recipe().anchor().values().forEach((name, values) -> {
      assertArrayEquals(values, read.recipe().anchor().values().get(name), 0f);
      assertArrayEquals(values, read.recipe().anchor().weights().get(name), 0f);
    });
    assertEquals(written.history(), read.history(), "records compare doubles by their bits, NaN and -0 included");
    assertEquals(written.optimizer().slots().keySet(), read.optimizer().slots().keySet());
    written.optimizer().slots().forEach((name, values) -> {
      float[] got = read.optimizer().slots().get(name);
      for (int i = 0; i < values.length; i++) {
        assertEquals(Float.floatToRawIntBits(values[i]), Float.floatToRawIntBits(got[i]), name);
      }
    });
    assertSameModel(written.model(), read.model());
    byte[] once = Files.readAllBytes(file);
    read.save(file);
    assertArrayEquals(once, Files.readAllBytes(file), "the same state gives the same bytes");
  }

  /** Files of one version are read and compared by another: what is no finite number is a string, and doubles have all their digits. */
  @Test void theNotesAreTheSameTextInEveryVersion() throws IOException {
    Path file = folder.resolve("run.ckpt");
    checkpoint().save(file);
    Map<String, String> notes = Safetensors.read(file).metadata();
    assertEquals("[[1,0.30000000000000004,0.3333333333333333,\"NaN\",\"NaN\",1.0E-7],[2,4.9E-324,-0.0,1.0E300,0.0,\"Infinity\"]]",
        notes.get("lenet4j.history"));
    assertEquals("{\"z\":\"1\",\"data\":\"a \\\"path\\\" with \\\\ and \u00fc\"}",
        notes.get("lenet4j.notes"));
  }

  private static void assertSameModel(Model expected, Model actual) {
    assertEquals(expected.layers(), actual.layers());
    assertEquals(expected.normalization(), actual.normalization());
    assertEquals(expected.frozen(), actual.frozen());
    assertEquals(expected.metadata(), actual.metadata());
    for (Parameter parameter : expected.parameters()) {
      assertArrayEquals(parameter.values(), actual.parameter(parameter.name()).values());
    }
  }

  @Test void aCheckpointServesAsWeights() throws IOException {
    Path file = folder.resolve("run.ckpt");
    Checkpoint written = checkpoint();
    written.save(file);
    Model weights = Model.load(file);
    assertSameModel(written.model(), weights);
    Path plain = folder.resolve("weights.safetensors");
    weights.save(plain);
    assertEquals(10, Safetensors.read(plain).tensors().size(), "and what is saved then is weights only");
  }

  @Test void weightsAreNoCheckpoint() throws IOException {
    Path file = folder.resolve("weights.safetensors");
    LeNet5.create(10, 1).save(file);
    assertEquals(file + ": it is a file of weights, not a training checkpoint: training cannot resume from it, but can start from it",
        assertThrows(IOException.class, () -> Checkpoint.load(file)).getMessage());
  }

  @Test void aLayerMayBeNamedOptimizer() throws IOException {
    Model model = new Model(new Shape(2, 1, 1), List.of(new Linear("optimizer", 2, 1, Activation.NONE)), Init.KAIMING_UNIFORM, 1);
    Path file = folder.resolve("run.ckpt");
    Map<String, float[]> slots = Map.of("optimizer.optimizer.weight", new float[] {1, 2}, "m.optimizer.bias", new float[] {3});
    plain(model, new OptimizerState(1, slots), 1, List.of()).save(file);
    Checkpoint read = Checkpoint.load(file);
    assertSameModel(model, read.model());
    assertEquals(slots.keySet(), read.optimizer().slots().keySet());
    assertArrayEquals(new float[] {1, 2}, read.optimizer().slots().get("optimizer.optimizer.weight"));
  }

  @Test void ofALongHistoryTheLastEpochsAreKept() throws IOException {
    Model model = new Model(new Shape(2, 1, 1), List.of(new Linear("fc", 2, 1, Activation.NONE)), Init.KAIMING_UNIFORM, 1);
    List<EpochResult> history = new ArrayList<>();
    double wordy = -1.2345678901234567e-300;
    for (int epoch = 1; epoch <= Checkpoint.MAX_HISTORY + 10; epoch++) {
      history.add(new EpochResult(epoch, wordy, wordy, wordy, wordy, wordy));
    }
    Path file = folder.resolve("run.ckpt");
    plain(model, new OptimizerState(1, Map.of()), history.size(), history).save(file);
    Checkpoint read = Checkpoint.load(file);
    assertEquals(history.size(), read.epoch());
    assertEquals(history.subList(10, history.size()), read.history());
  }

  @Test void stateThatFitsNothing() {
    Model model = LeNet5.create(10, 1);
    for (Map<String, float[]> slots : List.of(Map.of("exp_avg.conv9.weight", new float[1]), Map.of("exp_avg.conv1.bias", new float[5]),
        Map.of("conv1", new float[6]), Map.of(".conv1.bias", new float[6]))) {
      assertThrows(IllegalArgumentException.class,
          () -> plain(model, new OptimizerState(0, slots), 0, List.of()), slots.keySet().toString());
    }
    assertThrows(IllegalArgumentException.class,
        () -> plain(model, new OptimizerState(0, Map.of()), -1, List.of()));
    assertThrows(IllegalArgumentException.class,
        () -> plain(model, new OptimizerState(-1, Map.of()), 0, List.of()));
  }

  /** The reason why the checkpoint cannot be read after one entry of its metadata has been changed, or removed if null. */
  private String rejection(String key, String value) throws IOException {
    return rejection(key, value, Map.of());
  }

  private String rejection(String key, String value, Map<String, Safetensors.Tensor> more) throws IOException {
    Path file = folder.resolve("run.ckpt");
    checkpoint().save(file);
    Safetensors whole = Safetensors.read(file);
    Map<String, String> notes = new LinkedHashMap<>(whole.metadata());
    notes.remove(key);
    if (value != null) {
      notes.put(key, value);
    }
    Map<String, Safetensors.Tensor> tensors = new LinkedHashMap<>(whole.tensors());
    tensors.putAll(more);
    new Safetensors(notes, tensors).write(file);
    String message = assertThrows(IOException.class, () -> Checkpoint.load(file)).getMessage();
    assertTrue(message.startsWith(file + ": "), message);
    return message.substring((file + ": ").length());
  }

  @Test void brokenMetadata() throws IOException {
    for (String key : List.of("step", "seed", "recipe", "history", "notes")) {
      String reason = rejection("lenet4j." + key, null);
      assertTrue(reason.endsWith("the checkpoint's metadata lacks lenet4j." + key), reason);
    }
    assertEquals("lenet4j.epoch must be an integer from 0 to 2147483647, not '-1'", rejection("lenet4j.epoch", "-1"));
    assertEquals("lenet4j.epoch must be an integer from 0 to 2147483647, not '2147483648'", rejection("lenet4j.epoch", "2147483648"));
    assertEquals("lenet4j.step must be an integer from 0 to 9223372036854775807, not 'x'", rejection("lenet4j.step", "x"));
    assertEquals("lenet4j.seed must be an integer, not '1.5'", rejection("lenet4j.seed", "1.5"));
    assertEquals("lenet4j.notes must be an object", rejection("lenet4j.notes", "[]"));
    assertEquals("lenet4j.notes entry 'a' must be a string", rejection("lenet4j.notes", "{\"a\":1}"));
    assertEquals("lenet4j.notes: bad JSON: Duplicate field 'a'", rejection("lenet4j.notes", "{\"a\":\"1\",\"a\":\"1\"}"));
    assertEquals("lenet4j.recipe: 'there is no setting epochs'", rejection("lenet4j.recipe", "{}"));
    assertEquals("lenet4j.kernels must be the name of kernels, not 'x'", rejection("lenet4j.kernels", "x"));
    assertEquals("lenet4j.kernels must be the name of kernels, not 'auto'", rejection("lenet4j.kernels", "auto"));
    assertEquals("it is the checkpoint of more than a training run: it has 'lenet4j.other'", rejection("lenet4j.other", "x"));
    assertEquals("lenet4j.history must be a list", rejection("lenet4j.history", "{}"));
    for (String row : List.of("1", "[]", "[1,2,3,4,5]", "[1,2,3,4,5,6,7]", "[1.5,2,3,4,5,6]", "[4294967297,2,3,4,5,6]", "[1,\"x\",3,4,5,6]",
        "[1,null,3,4,5,6]")) {
      assertEquals("lenet4j.history must be lists of an epoch and five numbers", rejection("lenet4j.history", "[" + row + "]"), row);
    }
  }

  @Test void strangeState() throws IOException {
    Safetensors.Tensor six = new Safetensors.Tensor(List.of(6), new float[6]);
    assertEquals("tensor 'optimizer.exp_avg.conv9.bias' belongs to no parameter of the model",
        rejection("", null, Map.of("optimizer.exp_avg.conv9.bias", six)));
    assertEquals("tensor 'optimizer.conv1' belongs to no parameter of the model", rejection("", null, Map.of("optimizer.conv1", six)));
    assertEquals("tensor 'optimizer..conv1.bias' belongs to no parameter of the model",
        rejection("", null, Map.of("optimizer..conv1.bias", six)));
    assertEquals("tensor 'optimizer.exp_avg.conv2.bias' is [6] and should be [16]",
        rejection("", null, Map.of("optimizer.exp_avg.conv2.bias", six)));
    assertEquals("tensor 'anchor.values.conv9.bias' belongs to no parameter of the model",
        rejection("", null, Map.of("anchor.values.conv9.bias", six)));
    assertTrue(rejection("", null, Map.of("anchor.weights.conv1.bias", six)).startsWith("lenet4j.recipe: 'the anchor has values for"));
    String settings = Json.text(checkpoint().recipe().withAnchor(null).settings());
    assertEquals("it has an anchor's tensors, but its recipe has no anchor", rejection("lenet4j.recipe", settings));
    String reason = rejection("", null, Map.of("optimize.conv1.bias", six));
    assertTrue(reason.endsWith("; unexpected: 'optimize.conv1.bias'"), reason);
  }
}
