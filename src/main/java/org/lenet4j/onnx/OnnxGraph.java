package org.lenet4j.onnx;

import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.onnx.proto.Onnx.AttributeProto;
import org.lenet4j.onnx.proto.Onnx.GraphProto;
import org.lenet4j.onnx.proto.Onnx.ModelProto;
import org.lenet4j.onnx.proto.Onnx.NodeProto;
import org.lenet4j.onnx.proto.Onnx.OperatorSetIdProto;
import org.lenet4j.onnx.proto.Onnx.StringStringEntryProto;
import org.lenet4j.onnx.proto.Onnx.TensorProto;
import org.lenet4j.onnx.proto.Onnx.TensorShapeProto;
import org.lenet4j.onnx.proto.Onnx.TensorShapeProto.Dimension;
import org.lenet4j.onnx.proto.Onnx.TypeProto;
import org.lenet4j.onnx.proto.Onnx.ValueInfoProto;

/**
 * A chain of layers as ONNX operators. Everything that a layer makes has its name and a dot in its own, so none can be called as the input
 * or the output.
 */
final class OnnxGraph {
  private static final int IR_VERSION = 7; // that of opset 13
  private static final String AXES = ".axes";

  private final Model model;
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("model");
  private String value = OnnxFile.INPUT; // what the next node reads
  private boolean flat; // whether it is (batch, features), not (batch, channels, height, width)

  OnnxGraph(Model model) {
    this.model = model;
  }

  byte[] toBytes(Map<String, String> notes) {
    var input = model.input();
    graph.addInput(info(OnnxFile.INPUT, OnnxFile.preprocessing(model), input.channels(), input.height(), input.width()));
    model.layers().forEach(this::add);
    graph.getNodeBuilder(graph.getNodeCount() - 1).setOutput(0, OnnxFile.OUTPUT); // the last layer is linear, so there is one
    graph.addOutput(info(OnnxFile.OUTPUT, "before softmax or sigmoid", model.outputSize()));
    for (Parameter parameter : model.parameters()) {
      graph.addInitializer(tensor(parameter));
    }
    ModelProto.Builder file = ModelProto.newBuilder().setIrVersion(IR_VERSION).setProducerName("lenet4j").setGraph(graph)
        .setDocString(OnnxFile.preprocessing(model)).addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OnnxFile.OPSET));
    notes.forEach((key, text) -> file.addMetadataProps(StringStringEntryProto.newBuilder().setKey(key).setValue(text)));
    return file.build().toByteArray();
  }

  private void add(LayerSpec layer) {
    if (layer instanceof Conv2d conv) {
      unflatten(conv.name());
      long p = conv.padding();
      node("Conv", conv.name(), parameters(conv.name()), ints("kernel_shape", conv.kernelSize(), conv.kernelSize()),
          ints("pads", p, p, p, p));
      activation(conv.name(), conv.activation());
    } else if (layer instanceof Pool2d pool) {
      unflatten(pool.name());
      String type = pool.kind() == Pool2d.Kind.MAX ? "MaxPool" : "AveragePool";
      node(type, pool.name(), List.of(), ints("kernel_shape", pool.size(), pool.size()), ints("strides", pool.size(), pool.size()));
    } else if (layer instanceof Linear linear) {
      if (!flat) {
        node("Flatten", linear.name(), List.of(), integer("axis", 1));
        flat = true;
      }
      node("Gemm", linear.name(), parameters(linear.name()), integer("transB", 1)); // the weights are (out, in)
      activation(linear.name(), linear.activation());
    } else if (!(layer instanceof Dropout)) { // which does nothing outside training
      throw new IllegalStateException("no ONNX operator for " + layer);
    }
  }

  private void activation(String layer, Activation activation) {
    switch (activation) {
      case RELU -> node("Relu", layer, List.of());
      case TANH -> node("Tanh", layer, List.of());
      case SIGMOID -> node("Sigmoid", layer, List.of());
      case NONE -> { }
    }
  }

  /** A vector of n features is (n, 1, 1) to our layers. */
  private void unflatten(String layer) {
    if (flat) {
      graph.addInitializer(TensorProto.newBuilder().setName(layer + AXES).setDataType(TensorProto.DataType.INT64_VALUE).addDims(2)
          .addInt64Data(2).addInt64Data(3));
      node("Unsqueeze", layer, List.of(layer + AXES));
      flat = false;
    }
  }

  private static List<String> parameters(String layer) {
    return List.of(layer + ".weight", layer + ".bias");
  }

  private void node(String type, String layer, List<String> moreInputs, AttributeProto... attributes) {
    String name = layer + "." + type;
    graph.addNode(NodeProto.newBuilder().setOpType(type).setName(name).addInput(value).addAllInput(moreInputs).addOutput(name)
        .addAllAttribute(List.of(attributes)));
    value = name;
  }

  private static AttributeProto integer(String name, long i) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INT).setI(i).build();
  }

  private static AttributeProto ints(String name, long... values) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS)
        .addAllInts(LongStream.of(values).boxed().toList()).build();
  }

  private static TensorProto tensor(Parameter parameter) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(parameter.values().length, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(parameter.values());
    return TensorProto.newBuilder().setName(parameter.name()).setDataType(TensorProto.DataType.FLOAT_VALUE)
        .addAllDims(parameter.shape().stream().map(Integer::longValue).toList()).setRawData(UnsafeByteOperations.unsafeWrap(bytes)).build();
  }

  private static ValueInfoProto info(String name, String text, int... shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder().addDim(Dimension.newBuilder().setDimParam("batch"));
    for (int size : shape) {
      dimensions.addDim(Dimension.newBuilder().setDimValue(size));
    }
    TypeProto.Tensor tensor = TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT_VALUE).setShape(dimensions).build();
    return ValueInfoProto.newBuilder().setName(name).setType(TypeProto.newBuilder().setTensorType(tensor)).setDocString(text).build();
  }
}
