package org.lenet4j.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Assumptions;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.nn.WeightsFile;
import org.lenet4j.onnx.proto.Onnx.AttributeProto;
import org.lenet4j.onnx.proto.Onnx.GraphProto;
import org.lenet4j.onnx.proto.Onnx.ModelProto;
import org.lenet4j.onnx.proto.Onnx.NodeProto;

/** ONNX files as models: our own come back bit for bit, those of PyTorch compute what it does, the rest is named. */
class OnnxImportTest {
  private static final Path FILES = Path.of("src/test/resources/foreign");
  private static final float TOLERANCE = 1e-5f; // fp32 sums of 100 terms against double

  @TempDir Path folder;
  private Path file;

  @BeforeEach void name() {
    file = folder.resolve("model.onnx");
  }

  @Test void ourOwnComeBackBitForBit() throws IOException {
    Model named = LeNet5.classic(3, 7).normalization(new Normalization(0.1307f, 0.3081f)).classNames(List.of("a", "b", "c"))
        .freeze("conv1");
    named.metadata().put("seed", "5");
    Model chain = new Model(new Shape(2, 9, 8), List.of(new Dropout("d0", 0.25f), new Conv2d("image", 2, 3, 3, 1, Activation.SIGMOID),
        new Pool2d("p", Pool2d.Kind.AVERAGE, 2), new Linear("one", 48, 6, Activation.NONE),
        new Conv2d("again", 6, 5, 3, 1, Activation.TANH),
        new Dropout("d1", 0.5f), new Linear("last", 5, 4, Activation.SIGMOID)), Init.XAVIER_UNIFORM, 3);
    for (Model model : List.of(named, chain, LeNet5.pretrained())) {
      OnnxFile.save(model, file);
      Model read = OnnxFile.load(file);
      assertEquals(model.sha256(), read.sha256());
      assertEquals(model.classNames(), read.classNames());
      assertEquals(model.layers(), read.layers());
    }
  }

  @ParameterizedTest @ValueSource(strings = {"relu", "tanh", "parts"}) void asPyTorchComputes(String name) throws IOException {
    WeightsFile read = OnnxFile.read(FILES.resolve(name + ".onnx"), Assumptions.NONE);
    assertEquals("inputs 0..1", read.assumed().toString());
    ByteBuffer expected = ByteBuffer.wrap(Files.readAllBytes(FILES.resolve(name + ".logits"))).order(ByteOrder.LITTLE_ENDIAN);
    float[] logits = new float[80];
    try (Device device = Device.open("openblas"); Predictor predictor = new Predictor(device, read.model())) {
      predictor.logits(Files.readAllBytes(FILES.resolve("images")), 8, logits);
    }
    for (float logit : logits) {
      assertEquals(expected.getFloat(), logit, TOLERANCE, name);
    }
  }

  @Test void aGraphSaysAllButTheInputs() throws IOException {
    Path relu = FILES.resolve("relu.onnx");
    assertEquals(0.5f, OnnxFile.read(relu, new Assumptions(null, null, new Normalization(0.5f, 0.5f), null))
        .model().normalization().mean());
    assertEquals(relu + ": the file says itself how its network computes", assertThrows(IllegalArgumentException.class,
        () -> OnnxFile.read(relu, new Assumptions(Activation.TANH, null, null, null))).getMessage());
    IOException thrown = assertThrows(IOException.class, () -> Model.load(relu));
    assertEquals(relu + ": it is a network in the ONNX format; org.lenet4j.onnx.OnnxFile.load reads it", thrown.getMessage());
  }

