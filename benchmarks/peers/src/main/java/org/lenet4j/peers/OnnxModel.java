package org.lenet4j.peers;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * LeNet-5 as an ONNX file (opset 13): bytes in, logits out.
 *
 * <p>Field numbers are those of <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>.
 */
final class OnnxModel {
  private static final int FLOAT = 1; // TensorProto.DataType
  private static final int UINT8 = 2;
  private static final int INT_ATTRIBUTE = 2; // AttributeProto.AttributeType
  private static final int INTS_ATTRIBUTE = 7;

  private final Message graph = new Message();

  /** The model of a fixed batch: input {@code pixels} (batch, 1, 28, 28) uint8, output {@code logits} (batch, 10). */
  static byte[] of(PlainLeNet net, int batch) {
    OnnxModel model = new OnnxModel();
    model.node("Cast", "bytes", attribute("to", FLOAT), "pixels");
    model.initializer("scale", new float[] {1f / 255}, 1);
    model.node("Mul", "x", null, "bytes", "scale");
    model.conv("conv1", "x", net.conv1Weight, net.conv1Bias, 1, 2);
    model.conv("conv2", "conv1", net.conv2Weight, net.conv2Bias, 6, 0);
    model.node("Flatten", "flat", attribute("axis", 1), "conv2");
    model.linear("fc1", "flat", net.fc1Weight, net.fc1Bias);
    model.node("Relu", "relu1", null, "fc1");
    model.linear("fc2", "relu1", net.fc2Weight, net.fc2Bias);
    model.node("Relu", "relu2", null, "fc2");
    model.linear("logits", "relu2", net.fc3Weight, net.fc3Bias);
    model.graph.string(2, "LeNet-5");
    model.graph.message(11, value("pixels", UINT8, batch, 1, 28, 28));
    model.graph.message(12, value("logits", FLOAT, batch, Mnist.CLASSES));

    return new Message()
        .integer(1, 7) // ir_version, that of opset 13
        .message(7, model.graph)
        .message(8, new Message().string(1, "").integer(2, 13)) // opset_import
        .bytes();
  }

  /** Convolution 5x5, ReLU, max-pool 2: ReLU first, as ONNX Runtime fuses it into the convolution. */
  private void conv(String name, String input, float[] weight, float[] bias, int inChannels, int padding) {
    initializer(name + ".weight", weight, bias.length, inChannels, 5, 5);
    initializer(name + ".bias", bias, bias.length);
    node("Conv", name + ".y", attribute("pads", padding, padding, padding, padding),
        input, name + ".weight", name + ".bias");
    node("Relu", name + ".relu", null, name + ".y");
    graph.message(1, nodeOf("MaxPool", name, name + ".relu")
        .message(5, attribute("kernel_shape", 2, 2))
        .message(5, attribute("strides", 2, 2)));
  }

  private void linear(String name, String input, float[] weight, float[] bias) {
    initializer(name + ".weight", weight, bias.length, weight.length / bias.length);
    initializer(name + ".bias", bias, bias.length);
    node("Gemm", name, attribute("transB", 1), input, name + ".weight", name + ".bias");
  }

  private void node(String type, String output, Message attribute, String... inputs) {
    Message node = nodeOf(type, output, inputs);
    if (attribute != null) {
      node.message(5, attribute);
    }
    graph.message(1, node);
  }

  private static Message nodeOf(String type, String output, String... inputs) {
    Message node = new Message();
    for (String input : inputs) {
      node.string(1, input);
    }
    return node.string(2, output).string(3, output).string(4, type);
  }

  private static Message attribute(String name, int value) {
    return new Message().string(1, name).integer(3, value).integer(20, INT_ATTRIBUTE);
  }

  private static Message attribute(String name, int first, int... more) {
    Message attribute = new Message().string(1, name).integer(8, first);
    for (int value : more) {
      attribute.integer(8, value);
    }
    return attribute.integer(20, INTS_ATTRIBUTE);
  }

  private void initializer(String name, float[] values, int... shape) {
    Message tensor = new Message();
    for (int dimension : shape) {
      tensor.integer(1, dimension);
    }
    ByteBuffer raw = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    graph.message(5, tensor.integer(2, FLOAT).string(8, name).bytes(9, raw.array()));
  }

  private static Message value(String name, int type, int... shape) {
    Message dimensions = new Message();
    for (int dimension : shape) {
      dimensions.message(1, new Message().integer(1, dimension));
    }
    Message tensorType = new Message().integer(1, type).message(2, dimensions);
    return new Message().string(1, name).message(2, new Message().message(1, tensorType));
  }

  /** A protobuf message under construction. */
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

    Message integer(int field, long value) {
      return write(() -> out.writeInt64(field, value));
    }

    Message string(int field, String value) {
      return write(() -> out.writeString(field, value));
    }

    Message bytes(int field, byte[] value) {
      return write(() -> out.writeBytes(field, ByteString.copyFrom(value)));
    }

    Message message(int field, Message value) {
      return bytes(field, value.bytes());
    }

    byte[] bytes() {
      write(out::flush);
      return bytes.toByteArray();
    }

    private Message write(Write write) {
      try {
        write.run();
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException(e); // writing to memory
      }
    }

    private interface Write {
      void run() throws IOException;
    }
  }
}
