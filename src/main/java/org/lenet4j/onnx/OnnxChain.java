package org.lenet4j.onnx;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lenet4j.data.Shape;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.onnx.proto.Onnx.AttributeProto;
import org.lenet4j.onnx.proto.Onnx.GraphProto;
import org.lenet4j.onnx.proto.Onnx.NodeProto;
import org.lenet4j.onnx.proto.Onnx.TensorProto;
import org.lenet4j.onnx.proto.Onnx.ValueInfoProto;

/**
 * ONNX operators as a chain of our layers: each must take what the one before gives, and compute what one of our layers does. The layers
 * get the names of LeNet-5's: conv1, pool1, ..., fc1.
 */
final class OnnxChain {
  private static final int MAX_SIZE = 1 << 20; // of any number
  private static final int MOST_PARAMETERS = 1 << 25; // as of any model: many operators can have the same constant
  /** Of what makes the target of a Reshape; a reshape before a linear layer can only flatten. */
  private static final Set<String> OF_SHAPES = Set.of("Shape", "Gather", "Unsqueeze", "Squeeze", "Concat", "Cast", "Slice");

  private final GraphProto graph;
  private final Map<String, OnnxTensors.Constant> constants = new HashMap<>();
  private final Set<String> shapes = new HashSet<>(); // values that are shapes of others
  private final List<LayerSpec> layers = new ArrayList<>();
  private final Map<String, float[]> parameters = new LinkedHashMap<>();
  private final List<String> remarks = new ArrayList<>();
  private Shape shape;
  private String value; // what the next operator reads
  private boolean flat;
  private boolean ended;
  private int convs;
  private int linears;
  private long numbers; // of all parameters so far

  OnnxChain(GraphProto graph) {
    this.graph = graph;
  }

  /** What was left out, each one line. */
  List<String> remarks() {
    return remarks;
  }

  /**
   * The model.
   *
   * @throws IOException if the graph is not such a chain; the message names the operator that is not of it
   */
  Model model() throws IOException {
    for (TensorProto tensor : graph.getInitializerList()) {
      constants.put(tensor.getName(), OnnxTensors.constant(tensor));
    }
    List<ValueInfoProto> inputs = graph.getInputList().stream().filter(input -> !constants.containsKey(input.getName())).toList();
    if (inputs.size() != 1 || graph.getOutputCount() != 1) {
      throw new IOException("the graph has " + inputs.size() + " inputs and " + graph.getOutputCount() + " outputs; one of each is read");
    }
    shape = inputShape(inputs.get(0));
    Shape input = shape;
    value = inputs.get(0).getName();
    try {
      for (NodeProto node : graph.getNodeList()) {
        add(node);
      }
      if (!value.equals(graph.getOutput(0).getName())) {
        throw new IOException("the graph's output is not what its last operator gives");
      }
      return new Model(input, layers, parameters);
    } catch (IllegalArgumentException e) { // of a layer that does not fit the one before
      throw new IOException("its operators do not fit: " + e.getMessage(), e);
    }
  }

