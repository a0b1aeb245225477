package org.lenet4j.spark;

import java.io.IOException;
import java.io.Serializable;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.lenet4j.nn.LeNet5;

/** Files of images as pixels. That takes fifty times as long as reading the digit, so it pays to do it once and to write the pixels. */
public final class Images {
  private record Decode(Pixels pixels) implements UDF1<byte[], byte[]>, Serializable {
    @Override public byte[] call(byte[] file) {
      try {
        return pixels.of(file);
      } catch (IOException e) {
        return null;
      }
    }
  }

  private Images() {}

  /** From a binary column of files to one of 784 pixels, as {@link Columns} says; null where a file cannot be read. */
  public static UserDefinedFunction pixels() {
    return functions.udf(new Decode(new Pixels(LeNet5.INPUT, true)), DataTypes.BinaryType);
  }
}
