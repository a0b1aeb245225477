package org.lenet4j.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.PythonCheck;
import org.lenet4j.data.Normalization;
import org.lenet4j.file.Safetensors;

/** Weights that others made: benchmarks/pytorch/make_foreign.py wrote the files and what PyTorch computes with them. */
class ForeignWeightsTest {
  private static final float TOLERANCE = 1e-5f; // fp32 sums of 400 terms against double

  private static final Path FILES = Path.of(System.getProperty("lenet4j.foreign", "src/test/resources/foreign"));

  @TempDir Path folder;

  private static Assumptions said(String activation, String pool, float mean, float std, int side) {
    return new Assumptions(Activation.valueOf(activation), Pool2d.Kind.valueOf(pool), new Normalization(mean, std), side);
  }

  static float[] logits(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    float[] logits = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(logits);
    return logits;
  }

  static float[] logits(Model model, Path images) throws IOException {
    float[] logits = new float[8 * model.outputSize()];
    try (Device device = Device.open("openblas"); Predictor predictor = new Predictor(device, model)) {
      predictor.logits(Files.readAllBytes(images), 8, logits);
    }
    return logits;
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', nullValues = "-", value = {
      "state_dict        | RELU    | MAX     | 0      | 1      | 28 | -",
      "legacy            | RELU    | MAX     | 0      | 1      | 28 | -",
      "data_parallel     | RELU    | MAX     | 0      | 1      | 28 | the weights are 'state_dict'; not read: 'epoch', 'args', 'best_acc',"
          + " 'optimizer'; the prefix 'module.' of all names is left out",
      "compiled_half     | RELU    | MAX     | 0      | 1      | 28 | the weights are 'net'; not read: 'acc'; the prefix"
          + " '_orig_mod.module.' of all names is left out; its tensors are F16, read as float32",
      "lightning_bfloat16 | RELU   | MAX     | 0      | 1      | 28 | the weights are 'state_dict'; not read: 'epoch', 'global_step',"
          + " 'pytorch-lightning_version', 'loops', 'callbacks', 'optimizer_states', 'hyper_parameters'; the prefix"
          + " 'model.net.' of all names"
          + " is left out; its tensors are BF16, read as float32",
      "double            | RELU    | MAX     | 0      | 1      | 28 | the weights are 'model_state_dict'; not read: 'loss'; its tensors are"
          + " F64, read as float32",
      "tanh_average      | TANH    | AVERAGE | 0.1307 | 0.3081 | 28 | the weights are 'model'; not read: 'model_ema'",
      "parts_sigmoid     | SIGMOID | MAX     | 0      | 1      | 28 | its layers 'features.0', 'features.3', 'classifier.1',"
          + " 'classifier.4',"
          + " 'classifier.6' are taken for conv1, conv2, fc1, fc2, fc3 by their shapes",
      "named_c5          | TANH    | AVERAGE | 0      | 1      | 28 | the weights are 'network'; its layers 'c1', 'c3', 'c5',"
          + " 'f6', 'output'"
          + " are taken for conv1, conv2, fc1, fc2, fc3 by their shapes",
      "unpadded          | RELU    | MAX     | 0      | 1      | 28 | its layers 'features.0', 'features.3', 'classifier.1',"
          + " 'classifier.4',"
          + " 'classifier.6' are taken for conv1, conv2, fc1, fc2, fc3 by their shapes",
      "bordered          | RELU    | MAX     | 0.1307 | 0.3081 | 32 | -",
      "views             | RELU    | MAX     | 0      | 1      | 28 | -",
      "views_legacy      | RELU    | MAX     | 0      | 1      | 28 | -",
      "averaged          | RELU    | MAX     | 0      | 1      | 28 | not read: 'n_averaged', a count of averaged models; the prefix"
          + " 'module.' of all names is left out",
      "parameters        | RELU    | MAX     | 0      | 1      | 28 | its layers '0', '2', '4', '6', '8' are taken for conv1,"
          + " conv2, fc1, fc2,"
          + " fc3 by their shapes",
      "modules           | RELU    | MAX     | 0      | 1      | 28 | the weights are 'state_dict'; its layers 'p_conv1',"
          + " 'p_conv2', 'p_fc1', 'p_fc2',"
          + " 'p_fc3' are taken for conv1, conv2, fc1, fc2, fc3 by their shapes",
  })
  void asPyTorchComputes(String name, String activation, String pool, float mean, float std, int side, String remarks) throws IOException {
    assertReads(FILES, name, said(activation, pool, mean, std, side), remarks);
  }

  private static void assertReads(Path files, String name, Assumptions said, String remarks) throws IOException {
    WeightsFile read = WeightsFile.read(files.resolve(name + ".pt"), said);
    assertArrayEquals(logits(files.resolve(name + ".logits")), logits(read.model(), files.resolve("images")), TOLERANCE, name);
    assertEquals(Assumptions.NONE, read.assumed(), "all was said");
    if (remarks != null) {
      String all = String.join("; ", read.remarks().stream().filter(remark -> !remark.startsWith("it is not LeNet-5")).toList());
      assertEquals(remarks, all, name);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "whole_module        | it holds an object of '__main__.LeNet', perhaps the whole network; no code of a file is run"
          + " here: in Python, save"
          + " model.state_dict() instead",
      "whole_module_legacy | it holds an object of '__main__.LeNet', perhaps the whole network",
      "batch_norm          | its parameters are not those of LeNet-5; it has batch normalization ('bn1')",
      "optimizer_only      | its dictionary holds no tensors; it has 'state', 'param_groups'",
      "one_tensor          | it holds one tensor of shape [3], not the weights of a network",
      "arrays              | it holds arrays of NumPy, not tensors",
      "colours             | its parameters are not those of LeNet-5; the first convolution takes 3 channels, the colours of a photograph",
      "script              | it is TorchScript, a compiled program of torch.jit.save",
      "pickled             | it was written by Python's pickle alone, not by torch.save",
      "evil                | it would have Python call 'posix.system', which no weights need: nothing of it was run",
      "evil_zip            | it would have Python call 'posix.system', which no weights need: nothing of it was run",
  })
  void whatHoldsNoWeightsIsNamed(String name, String reason) {
    Path file = FILES.resolve(name + ".pt");
    String message = assertThrows(IOException.class, () -> Model.load(file)).getMessage();
    assertTrue(message.startsWith(file + ": " + reason), message);
    assertTrue(message.length() < 1000 && message.chars().noneMatch(Character::isISOControl), message);
  }

  /** The same by the PyTorch of this machine, and of LeNet-5's size. */
  @Tag("slow") @Test void asThisMachinesPyTorchComputes() throws Exception {
    PythonCheck.run(Path.of("benchmarks/pytorch/make_foreign.py"), "torch, numpy", folder, Path.of("full"));
    for (String name : List.of("state_dict", "legacy", "data_parallel", "compiled_half", "lightning_bfloat16", "double", "views",
        "views_legacy", "averaged", "parameters")) {
      assertReads(folder, name, said("RELU", "MAX", 0, 1, 28), null);
      assertEquals(LeNet5.create(10, 1).layers(), Model.load(folder.resolve(name + ".pt")).layers(), name);
    }
    assertReads(folder, "tanh_average", said("TANH", "AVERAGE", 0.1307f, 0.3081f, 28), "the weights are 'model'; not read: 'model_ema'");
    assertReads(folder, "named_c5", said("TANH", "AVERAGE", 0, 1, 28), null);
    assertReads(folder, "bordered", said("RELU", "MAX", 0.1307f, 0.3081f, 32), "");
  }

  @Test void whatIsNotSaidIsAssumedAndSaid() throws IOException {
    Path file = FILES.resolve("state_dict.pt");
    WeightsFile read = WeightsFile.read(file, Assumptions.NONE);
    assertEquals(Assumptions.USUAL, read.assumed());
    assertEquals("inputs 0..1, ReLU, max pooling", read.assumed().toString());
    read = WeightsFile.read(file, new Assumptions(Activation.TANH, null, null, null));
    assertEquals("inputs 0..1, max pooling", read.assumed().toString());
    assertEquals(Activation.TANH, ((Conv2d) read.model().layers().get(0)).activation());
    assertThrows(IllegalArgumentException.class, () -> new Assumptions(null, null, null, 30));
  }

  @Test void whatAFileSaysItselfIsNotSaidAgain() throws IOException {
    Path file = folder.resolve("own.safetensors");
    LeNet5.classic(10, 1).normalization(new Normalization(0.5f, 0.25f)).save(file);
    assertEquals(Assumptions.NONE, WeightsFile.read(file, Assumptions.NONE).assumed());
    String message = assertThrows(IllegalArgumentException.class, () -> Model.load(file, Assumptions.USUAL)).getMessage();
    assertEquals(file + ": the file says itself how its network computes: inputs of mean 0.5 and std 0.25, tanh, average pooling", message);
    Map<String, String> notes = Map.of("mean", "0.5", "std", "0.25");
    new Safetensors(notes, tensors("", "F32")).write(file);
    assertEquals("ReLU, max pooling", WeightsFile.read(file, Assumptions.NONE).assumed().toString());
    assertEquals(0.5f, Model.load(file).normalization().mean());
    assertThrows(IllegalArgumentException.class, () -> Model.load(file, new Assumptions(null, null, Normalization.NONE, null)));
  }

  private static Map<String, Safetensors.Tensor> tensors(String prefix, String type) {
    Map<String, Safetensors.Tensor> tensors = new LinkedHashMap<>();
    LeNet5.create(10, 1).parameters().forEach(p -> tensors.put(prefix + p.name(), new Safetensors.Tensor(p.shape(), p.values(), type)));
    return tensors;
  }

  private static String refusal(Map<String, Safetensors.Tensor> tensors) {
    return assertThrows(IOException.class, () -> ForeignWeights.of(new Safetensors(Map.of(), tensors), Assumptions.USUAL)).getMessage();
  }

  @Test void prefixesAreTakenOffWhereAllNamesShareThem() throws IOException {
    for (String prefix : List.of("module.", "_orig_mod.", "model.", "net.", "network.", "backbone.", "lenet.", "model._orig_mod.module.")) {
      ForeignWeights read = ForeignWeights.of(new Safetensors(Map.of(), tensors(prefix, "F32")), Assumptions.USUAL);
      assertEquals(List.of("the prefix '" + prefix + "' of all names is left out"), read.remarks());
    }
    Map<String, Safetensors.Tensor> some = tensors("module.", "F32");
    some.put("head.weight", new Safetensors.Tensor(List.of(1), new float[1]));
    assertTrue(refusal(some).contains("unexpected: 'module.conv1.weight'"), refusal(some));
  }

  @Test void transposedWeightsAndCountersAreNamed() {
    Map<String, Safetensors.Tensor> keras = tensors("", "F32");
    keras.put("fc1.weight", new Safetensors.Tensor(List.of(400, 120), new float[48_000]));
    assertTrue(refusal(keras).contains("the weight of 'fc1' is [400, 120] for 120 outputs: the outputs are its last"
        + " dimension, as in Keras"),
        refusal(keras));
    Map<String, Safetensors.Tensor> integers = tensors("", "I64");
    assertTrue(refusal(integers).contains("conv1.weight holds integers (I64)"), refusal(integers));
    Map<String, Safetensors.Tensor> norm = tensors("net.", "F32");
    norm.put("net.bn1.num_batches_tracked", new Safetensors.Tensor(List.of(), new float[1], "I64"));
    assertTrue(refusal(norm).contains("it has batch normalization ('bn1')") && !refusal(norm).contains("F32"), refusal(norm));
  }

  @Test void shapesThatFitInTwoOrdersAreRefused() {
    Map<String, Safetensors.Tensor> tensors = tensors("", "F32");
    tensors.put("fc4.weight", new Safetensors.Tensor(List.of(120, 120), new float[14_400]));
    tensors.put("fc4.bias", new Safetensors.Tensor(List.of(120), new float[120]));
    tensors.put("fc5.weight", tensors.get("fc4.weight"));
    tensors.put("fc5.bias", tensors.get("fc4.bias"));
    assertTrue(refusal(tensors).contains("their shapes fit in more than one order"), refusal(tensors));
  }
}
