package org.lenet4j.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Seen;
import org.lenet4j.data.Shape;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.file.Safetensors;

class ModelFileTest {
  private static final String PAIR = "[{\"type\":\"linear\",\"name\":\"fc\",\"in_features\":2,\"out_features\":1,\"activation\":\"none\"}]";

  @TempDir Path folder;

  static void assertSame(Model expected, Model actual) {
    assertEquals(expected.input(), actual.input());
    assertEquals(expected.layers(), actual.layers());
    assertEquals(expected.normalization(), actual.normalization());
    assertEquals(expected.frozen(), actual.frozen());
    assertEquals(expected.classNames(), actual.classNames());
    assertEquals(expected.metadata(), actual.metadata());
    for (Parameter parameter : expected.parameters()) {
      assertEquals(parameter.shape(), actual.parameter(parameter.name()).shape());
      float[] values = actual.parameter(parameter.name()).values();
      assertEquals(parameter.values().length, values.length);
      for (int i = 0; i < values.length; i++) {
        assertEquals(Float.floatToRawIntBits(parameter.values()[i]), Float.floatToRawIntBits(values[i]));
      }
    }
  }

  private Path write(Map<String, String> notes, Map<String, Safetensors.Tensor> tensors) throws IOException {
    Path file = folder.resolve("model.safetensors");
    new Safetensors(notes, tensors).write(file);
    return file;
  }

  /** The reason why these notes and tensors are no model. */
  private String rejection(Map<String, String> notes, Map<String, Safetensors.Tensor> tensors) throws IOException {
    Path file = write(notes, tensors);
    String message = assertThrows(IOException.class, () -> Model.load(file)).getMessage();
    assertTrue(message.startsWith(file + ": "), message);
    assertTrue(message.length() < 2000 && !message.contains("\n"), message);
    return message.substring((file + ": ").length());
  }

  /** As PyTorch writes it: nothing but the tensors. */
  private static Map<String, Safetensors.Tensor> stateDict(Model model) {
    Map<String, Safetensors.Tensor> tensors = new LinkedHashMap<>();
    model.parameters().forEach(parameter -> tensors.put(parameter.name(), new Safetensors.Tensor(parameter.shape(), parameter.values())));
    return tensors;
  }

  private static Safetensors.Tensor zeros(Integer... shape) {
    int size = 1;
    for (int dimension : shape) {
      size *= dimension;
    }
    return new Safetensors.Tensor(List.of(shape), new float[size]);
  }

  @Test void everythingSurvives() throws IOException {
    Model model = LeNet5.create(10, 7).normalization(new Normalization(0.1307f, 0.3081f)).freeze("conv2", "conv1");
    model.metadata().put("note", "Zw\u00f6lf, \"quoted\"\nand a second line");
    model.parameter("conv1.bias").values()[0] = -0f;
    model.parameter("conv1.bias").values()[1] = Float.MIN_VALUE;
    Path file = folder.resolve("m.safetensors");
    model.save(file);
    assertSame(model, Model.load(file));
    assertSame(model, ModelFile.read(Files.readAllBytes(file), "resource").model());
    byte[] once = Files.readAllBytes(file);
    Model.load(file).save(file);
    assertArrayEquals(once, Files.readAllBytes(file), "the same model gives the same bytes");
  }

  @Test void whatWasSeenStaysWithTheWeights() throws IOException {
    Path file = folder.resolve("m.safetensors");
    Model fresh = LeNet5.create(10, 1);
    fresh.save(file);
    assertTrue(Model.load(file).seen().isComplete(), "fresh weights have seen nothing");
    Seen seen = Seen.NOTHING.plus(SyntheticDigits.create(50, 1));
    Model model = fresh.copy().normalization(Normalization.NONE).seen(seen);
    model.save(file);
    assertEquals(seen.text(), Model.load(file).seen().text());
    assertEquals(seen.text(), Model.load(file).copy().replaceHead(3, 1).seen().text());
    Model foreign = Model.load(write(Map.of(), stateDict(fresh)));
    assertTrue(foreign.seen().isEmpty() && !foreign.seen().isComplete(), foreign.seen().text());
    assertTrue(rejection(Map.of("lenet4j.seen", "1 0:x\ny"), stateDict(fresh)).startsWith("the note of what the model has seen is broken"));
  }

