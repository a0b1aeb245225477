package org.lenet4j.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;

/** Images of digits and tables of them: MNIST where LENET4J_DATA says where it is, else digits that are drawn. */
final class Digits {
  static final StructType SCHEMA = new StructType().add("id", DataTypes.IntegerType).add("image", DataTypes.BinaryType)
      .add("label", DataTypes.IntegerType);

  private Digits() {}

  static org.lenet4j.data.Dataset test() {
    return real() == null ? SyntheticDigits.create(10_000, 7) : real().test();
  }

  static org.lenet4j.data.Dataset train(int count) {
    return real() == null ? SyntheticDigits.create(count, 8) : real().train().head(count);
  }

  private static Splits real() {
    String data = System.getenv("LENET4J_DATA");
    try {
      return data == null ? null : Splits.open(data + "/mnist");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<Row> list(org.lenet4j.data.Dataset data) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < data.size(); i++) {
      rows.add(RowFactory.create(i, data.image(i), data.labels()[i]));
    }
    return rows;
  }

  static Dataset<Row> rows(SparkSession spark, org.lenet4j.data.Dataset data, int partitions) {
    return spark.createDataFrame(list(data), SCHEMA).repartition(partitions);
  }
}