  /** The reason why a graph is not read that was changed. */
  private String refusal(Consumer<GraphProto.Builder> change) throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(FILES.resolve("relu.onnx"))).toBuilder();
    change.accept(model.getGraphBuilder());
    Files.write(file, model.build().toByteArray());
    String message = assertThrows(IOException.class, () -> OnnxFile.load(file)).getMessage();
    assertTrue(message.startsWith(file + ": ") && message.chars().noneMatch(Character::isISOControl), message);
    return message.substring((file + ": ").length());
  }

  private static NodeProto.Builder node(GraphProto.Builder graph, String type) {
    return graph.getNodeBuilderList().stream().filter(node -> node.getOpType().equals(type)).findFirst().orElseThrow();
  }

  private static AttributeProto.Builder attribute(NodeProto.Builder node, String name) {
    return node.getAttributeBuilderList().stream().filter(attribute -> attribute.getName().equals(name)).findFirst().orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"LSTM", "Transpose", "BatchNormalization", "GlobalAveragePool", "Clip", "Gelu", "Concat", "Sub"})
  void anotherOperatorIsNamed(String type) throws IOException {
    assertTrue(refusal(graph -> node(graph, "Relu").setOpType(type)).startsWith("the operator " + type + " "), type);
  }

  @Test void whatNoLayerDoesIsNamed() throws IOException {
    assertTrue(refusal(graph -> attribute(node(graph, "Conv"), "strides").setInts(0, 2)).contains("Conv"));
    assertTrue(refusal(graph -> attribute(node(graph, "Conv"), "pads").setInts(0, 1)).contains("the padding the same on all sides"));
    assertTrue(refusal(graph -> attribute(node(graph, "MaxPool"), "strides").setInts(0, 1)).contains("must not overlap"));
    assertTrue(refusal(graph -> attribute(node(graph, "Gemm"), "alpha").setF(2)).contains("alpha and beta must be 1"));
    assertTrue(refusal(graph -> node(graph, "Relu").setInput(0, "elsewhere")).contains("only a chain is read"));
    assertTrue(refusal(graph -> node(graph, "Relu").setDomain("com.example")).contains("not one of ONNX's own"));
    assertTrue(refusal(graph -> graph.getInitializerBuilder(0).setDataLocation(1)).contains("lies in another file"));
    assertTrue(refusal(graph -> graph.getInitializerBuilder(0).clearRawData()).contains("cut off or damaged"));
    assertTrue(refusal(GraphProto.Builder::clearInitializer).contains("its weights are not part of the file"));
    assertTrue(refusal(GraphProto.Builder::clearNode).contains("output"));
  }

  @Test void aSoftmaxAtTheEndIsLeftOut() throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(FILES.resolve("relu.onnx"))).toBuilder();
    String logits = model.getGraph().getOutput(0).getName();
    model.getGraphBuilder().addNode(NodeProto.newBuilder().setOpType("LogSoftmax").addInput(logits).addOutput("p"));
    model.getGraphBuilder().getOutputBuilder(0).setName("p");
    Files.write(file, model.build().toByteArray());
    WeightsFile read = OnnxFile.read(file, Assumptions.NONE);
    assertEquals(List.of("left out: LogSoftmax at the end, for the outputs here are those before it"), read.remarks());
    assertEquals(OnnxFile.load(FILES.resolve("relu.onnx")).sha256(), read.model().sha256());
  }

  @Test void notesThatDescribeAnotherGraphAreFound() throws IOException {
    OnnxFile.save(LeNet5.create(10, 1), file);
    ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(file)).toBuilder();
    node(model.getGraphBuilder(), "Relu").setOpType("Tanh");
    Files.write(file, model.build().toByteArray());
    assertEquals(file + ": its notes describe other layers than its graph has",
        assertThrows(IOException.class, () -> OnnxFile.load(file)).getMessage());
  }

  @Test void brokenFilesAreOneLine() throws IOException {
    byte[] whole = Files.readAllBytes(FILES.resolve("relu.onnx"));
    int taken = 0;
    for (int seed = 0; seed < 3000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] bytes = random.nextInt(4) == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
      for (int i = random.nextInt(6); i > 0 && bytes.length > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      try {
        OnnxImport.decode(bytes, Assumptions.NONE);
        taken++;
      } catch (IOException e) {
        assertTrue(e.getMessage().chars().noneMatch(Character::isISOControl), "seed " + seed + ": " + e.getMessage());
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    assertTrue(taken > 200 && taken < 2800, taken + " of 3000 were read");
  }
}