  @Test void onlyParametersAreTensorsAndTheNotesAreAsDocumented() throws IOException {
    Model model = LeNet5.classic(3, 1).normalization(new Normalization(0.1f, 0.5f)).freeze("fc1", "conv1");
    Path file = folder.resolve("m.safetensors");
    model.save(file);
    Safetensors content = Safetensors.read(file);
    assertEquals(model.parameters().stream().map(Parameter::name).toList(), List.copyOf(content.tensors().keySet()));
    Map<String, String> notes = content.metadata();
    assertEquals(List.of("format", "mean", "std", "lenet4j.version", "lenet4j.input", "lenet4j.layers", "lenet4j.frozen"),
        List.copyOf(notes.keySet()));
    assertEquals("pt", notes.get("format"));
    assertEquals("0.1", notes.get("mean"));
    assertEquals("0.5", notes.get("std"));
    assertEquals("[1,28,28]", notes.get("lenet4j.input"));
    assertTrue(notes.get("lenet4j.layers").startsWith("[{\"type\":\"conv2d\",\"name\":\"conv1\",\"in_channels\":1,\"out_channels\":6,"
        + "\"kernel_size\":5,\"padding\":2,\"activation\":\"tanh\"},{\"type\":\"pool2d\",\"name\":\"pool1\","
        + "\"kind\":\"average\",\"size\":2},"),
        notes.get("lenet4j.layers"));
    assertEquals("conv1,fc1", notes.get("lenet4j.frozen"));
  }

  @Test void anyChainOfLayersComesBack() throws IOException {
    Model model = new Model(new Shape(3, 13, 11), List.of(
        new Dropout("d0", 0.1f),
        new Conv2d("a", 3, 4, 3, 1, Activation.SIGMOID),
        new Pool2d("b", Pool2d.Kind.AVERAGE, 3),
        new Dropout("c", Math.nextUp(0.3f)),
        new Linear("d", 4 * 4 * 3, 5, Activation.TANH),
        new Dropout("e", 1e-10f),
        new Linear("optimizer", 5, 2, Activation.NONE)), Init.XAVIER_UNIFORM, 3);
    Path file = folder.resolve("m.safetensors");
    model.save(file);
    assertSame(model, Model.load(file));
    assertEquals("[{\"type\":\"dropout\",\"name\":\"d0\",\"rate\":0.10000000149011612},{\"type\":\"conv2d\",\"name\":\"a\","
        + "\"in_channels\":3,\"out_channels\":4,\"kernel_size\":3,\"padding\":1,\"activation\":\"sigmoid\"},"
        + "{\"type\":\"pool2d\",\"name\":\"b\",\"kind\":\"average\",\"size\":3},"
        + "{\"type\":\"dropout\",\"name\":\"c\",\"rate\":0.30000004172325134},{\"type\":\"linear\",\"name\":\"d\","
        + "\"in_features\":48,\"out_features\":5,\"activation\":\"tanh\"},{\"type\":\"dropout\",\"name\":\"e\",\"rate\":"
        + "1.000000013351432E-10},{\"type\":\"linear\",\"name\":\"optimizer\",\"in_features\":5,\"out_features\":2,\"activation\":"
        + "\"none\"}]", Safetensors.read(file).metadata().get("lenet4j.layers"));
  }

  @Test void everyDropoutRateAndNormalizationSurvives() throws IOException {
    for (int i = 0; i < 200; i++) {
      float any = (i * 0x9E3779B9 >>> 8) * 0x1p-24f;
      Model model = new Model(new Shape(2, 1, 1), List.of(new Dropout("d", any), new Linear("fc", 2, 1, Activation.NONE)),
          Init.KAIMING_UNIFORM, 0).normalization(new Normalization(any * -1e-5f, any * any + Float.MIN_VALUE));
      Safetensors content = new Safetensors(ModelFile.metadata(model), stateDict(model));
      Model read = ModelFile.of(content).model();
      assertEquals(model.layers(), read.layers());
      assertEquals(model.normalization(), read.normalization());
      assertEquals(model.layers(), Architecture.parse("[2,1,1]", content.metadata().get("lenet4j.layers")).layers());
    }
  }

