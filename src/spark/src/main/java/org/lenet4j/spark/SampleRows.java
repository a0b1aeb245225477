package org.lenet4j.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.Iterator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.lenet4j.nn.LeNet5;

/**
 * Makes rows of samples out of rows of a table: pixels and label, or what is wrong with them. Images are decoded here, where the rows lie,
 * before they go to the task that trains.
 *
 * @param pixels how images are read
 * @param before other columns, which stay as they are and come first
 */
record SampleRows(Pixels pixels, int before) implements MapPartitionsFunction<Row, Row>, Serializable {
  static final String PIXELS = "pixels";
  static final String LABEL = "label";

  static Dataset<Row> of(Dataset<?> rows, Columns columns, String... before) {
    Stream<Column> wanted = Stream.concat(Stream.of(before).map(SampleRows::column),
        Stream.of(column(columns.image()), column(columns.label()).cast(DataTypes.DoubleType)));
    StructType schema = new StructType();
    for (int i = 0; i < before.length; i++) {
      schema = schema.add("before" + i, Columns.type(rows.schema(), before[i]));
    }
    SampleRows work = new SampleRows(new Pixels(LeNet5.INPUT, columns.decode()), before.length);
    return rows.toDF().select(wanted.toArray(Column[]::new)).mapPartitions(new Task<>(work), Encoders.row(schema
        .add(PIXELS, DataTypes.BinaryType).add(LABEL, DataTypes.IntegerType).add("fault", DataTypes.StringType)));
  }

  private static Column column(String name) {
    return functions.col("`" + name.replace("`", "``") + "`"); // dots in a name are no fields of a structure
  }

  @Override public Iterator<Row> call(Iterator<Row> rows) {
    return new Each<>(rows, this::sample);
  }

  private Row sample(Row row) {
    Object[] values = IntStream.range(0, before + 3).mapToObj(i -> i < before ? row.get(i) : null).toArray();
    try {
      values[before] = pixels.of(row.getAs(before));
      values[before + 1] = label(row.getAs(before + 1));
    } catch (IOException e) {
      values[before] = null;
      values[before + 2] = e.getMessage();
    }
    return RowFactory.create(values);
  }

  private static int label(Double label) throws IOException {
    if (label == null || label < 0 || label != Math.rint(label) || label > Short.MAX_VALUE) { // more classes than any net has
      throw new IOException("the label is " + label + "; a class is a whole number from 0");
    }
    return label.intValue();
  }
}
