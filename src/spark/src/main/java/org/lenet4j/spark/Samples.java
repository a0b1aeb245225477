package org.lenet4j.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.Row;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Shape;

/** Samples on their way from rows into a data set. */
final class Samples {
  private record Sample(byte[] pixels, int label) {}

  private final Shape shape;
  private final List<Sample> samples = new ArrayList<>();
  private int faults;
  private String firstFault; // the first in the order of the words: rows come in any order

  Samples(Shape shape) {
    this.shape = shape;
  }

  /** A row of {@link SampleRows}, of which these columns come first. */
  void add(Row row, int before) {
    if (row.isNullAt(before + 2)) {
      samples.add(new Sample(row.getAs(before), row.getInt(before + 1)));
    } else {
      String fault = row.getString(before + 2);
      faults++;
      firstFault = firstFault == null || fault.compareTo(firstFault) < 0 ? fault : firstFault;
    }
  }

  int size() {
    return samples.size();
  }

  /** How many rows could not be used. */
  int faults() {
    return faults;
  }

  /** Throws if a row could not be used. */
  void checkFaults() {
    if (faults > 0) {
      throw new IllegalArgumentException((faults == 1 ? "1 image cannot be used: "
          : faults + " images cannot be used, one of them because ") + firstFault);
    }
  }

  /**
   * The samples in the order of their bytes. A shuffle brings rows in any order, and the order decides which image comes in which batch.
   *
   * @param classes how many there are; 0 for one more than the largest label
   */
  Dataset sorted(int classes) {
    if (samples.isEmpty()) {
      throw new IllegalArgumentException(faults == 0 ? "there are no images" : "there is no image that can be used");
    }
    int most = Integer.MAX_VALUE / shape.size();
    if (samples.size() > most) {
      throw new IllegalArgumentException(samples.size() + " images are more than a data set can have; at most " + most);
    }
    samples.sort(Comparator.comparing(Sample::pixels, Arrays::compareUnsigned).thenComparingInt(Sample::label));
    byte[] images = new byte[samples.size() * shape.size()];
    int[] labels = new int[samples.size()];
    int largest = 0;
    for (int i = 0; i < labels.length; i++) {
      System.arraycopy(samples.get(i).pixels, 0, images, i * shape.size(), shape.size());
      labels[i] = samples.get(i).label;
      largest = Math.max(largest, labels[i]);
    }
    return new Dataset(shape, images, labels, classes == 0 ? largest + 1 : classes);
  }
}
