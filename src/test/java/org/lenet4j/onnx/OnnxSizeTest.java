package org.lenet4j.onnx;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.onnx.proto.Onnx.GraphProto;
import org.lenet4j.onnx.proto.Onnx.ModelProto;
import org.lenet4j.onnx.proto.Onnx.NodeProto;
import org.lenet4j.onnx.proto.Onnx.TensorProto;
import org.lenet4j.onnx.proto.Onnx.TensorShapeProto;
import org.lenet4j.onnx.proto.Onnx.TypeProto;
import org.lenet4j.onnx.proto.Onnx.ValueInfoProto;

/** A graph may use a constant many times: what that comes to is bounded, not only what lies in the file. */
class OnnxSizeTest {
  @TempDir Path folder;

  @Test void oneConstantInManyLayers() throws IOException {
    int size = 784;
    GraphProto.Builder graph = GraphProto.newBuilder();
    graph.addInitializer(TensorProto.newBuilder().setName("w").addDims(size).addDims(size).setDataType(TensorProto.DataType.FLOAT_VALUE)
        .setRawData(ByteString.copyFrom(new byte[4 * size * size])));
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (int dimension : new int[] {1, 1, 28, 28}) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dimension));
    }
    graph.addInput(ValueInfoProto.newBuilder().setName("x").setType(TypeProto.newBuilder().setTensorType(
        TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT_VALUE).setShape(shape))));
    graph.addNode(NodeProto.newBuilder().setOpType("Flatten").addInput("x").addOutput("v0"));
    for (int i = 0; i < 2000; i++) { // 5 GB of parameters
      graph.addNode(NodeProto.newBuilder().setOpType("MatMul").addInput("v" + i).addInput("w").addOutput("v" + (i + 1)));
    }
    graph.addOutput(ValueInfoProto.newBuilder().setName("v2000"));
    Path file = Files.write(folder.resolve("m.onnx"), ModelProto.newBuilder().setIrVersion(8).setGraph(graph).build().toByteArray());
    String message = assertThrows(IOException.class, () -> OnnxFile.load(file)).getMessage();
    assertTrue(message.startsWith(file + ": ") && message.contains("more than 33554432 parameters"), message);
  }
}