  private Shape inputShape(ValueInfoProto input) throws IOException {
    var dimensions = input.getType().getTensorType().getShape().getDimList();
    int rank = dimensions.size();
    int[] sizes = new int[3];
    if (rank != 4 && rank != 2) {
      throw new IOException("the input " + Json.quote(input.getName()) + " must be (batch, channels, height, width)");
    }
    for (int i = 0; i < rank - 1; i++) {
      long size = dimensions.get(i + 1).getDimValue();
      if (size < 1 || size > MAX_SIZE) {
        throw new IOException("the input " + Json.quote(input.getName()) + " must have fixed channels, height and width");
      }
      sizes[i] = (int) size;
    }
    try {
      flat = rank == 2;
      return rank == 2 ? sizes[0] == 784 ? new Shape(1, 28, 28) : Shape.vector(sizes[0]) : new Shape(sizes[0], sizes[1], sizes[2]);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private void add(NodeProto node) throws IOException {
    String type = node.getOpType();
    if (type.equals("Constant") && node.getOutputCount() == 1) {
      AttributeProto of = attribute(node, "value");
      if (of != null && of.hasT()) {
        constants.put(node.getOutput(0), OnnxTensors.constant(of.getT()));
      }
      return;
    }
    if (OF_SHAPES.contains(type) && (type.equals("Shape") || node.getInputList().stream().anyMatch(shapes::contains))) {
      shapes.add(node.getOutput(0));
      return;
    }
    if (type.equals("Identity") && node.getInputCount() == 1 && constants.containsKey(node.getInput(0))) {
      constants.put(node.getOutput(0), constants.get(node.getInput(0))); // weights that are used twice
      return;
    }
    boolean swapped = type.equals("Add") && node.getInputCount() == 2 && node.getInput(1).equals(value);
    if (node.getInputCount() < 1 || node.getOutputCount() < 1 || !(swapped || node.getInput(0).equals(value))) {
      throw refused(node, "it does not take what the operator before it gives: only a chain is read");
    }
    if (ended) {
      throw refused(node, "it follows a softmax");
    }
    if (!node.getDomain().isEmpty() && !node.getDomain().equals("ai.onnx")) {
      throw refused(node, "it is not one of ONNX's own");
    }
    layer(node, type);
    value = node.getOutput(0);
  }

  private void layer(NodeProto node, String type) throws IOException {
    switch (type) {
      case "Conv" -> conv(node);
      case "MaxPool" -> pool(node, Pool2d.Kind.MAX);
      case "AveragePool" -> pool(node, Pool2d.Kind.AVERAGE);
      case "Relu" -> activation(node, Activation.RELU);
      case "Tanh" -> activation(node, Activation.TANH);
      case "Sigmoid" -> activation(node, Activation.SIGMOID);
      case "Flatten" -> {
        if (integer(node, "axis", 1) != 1) {
          throw refused(node, "its axis is not 1");
        }
        flat = true;
      }
      case "Reshape" -> reshape(node);
      case "Unsqueeze" -> unsqueeze(node);
      case "Gemm" -> gemm(node);
      case "MatMul" -> linear(node, transposed(node, matrix(node, 1)), null);
      case "Add" -> add2(node);
      case "Dropout", "Identity" -> { } // nothing outside training
      case "Softmax", "LogSoftmax" -> {
        remarks.add("left out: " + type + " at the end, for the outputs here are those before it");
        ended = true;
      }
      case "BatchNormalization" -> throw refused(node, "no layer here does it: fold it into the convolution before it");
      default -> throw refused(node, "no layer here does it");
    }
  }

  private static IOException refused(NodeProto node, String why) {
    return new IOException("the operator " + node.getOpType().replaceAll("[^A-Za-z0-9_]", "?")
        + (node.getName().isEmpty() ? "" : " " + Json.quote(node.getName())) + " is not read: " + why);
  }

  private void conv(NodeProto node) throws IOException {
    OnnxTensors.Constant weight = matrix(node, 1);
    if (weight.dims().length != 4 || flat) {
      throw refused(node, "it is not a convolution of images");
    }
    int kernel = weight.dims()[2];
    long padding = padding(node, kernel);
    if (weight.dims()[3] != kernel || padding < 0 || padding >= kernel || integer(node, "group", 1) != 1 || !all(node, "strides", 1)
        || !all(node, "dilations", 1) || !all(node, "kernel_shape", kernel)) {
      throw refused(node, "kernels must be square, steps 1, the padding the same on all sides and less than the kernel, groups 1");
    }
    String name = "conv" + ++convs;
    Conv2d conv = new Conv2d(name, weight.dims()[1], weight.dims()[0], kernel, (int) padding, Activation.NONE);
    parameter(node, name + ".weight", weight.values());
    parameter(node, name + ".bias", bias(node, weight.dims()[0]));
    append(conv);
  }

  private static long padding(NodeProto node, int kernel) {
    AttributeProto pads = attribute(node, "pads");
    AttributeProto automatic = attribute(node, "auto_pad");
    String how = automatic == null ? "NOTSET" : automatic.getS().toStringUtf8();
    if (how.startsWith("SAME")) {
      return kernel % 2 == 1 ? kernel / 2 : -1;
    }
    if (pads == null || how.equals("VALID")) {
      return 0;
    }
    return pads.getIntsCount() == 4 && pads.getIntsList().stream().distinct().count() == 1 ? pads.getInts(0) : -1;
  }

  private void pool(NodeProto node, Pool2d.Kind kind) throws IOException {
    AttributeProto kernel = attribute(node, "kernel_shape");
    long size = kernel == null || kernel.getIntsCount() != 2 ? -1 : kernel.getInts(0);
    AttributeProto automatic = attribute(node, "auto_pad");
    boolean unpadded = all(node, "pads", 0) && (automatic == null || !automatic.getS().toStringUtf8().startsWith("SAME")
        || size > 0 && shape.height() % size == 0 && shape.width() % size == 0);
    boolean whole = integer(node, "ceil_mode", 0) == 0 || size > 0 && shape.height() % size == 0 && shape.width() % size == 0;
    if (size < 1 || size > MAX_SIZE || !all(node, "kernel_shape", size) || size > 1 && attribute(node, "strides") == null
        || !all(node, "strides", size) || !all(node, "dilations", 1) || !unpadded || !whole || node.getOutputCount() != 1 || flat) {
      throw refused(node, "windows must be square, without padding, and must not overlap");
    }
    append(new Pool2d("pool" + (1 + layers.stream().filter(Pool2d.class::isInstance).count()), kind, (int) size));
  }

  /** It belongs to the layer before it; behind a maximum as well, for the largest of what grows is what grows of the largest. */
  private void activation(NodeProto node, Activation activation) throws IOException {
    int last = layers.size() - 1;
    while (last >= 0 && layers.get(last) instanceof Pool2d pool && pool.kind() == Pool2d.Kind.MAX) {
      last--;
    }
    LayerSpec layer = last < 0 ? null : layers.get(last);
    if (layer instanceof Conv2d c && c.activation() == Activation.NONE) {
      layers.set(last, new Conv2d(c.name(), c.inChannels(), c.outChannels(), c.kernelSize(), c.padding(), activation));
    } else if (layer instanceof Linear l && l.activation() == Activation.NONE) {
      layers.set(last, new Linear(l.name(), l.inFeatures(), l.outFeatures(), activation));
    } else {
      throw refused(node, "an activation must follow a convolution, a linear layer or the largest of a convolution's outputs");
    }
  }

  private void reshape(NodeProto node) throws IOException {
    OnnxTensors.Constant target = node.getInputCount() > 1 ? constants.get(node.getInput(1)) : null;
    boolean flattens = node.getInputCount() > 1 && shapes.contains(node.getInput(1));
    if (target != null) {
      float[] sizes = target.values();
      flattens = sizes.length == 2 && (sizes[1] == -1 || sizes[1] == shape.size());
    }
    if (!flattens) {
      throw refused(node, "it does more than to flatten an image");
    }
    flat = true;
  }

  /** Of a vector of n features, (n, 1, 1), as our own files have it. */
  private void unsqueeze(NodeProto node) throws IOException {
    OnnxTensors.Constant axes = node.getInputCount() > 1 ? constants.get(node.getInput(1)) : null;
    if (!flat || axes == null || axes.values().length != 2 || axes.values()[0] != 2 || axes.values()[1] != 3
        || layers.isEmpty() || !(layers.get(layers.size() - 1) instanceof Linear)) {
      throw refused(node, "it does more than to make images of vectors");
    }
    flat = false;
  }

  private void gemm(NodeProto node) throws IOException {
    OnnxTensors.Constant weight = matrix(node, 1);
    AttributeProto alpha = attribute(node, "alpha");
    AttributeProto beta = attribute(node, "beta");
    if (alpha != null && alpha.getF() != 1 || beta != null && beta.getF() != 1 || integer(node, "transA", 0) != 0) {
      throw refused(node, "alpha and beta must be 1, and transA 0");
    }
    OnnxTensors.Constant rows = integer(node, "transB", 0) == 1 ? weight : transposed(node, weight);
    linear(node, rows, rows.dims().length == 2 ? bias(node, rows.dims()[0]) : null);
  }

  private void linear(NodeProto node, OnnxTensors.Constant weight, float[] bias) throws IOException {
    if (weight.dims().length != 2 || !flat && shape.height() * shape.width() > 1) {
      throw refused(node, "it is not a matrix for vectors");
    }
    String name = "fc" + ++linears;
    parameter(node, name + ".weight", weight.values());
    parameter(node, name + ".bias", bias == null ? new float[weight.dims()[0]] : bias);
    append(new Linear(name, weight.dims()[1], weight.dims()[0], Activation.NONE));
    flat = true;
  }

  /** The bias behind a MatMul. */
  private void add2(NodeProto node) throws IOException {
    LayerSpec last = layers.isEmpty() ? null : layers.get(layers.size() - 1);
    float[] bias = last instanceof Linear linear && linear.activation() == Activation.NONE ? parameters.get(linear.name() + ".bias") : null;
    OnnxTensors.Constant added = node.getInputCount() == 2 ? constants.get(node.getInput(node.getInput(0).equals(value) ? 1 : 0)) : null;
    if (bias == null || added == null || added.values().length != bias.length) {
      throw refused(node, "it is not the bias of a matrix product");
    }
    for (int i = 0; i < bias.length; i++) {
      bias[i] += added.values()[i];
    }
  }

  private void append(LayerSpec layer) {
    shape = layer.output(shape);
    layers.add(layer);
  }

  private void parameter(NodeProto node, String name, float[] values) throws IOException {
    numbers += values.length;
    if (numbers > MOST_PARAMETERS) {
      throw refused(node, "with it the network has more than " + MOST_PARAMETERS + " parameters, which is beyond any for images of digits");
    }
    for (float number : values) {
      if (!Float.isFinite(number)) {
        throw refused(node, "its weights hold " + number);
      }
    }
    parameters.put(name, values);
  }

  private OnnxTensors.Constant matrix(NodeProto node, int at) throws IOException {
    OnnxTensors.Constant constant = at < node.getInputCount() ? constants.get(node.getInput(at)) : null;
    if (constant == null) {
      throw refused(node, "its weights are not part of the file");
    }
    return constant;
  }

  private float[] bias(NodeProto node, int outputs) throws IOException {
    if (node.getInputCount() < 3 || node.getInput(2).isEmpty()) {
      return new float[outputs];
    }
    OnnxTensors.Constant bias = matrix(node, 2);
    if (bias.values().length != outputs) {
      throw refused(node, "its bias has " + bias.values().length + " values for " + outputs + " outputs");
    }
    return bias.values();
  }

  private static OnnxTensors.Constant transposed(NodeProto node, OnnxTensors.Constant matrix) throws IOException {
    if (matrix.dims().length != 2) {
      throw refused(node, "it is not a matrix for vectors");
    }
    int rows = matrix.dims()[0];
    int columns = matrix.dims()[1];
    float[] values = new float[matrix.values().length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        values[j * rows + i] = matrix.values()[i * columns + j];
      }
    }
    return new OnnxTensors.Constant(new int[] {columns, rows}, values);
  }

  private static AttributeProto attribute(NodeProto node, String name) {
    return node.getAttributeList().stream().filter(attribute -> attribute.getName().equals(name)).findFirst().orElse(null);
  }

  private static long integer(NodeProto node, String name, long otherwise) {
    AttributeProto attribute = attribute(node, name);
    return attribute == null ? otherwise : attribute.getI();
  }

  private static boolean all(NodeProto node, String name, long wanted) {
    AttributeProto attribute = attribute(node, name);
    return attribute == null || attribute.getIntsList().stream().allMatch(i -> i == wanted);
  }
}
