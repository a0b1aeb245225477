package org.lenet4j.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.PythonCheck;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Shape;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.file.Protobuf;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;

/** What ONNX Runtime makes of the files. */
class OnnxFileTest {
  private static final float TOLERANCE = 1e-5f; // fp32 sums of 400 terms in another order, logits up to 6: 3e-6 was seen

  private static Device device;

  @TempDir Path folder;

  @BeforeAll static void open() {
    device = Device.open("openblas");
  }

  @AfterAll static void close() {
    device.close();
  }

  /** A thousand images of MNIST where it is, else as many drawn ones. */
  private static Dataset images() throws IOException {
    String data = System.getenv("LENET4J_DATA");
    return data == null ? SyntheticDigits.create(1000, 5) : Splits.open(Path.of(data, "mnist").toString()).test().head(1000);
  }

  private void assertSameLogits(Model model, byte[] images, int count) throws Exception {
    Path file = folder.resolve("model.onnx");
    OnnxFile.save(model, file);
    float[] expected = new float[count * model.outputSize()];
    try (Predictor predictor = new Predictor(device, model)) {
      predictor.logits(images, count, expected);
    }
    float[] actual = run(file, model, images, count);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], TOLERANCE, "logit " + i + " of " + model.layers());
    }
  }

  private static float[] run(Path file, Model model, byte[] images, int count) throws OrtException {
    Shape shape = model.input();
    float[] input = new float[images.length];
    for (int i = 0; i < input.length; i++) {
      input[i] = model.normalization().apply(images[i] & 0xFF);
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(file.toString());
        OnnxTensor tensor = OnnxTensor.createTensor(environment, FloatBuffer.wrap(input),
            new long[] {count, shape.channels(), shape.height(), shape.width()});
        OrtSession.Result result = session.run(Map.of("image", tensor))) {
      OnnxTensor logits = (OnnxTensor) result.get("logits").orElseThrow();
      assertArrayEquals(new long[] {count, model.outputSize()}, logits.getInfo().getShape());
      return logits.getFloatBuffer().array();
    }
  }

  @Test void aThousandDigits() throws Exception {
    byte[] images = images().images();
    assertSameLogits(LeNet5.pretrained(), images, 1000);
    assertSameLogits(LeNet5.classic(10, 3).normalization(new Normalization(0.1307f, 0.3081f)), images, 1000);
  }

  @Test void anyBatch() throws Exception {
    byte[] images = images().images();
    for (int count : new int[] {1, 2, 17}) {
      assertSameLogits(LeNet5.pretrained(), Arrays.copyOf(images, count * 784), count);
    }
  }

  @TestFactory Stream<DynamicTest> chainsWrittenByHand() {
    Shape image = new Shape(2, 8, 9);
    Conv2d conv = new Conv2d("image", 2, 3, 3, 1, Activation.RELU); // called as the input is
    return Stream.<List<LayerSpec>>of(
        List.of(new Linear("logits", 144, 3, Activation.NONE)), // called as the output is
        List.of(new Dropout("drop", 0.5f), new Linear("last", 144, 2, Activation.SIGMOID)),
        List.of(conv, new Pool2d("pool", Pool2d.Kind.AVERAGE, 3), new Dropout("drop", 0.5f), new Linear("last", 18, 5, Activation.TANH)),
        List.of(new Linear("fc", 144, 6, Activation.RELU), new Dropout("drop", 0.5f), new Conv2d("conv", 6, 5, 3, 1, Activation.TANH),
            new Pool2d("pool", Pool2d.Kind.MAX, 1), new Linear("last", 5, 4, Activation.NONE))) // a vector is an image of 1x1
        .map(layers -> DynamicTest.dynamicTest(layers.toString(), () -> assertSameLogits(image, layers, 1)));
  }

  @TestFactory Stream<DynamicTest> randomChains() {
    return IntStream.range(0, 60).mapToObj(seed -> {
      Random random = new Random(seed);
      Shape image = new Shape(1 + random.nextInt(3), 3 + random.nextInt(9), 3 + random.nextInt(9));
      List<LayerSpec> layers = randomLayers(random, image);
      return DynamicTest.dynamicTest(seed + ": " + image + " " + layers, () -> assertSameLogits(image, layers, seed));
    });
  }

  private static List<LayerSpec> randomLayers(Random random, Shape image) {
    List<LayerSpec> layers = new ArrayList<>();
    Shape shape = image;
    for (int wanted = random.nextInt(7); layers.size() < wanted;) {
      String name = "layer" + layers.size();
      Activation activation = Activation.values()[random.nextInt(4)];
      int kernelSize = 1 + random.nextInt(5);
      LayerSpec layer = switch (random.nextInt(5)) {
        case 0 -> new Pool2d(name, Pool2d.Kind.values()[random.nextInt(2)], 1 + random.nextInt(3));
        case 1 -> new Linear(name, shape.size(), 1 + random.nextInt(20), activation);
        case 2 -> new Dropout(name, 0.5f);
        default -> new Conv2d(name, shape.channels(), 1 + random.nextInt(6), kernelSize, random.nextInt(kernelSize), activation);
      };
      try {
        shape = layer.output(shape);
        layers.add(layer);
      } catch (IllegalArgumentException e) {
        // the image has become too small for this kernel or window: draw another layer
      }
    }
    layers.add(new Linear("last", shape.size(), 1 + random.nextInt(5), Activation.values()[random.nextInt(4)]));
    return layers;
  }

  private void assertSameLogits(Shape image, List<LayerSpec> layers, int seed) throws Exception {
    byte[] pixels = new byte[5 * image.size()];
    new Random(seed).nextBytes(pixels);
    assertSameLogits(new Model(image, layers, Init.XAVIER_UNIFORM, seed).normalization(new Normalization(0.2f, 0.5f)), pixels, 5);
  }

  @Test void theCheckerAccepts() throws Exception {
    List<Path> files = new ArrayList<>();
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      Shape image = new Shape(1 + random.nextInt(3), 3 + random.nextInt(9), 3 + random.nextInt(9));
      files.add(folder.resolve("chain" + seed + ".onnx"));
      OnnxFile.save(new Model(image, randomLayers(random, image), Init.XAVIER_UNIFORM, seed), files.get(seed));
    }
    files.add(folder.resolve("lenet5.onnx"));
    OnnxFile.save(LeNet5.pretrained(), files.get(20));
    String out = PythonCheck.run("onnx_check.py", "onnx", files.toArray(new Path[0]));
    assertEquals(21, out.lines().filter(line -> line.contains("accepted") && line.contains("opset 13")).count(), out);
    assertTrue(out.contains("image (batch, 1, 28, 28) -> Conv -> Relu -> MaxPool -> Conv -> Relu -> MaxPool -> Flatten -> Gemm -> Relu"
        + " -> Gemm -> Relu -> Gemm -> logits (batch, 10)"), out);
  }

  @Test void theFileSaysHowImagesBecomeInputs() throws Exception {
    Model model = LeNet5.create(2, 1).normalization(new Normalization(0.25f, 0.5f)).classNames(List.of("cat", "dog"));
    model.metadata().put("recipe", "fast");
    Path file = folder.resolve("model.onnx");
    OnnxFile.save(model, file);
    try (OrtSession session = OrtEnvironment.getEnvironment().createSession(file.toString())) {
      Map<String, String> notes = session.getMetadata().getCustomMetadata();
      assertEquals("0.25", notes.get("mean"));
      assertEquals("0.5", notes.get("std"));
      assertEquals("[1,28,28]", notes.get("lenet4j.input"));
      assertEquals("fast", notes.get("recipe"));
      assertEquals("[\"cat\",\"dog\"]", notes.get("lenet4j.classes"));
      assertTrue(notes.get("lenet4j.preprocessing").contains("(batch, 1, 28, 28)"), notes.toString());
      assertTrue(notes.get("lenet4j.preprocessing").contains("(b / 255 - 0.25) / 0.5"), notes.toString());
      NodeInfo input = session.getInputInfo().get("image");
      assertArrayEquals(new long[] {-1, 1, 28, 28}, ((TensorInfo) input.getInfo()).getShape()); // -1: any batch
    }
  }

  @Test void theSameModelGivesTheSameBytes() throws IOException {
    Model model = LeNet5.create(10, 1);
    OnnxFile.save(model, folder.resolve("a"));
    OnnxFile.save(model.copy(), folder.resolve("b"));
    assertEquals(-1, Files.mismatch(folder.resolve("a"), folder.resolve("b")));
  }

  @Test void whatCannotBeExportedLeavesTheOldFile() throws IOException {
    Path file = Files.writeString(folder.resolve("old.onnx"), "old");
    Model model = LeNet5.create(10, 1);
    model.parameter("fc2.bias").values()[3] = Float.NaN;
    IOException nan = assertThrows(IOException.class, () -> OnnxFile.save(model, file));
    assertTrue(nan.getMessage().contains(file.toString()) && nan.getMessage().contains("fc2.bias"), nan.getMessage());
    assertEquals("old", Files.readString(file));
  }

  @Test void aMissingLibraryIsNamed() throws Exception {
    List<URL> classPath = new ArrayList<>();
    for (String part : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (!part.contains("protobuf-java")) {
        classPath.add(Path.of(part).toUri().toURL());
      }
    }
    try (URLClassLoader loader = new URLClassLoader(classPath.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
      Object model = loader.loadClass(LeNet5.class.getName()).getMethod("create", int.class, long.class).invoke(null, 10, 1L);
      InvocationTargetException thrown = assertThrows(InvocationTargetException.class,
          () -> loader.loadClass(OnnxFile.class.getName()).getMethod("save", model.getClass(), Path.class)
              .invoke(null, model, folder.resolve("model.onnx")));
      String message = assertInstanceOf(IllegalStateException.class, thrown.getCause()).getMessage();
      assertTrue(message.startsWith("ONNX needs " + Protobuf.ARTIFACT), message);
    }
    assertTrue(Files.notExists(folder.resolve("model.onnx")));
  }
}