  @Test void classNamesAreAListAndNumbersNeedNone() throws IOException {
    List<String> names = List.of("cat", "d\u00f6g, \"black\"", "\ud83d\ude00");
    Model model = LeNet5.create(3, 1);
    assertEquals(List.of("0", "1", "2"), model.classNames());
    byte[] unnamed = bytes(model);
    assertEquals(model, model.classNames(names)); // itself, as freeze returns
    assertEquals("[\"cat\",\"d\u00f6g, \\\"black\\\"\",\"\ud83d\ude00\"]", ModelFile.metadata(model).get("lenet4j.classes"));
    Model read = Model.load(write(ModelFile.metadata(model), stateDict(model)));
    assertSame(model, read);
    assertEquals(names, read.classNames());
    assertEquals(Map.of(), ModelFile.read(folder.resolve("model.safetensors")).notes());
    assertArrayEquals(unnamed, bytes(read.classNames(List.of("0", "1", "2"))));
  }

  private byte[] bytes(Model model) throws IOException {
    Path file = folder.resolve("bytes.safetensors");
    model.save(file);
    return Files.readAllBytes(file);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "cat               | bad JSON: Unrecognized token",
      "{\"cat\":0}       | '{\"cat\":0}' is not a list of strings",
      "[\"cat\",1,\"eel\"] | '[\"cat\",1,\"eel\"]' is not a list of strings",
      "[\"cat\",null,\"eel\"] | '[\"cat\",null,\"eel\"]' is not a list of strings",
      "[\"cat\",\"dog\"] | the model has 3 outputs, got 2 class names",
      "[\"cat\",\" \",\"eel\"] | a class cannot be named ' '; a name is one line of text",
      "[\"cat\",\"\\u001b[31m\",\"eel\"] | a class cannot be named '?[31m'; a name is one line of text",
  })
  void brokenClassNames(String json, String reason) throws IOException {
    String got = rejection(Map.of("lenet4j.classes", json), stateDict(LeNet5.create(3, 1)));
    assertTrue(got.startsWith("the names of the classes are broken: " + reason), got);
  }

  @Test void reservedNotesAreNotTheUsers() throws IOException {
    Model model = LeNet5.create(10, 1);
    model.metadata().put("mean", "7");
    model.metadata().put("format", "tf");
    model.metadata().put("lenet4j.epoch", "7");
    model.metadata().put("mine", "kept");
    Path file = folder.resolve("m.safetensors");
    model.save(file);
    Model read = Model.load(file);
    assertEquals(Normalization.NONE, read.normalization());
    assertEquals(Map.of("mine", "kept"), read.metadata());
  }

  @Test void filesOfPyTorch() throws IOException {
    for (int classes : new int[] {1, 2, 10, 26, 1000}) {
      Model model = LeNet5.create(classes, 5);
      assertSame(model, Model.load(write(Map.of(), stateDict(model))));
      model.metadata().put("epochs", "5");
      model.normalization(new Normalization(0.1307f, 0.3081f));
      Map<String, String> notes = Map.of("format", "pt", "mean", "0.1307", "std", "0.3081", "epochs", "5");
      assertSame(model, Model.load(write(notes, stateDict(model))));
    }
  }

  @Test void wrongNamesAndShapesAreAllListed() throws IOException {
    Map<String, Safetensors.Tensor> tensors = stateDict(LeNet5.create(10, 1));
    tensors.remove("fc1.bias");
    tensors.put("conv1.weight", zeros(6, 1, 3, 3));
    tensors.put("fc4.bias", zeros(2));
    tensors.put("bad\nname", zeros(1));
    tensors.put("optimizer.exp_avg.conv1.bias", zeros(6));
    assertEquals("its parameters are not those of LeNet-5; missing: fc1.bias [120]; unexpected: 'fc4.bias', 'bad?name', "
        + "'optimizer.exp_avg.conv1.bias'; wrong shape: conv1.weight is [6, 1, 3, 3] and should be [6, 1, 5, 5]",
        rejection(Map.of(), tensors));
  }

  @Test void wrongHeads() throws IOException {
    Map<String, Safetensors.Tensor> tensors = stateDict(LeNet5.create(10, 1));
    tensors.put("fc3.weight", zeros(840));
    assertEquals("its parameters are not those of LeNet-5; wrong shape: fc3.weight is [840] and should be [10, 84]",
        rejection(Map.of(), tensors));
    tensors.put("fc3.weight", zeros(0, 84));
    assertEquals("its parameters are not those of LeNet-5; wrong shape: fc3.weight is [0, 84] and should be [10, 84]",
        rejection(Map.of(), tensors));
    tensors.put("fc3.weight", zeros(7, 84));
    assertEquals("its parameters are not those of LeNet-5; wrong shape: fc3.bias is [10] and should be [7]", rejection(Map.of(), tensors));
    tensors.put("fc3.weight", zeros(Integer.MAX_VALUE, 0));
    assertEquals("its parameters are not those of LeNet-5; wrong shape: fc3.weight is [2147483647, 0] and should be [2147483647, 84], "
        + "fc3.bias is [10] and should be [2147483647]", rejection(Map.of(), tensors), "and nothing of that size is made");
  }

  @Test void aForeignModel() throws IOException {
    Map<String, Safetensors.Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < 30; i++) {
      tensors.put("features." + i + ".weight", zeros(1));
    }
    assertEquals("its parameters are not those of LeNet-5; missing: conv1.weight [6, 1, 5, 5], conv1.bias [6], conv2.weight [16, 6, 5, 5],"
        + " conv2.bias [16], fc1.weight [120, 400], fc1.bias [120], fc2.weight [84, 120], fc2.bias [84], fc3.weight [10, 84], fc3.bias "
        + "[10];"
        + " unexpected: 'features.0.weight', 'features.1.weight', 'features.2.weight', 'features.3.weight', 'features.4.weight', "
        + "'features.5.weight', 'features.6.weight', 'features.7.weight', 'features.8.weight', 'features.9.weight' and 20 more",
        rejection(Map.of(), tensors));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "abc | 1   | mean 'abc' and std '1' must be finite numbers, std above 0",
      "0   | 0   | mean '0' and std '0' must be finite numbers, std above 0",
      "0   | -1  | mean '0' and std '-1' must be finite numbers, std above 0",
      "NaN | 1   | mean 'NaN' and std '1' must be finite numbers, std above 0",
      "0   | 1e99 | mean '0' and std '1e99' must be finite numbers, std above 0",
  })
  void badNormalization(String mean, String std, String reason) throws IOException {
    assertEquals(reason, rejection(Map.of("mean", mean, "std", std), stateDict(LeNet5.create(10, 1))));
  }

  @Test void badNotes() throws IOException {
    Map<String, Safetensors.Tensor> tensors = stateDict(LeNet5.create(10, 1));
    assertEquals("the metadata has only one of mean and std", rejection(Map.of("mean", "0"), tensors));
    assertEquals("the metadata has only one of lenet4j.input and lenet4j.layers", rejection(Map.of("lenet4j.layers", PAIR), tensors));
    assertEquals("its layout has version '2', this lenet4j reads 1; use a newer one", rejection(Map.of("lenet4j.version", "2"), tensors));
    assertEquals("frozen: 'conv1,pool1' does not name layers with parameters of this model",
        rejection(Map.of("lenet4j.frozen", "conv1,pool1"), tensors));
    assertEquals("frozen: '' does not name layers with parameters of this model", rejection(Map.of("lenet4j.frozen", ""), tensors));
    assertEquals(Set.of(), Model.load(write(Map.of("lenet4j.version", "1"), tensors)).frozen());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "[1,28]    | []       | the input must be [channels, height, width]",
      "[1,28,28,1] | []     | the input must be a list of at most 3",
      "[1,28,0]  | []       | a shape needs positive dimensions, got 1x28x0",
      "[1,28,\"28\"] | []   | width must be an integer from 0 to 16777216",
      "[1,28,-1] | []       | width must be an integer from 0 to 16777216",
      "[1,28,99999999] | [] | width must be an integer from 0 to 16777216",
      "[1,16777216,16777216] | [] | shape 1x16777216x16777216 has too many elements",
      "[1,16777216,8] | []  | the input of 1x16777216x8: with it the network has more than 2097152 values",
      "[1,2,1]   | []       | the last layer must be linear",
      "[1,2,1]   | {}       | the layers must be a list of at most 1000",
      "[1,2,1]   | [        | bad JSON: Unexpected end-of-input",
      "[1,2,1]   | ``       | bad JSON: it is empty",
      "[1,2,1]   | [1]      | each layer must be an object",
      "[1,2,1]   | [{}]     | a layer's type must be a short string",
      "[1,2,1]   | [{\"type\":\"lstm\",\"name\":\"a\"}] | unknown layer type 'lstm'; known are conv2d, pool2d, linear and dropout",
      "[1,2,1]   | [{\"type\":\"pool2d\",\"name\":\"a\",\"kind\":\"min\",\"size\":2}] | unknown kind 'min'",
      "[1,2,1]   | [{\"type\":\"pool2d\",\"name\":\"a\",\"kind\":\"max\",\"size\":1.5}] | size must be an integer from 0 to 16777216",
      "[1,2,1]   | [{\"type\":\"pool2d\",\"name\":\"a\",\"kind\":\"max\",\"size\":3}] | layer a: a 3x3 window does not fit into 1x2x1",
      "[1,2,1]   | [{\"type\":\"pool2d\",\"name\":\"a b\",\"kind\":\"max\",\"size\":1}] | a layer name is letters, digits and underscores",
      "[1,2,1]   | [{\"type\":\"dropout\",\"name\":\"a\",\"rate\":1}] | layer a: rate must be in [0, 1), got 1.0",
      "[1,2,1]   | [{\"type\":\"dropout\",\"name\":\"a\",\"rate\":\"0\"}] | a layer's rate must be a number",
      "[1,2,1]   | [{\"type\":\"dropout\",\"name\":\"a\",\"rate\":0,\"x\":1}] | layer a: unknown setting 'x'",
      "[1,2,1]   | [{\"type\":\"dropout\",\"name\":\"a\",\"rate\":0}] | the last layer must be linear",
      "[1,2,1]   | [{\"type\":\"dropout\",\"name\":\"a\",\"rate\":0},"
          + "{\"type\":\"dropout\",\"name\":\"a\",\"rate\":0}] | two layers are named 'a'",
      "[1,2,1]   | [{\"type\":\"linear\",\"name\":\"a\",\"in_features\":3,\"out_features\":1,\"activation\":\"none\"}]"
          + " | layer a: expects 3 features, got 1x2x1 = 2",
      "[1,1024,1024] | [{\"type\":\"conv2d\",\"name\":\"a\",\"in_channels\":1,\"out_channels\":16777216,\"kernel_size\":1,\"padding\":0,"
          + "\"activation\":\"none\"}] | shape 16777216x1024x1024 has too many elements",
      "[1,1,1]   | [{\"type\":\"conv2d\",\"name\":\"a\",\"in_channels\":1,\"out_channels\":1,\"kernel_size\":16777216,\"padding\":16777215,"
          + "\"activation\":\"none\"}] | shape 1x16777216x16777216 has too many elements",
  })
  void brokenLayers(String input, String layers, String reason) throws IOException {
    String got = rejection(Map.of("lenet4j.input", input, "lenet4j.layers", layers), Map.of("fc.weight", zeros(1, 2), "fc.bias", zeros(1)));
    assertTrue(got.startsWith("the description of the layers is broken: " + reason), got);
  }

  @Test void absurdSizesAreComparedBeforeTheyAreMade() throws IOException {
    String huge = "[{\"type\":\"linear\",\"name\":\"fc\",\"in_features\":1048576,\"out_features\":16777216,\"activation\":\"none\"}]";
    assertEquals("the description of the layers is broken: layer fc: with it the network has more than 33554432 parameters, which is beyond"
        + " any for images of digits",
        rejection(Map.of("lenet4j.input", "[1,1024,1024]", "lenet4j.layers", huge), Map.of("fc.weight", zeros(1, 2), "fc.bias", zeros(1))));
    String many = "[" + "{\"type\":\"dropout\",\"name\":\"d\",\"rate\":0},".repeat(1000) + PAIR.substring(1);
    assertEquals("the description of the layers is broken: the layers must be a list of at most 1000",
        rejection(Map.of("lenet4j.input", "[1,2,1]", "lenet4j.layers", many), Map.of("fc.weight", zeros(1, 2), "fc.bias", zeros(1))));
    Model fits = Model.load(write(Map.of("lenet4j.input", "[1,2,1]", "lenet4j.layers", PAIR),
        Map.of("fc.weight", zeros(1, 2), "fc.bias", zeros(1))));
    assertEquals(3, fits.parameterCount());
  }

  @Test void aDivergedModelIsNotSaved() throws IOException {
    Model model = LeNet5.create(10, 1);
    Path file = folder.resolve("m.safetensors");
    model.save(file);
    byte[] old = Files.readAllBytes(file);
    model.parameter("fc2.weight").values()[3] = Float.POSITIVE_INFINITY;
    assertEquals("cannot write " + file + ": tensor 'fc2.weight' holds Infinity at index 3",
        assertThrows(IOException.class, () -> model.save(file)).getMessage());
    assertArrayEquals(old, Files.readAllBytes(file));
  }
}
