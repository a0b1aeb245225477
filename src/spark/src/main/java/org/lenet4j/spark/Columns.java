package org.lenet4j.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;
import org.lenet4j.nn.LeNet5;

/**
 * Where images and labels stand in a table.
 *
 * @param image  a binary column: of each image the pixels as the model takes them, 784 unsigned bytes for 1x28x28, or the file of an image
 * @param label  a column of whole numbers from 0, of any numeric type
 * @param decode whether images are files, PNG, JPEG and the other formats of {@link org.lenet4j.data.ImageFile}; they are read and
 *               prepared as {@code lenet4j predict} does it, by {@link org.lenet4j.data.Preprocess}
 */
public record Columns(String image, String label, boolean decode) {
  /** {@code image} with pixels and {@code label}. */
  public Columns() {
    this("image", "label", false);
  }

  /**
   * All rows as a data set on the driver: sorted, so that it is the same whatever the partitions were.
   *
   * @param rows    a table with these columns
   * @param classes how many there are; 0 for one more than the largest label
   * @throws IllegalArgumentException if columns are missing or of another type, or a row cannot be used; the message says which
   */
  public org.lenet4j.data.Dataset collect(Dataset<?> rows, int classes) {
    Samples samples = new Samples(LeNet5.INPUT);
    rows(rows).collectAsList().forEach(row -> samples.add(row, 0));
    samples.checkFaults();
    return samples.sorted(classes);
  }

  /** Each row as {@link Samples} wants it, behind other columns. */
  Dataset<Row> rows(Dataset<?> rows, String... before) {
    check(rows.schema());
    return SampleRows.of(rows, this, before);
  }

  /** Throws if there are no such columns, or they are of the wrong types. */
  void check(StructType schema) {
    checkImage(schema, image, decode);
    DataType type = type(schema, label);
    if (!(type instanceof NumericType)) {
      throw new IllegalArgumentException("the labels in column '" + label + "' are " + type.simpleString()
          + "; whole numbers from 0 are wanted, as Spark's StringIndexer makes them of words");
    }
  }

  static void checkImage(StructType schema, String column, boolean decode) {
    DataType type = type(schema, column);
    if (!(type instanceof BinaryType)) {
      throw new IllegalArgumentException("the images in column '" + column + "' are " + type.simpleString() + "; binary is wanted, "
          + (decode ? "the file of an image in each row, as Spark's binaryFile reads them" : "the pixels of an image in each row"));
    }
  }

  static DataType type(StructType schema, String column) {
    List<String> names = new ArrayList<>(List.of(schema.fieldNames()));
    int index = names.indexOf(column);
    if (index < 0) {
      throw new IllegalArgumentException("there is no column '" + column + "'; the table has " + String.join(", ", names));
    }
    return schema.apply(index).dataType();
  }
}
