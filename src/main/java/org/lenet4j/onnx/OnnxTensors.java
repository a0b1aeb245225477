package org.lenet4j.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.lenet4j.file.Json;
import org.lenet4j.onnx.proto.Onnx.TensorProto;

/** The constants of an ONNX file as float32. */
final class OnnxTensors {
  private OnnxTensors() {}

  /** A constant. */
  record Constant(int[] dims, float[] values) {}

  /** Reads one; its values must lie in the file. */
  static Constant constant(TensorProto tensor) throws IOException {
    String name = "the constant " + Json.quote(tensor.getName());
    int[] dims = new int[tensor.getDimsCount()];
    long size = 1;
    for (int i = 0; i < dims.length; i++) {
      long dimension = tensor.getDims(i);
      if (dimension < 0 || dimension > Integer.MAX_VALUE) {
        throw new IOException(name + " has the dimension " + dimension);
      }
      dims[i] = (int) dimension;
      size = Math.min(size * dimension, 1L << 31);
    }
    if (tensor.getDataLocation() != 0) {
      throw new IOException(name + " lies in another file: save the model in one file");
    }
    float[] values = values(name, tensor);
    if (values.length != size) {
      throw new IOException(name + " has " + values.length + " values, its dimensions are for others: the file is cut off or damaged");
    }
    return new Constant(dims, values);
  }

  private static float[] values(String name, TensorProto tensor) throws IOException {
    ByteBuffer raw = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    boolean bytes = raw.hasRemaining();
    switch (tensor.getDataType()) {
      case TensorProto.DataType.FLOAT_VALUE -> {
        float[] values = new float[bytes ? raw.remaining() / Float.BYTES : tensor.getFloatDataCount()];
        for (int i = 0; i < values.length; i++) {
          values[i] = bytes ? raw.getFloat() : tensor.getFloatData(i);
        }
        return values;
      }
      case TensorProto.DataType.DOUBLE_VALUE -> {
        float[] values = new float[bytes ? raw.remaining() / Double.BYTES : tensor.getDoubleDataCount()];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) (bytes ? raw.getDouble() : tensor.getDoubleData(i));
        }
        return values;
      }
      case TensorProto.DataType.INT64_VALUE -> {
        float[] values = new float[bytes ? raw.remaining() / Long.BYTES : tensor.getInt64DataCount()];
        for (int i = 0; i < values.length; i++) {
          values[i] = bytes ? raw.getLong() : tensor.getInt64Data(i);
        }
        return values;
      }
      default -> throw new IOException(name + " is of the type " + tensor.getDataType() + ", and only float, double and int64 are read");
    }
  }
}
