package org.lenet4j.data;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.lenet4j.random.Philox;

/** Parts of a classification data set, chosen by class. All keep the numbers of labels and classes and the order of the samples. */
public final class Subsets {
  private Subsets() {}

  /**
   * A few samples of each class: few-shot learning.
   *
   * @param count of each class that has any
   * @param seed  chooses them
   * @throws IllegalArgumentException if the count is below 1 or a class has some, but fewer; the message names it
   */
  public static Dataset perClass(Dataset data, int count, long seed) {
    int[] counts = labelled(data).counts();
    for (int label = 0; label < counts.length; label++) {
      if (counts[label] > 0 && counts[label] < count) {
        throw new IllegalArgumentException("cannot choose " + count + " images per class: class " + label + " has only " + counts[label]);
      }
    }
    return atMost(data, count, seed);
  }

  /**
   * As {@link #perClass}, with all samples of a class that has fewer.
   *
   * @throws IllegalArgumentException if the count is below 1
   */
  public static Dataset atMost(Dataset data, int count, long seed) {
    if (count < 1) {
      throw new IllegalArgumentException("the number of images per class must be at least 1, got " + count);
    }
    int[] left = new int[labelled(data).classes()];
    Arrays.fill(left, count);
    return data.subset(chosen(data, left, seed, 2));
  }

  /**
   * The samples of some classes.
   *
   * @throws IllegalArgumentException if none is of them, or one of them is no class of the data
   */
  public static Dataset ofClasses(Dataset data, int... labels) {
    for (int label : labels) {
      if (label < 0 || label >= labelled(data).classes()) {
        throw new IllegalArgumentException("there is no class " + label + "; the data has 0 to " + (data.classes() - 1));
      }
    }
    int[] kept = IntStream.range(0, data.size()).filter(i -> IntStream.of(labels).anyMatch(label -> label == data.labels()[i])).toArray();
    if (kept.length == 0) {
      throw new IllegalArgumentException("the data has no images of the classes " + Arrays.toString(labels));
    }
    return data.subset(kept);
  }

  /**
   * Training and validation parts. Of each class the second gets a share, rounded, but leaves at least one sample to the first; real-valued
   * targets are treated as one class.
   *
   * @param share of the validation part, in (0, 1)
   * @throws IllegalArgumentException if the share is not in (0, 1) or gives the validation part no sample
   */
  public static Dataset.Split split(Dataset data, double share, long seed) {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException("the validation share must be above 0 and below 1, got " + share);
    }
    int[] counts = data.isRegression() ? new int[] {data.size()} : data.counts();
    int[] left = IntStream.of(counts).map(n -> (int) Math.min(Math.round(share * n), Math.max(0, n - 1))).toArray();
    int[] held = chosen(data, left, seed, 3);
    if (held.length == 0) {
      throw new IllegalArgumentException("a share of " + share + " of " + data.size() + " images leaves none to validate with; choose a"
          + " larger share");
    }
    boolean[] isHeld = new boolean[data.size()];
    IntStream.of(held).forEach(i -> isHeld[i] = true);
    return new Dataset.Split(data.subset(IntStream.range(0, data.size()).filter(i -> !isHeld[i]).toArray()), data.subset(held));
  }

  /** The first {@code left[label]} samples of each class in a shuffled order, sorted; {@code left} is used up. */
  private static int[] chosen(Dataset data, int[] left, long seed, int stream) {
    return IntStream.of(Batches.shuffle(data.size(), seed, Philox.SPLIT, stream))
        .filter(i -> left[data.isRegression() ? 0 : data.labels()[i]]-- > 0).sorted().toArray();
  }

  private static Dataset labelled(Dataset data) {
    if (data.isRegression()) {
      throw new IllegalArgumentException("the data set has real-valued targets, and no classes to choose from");
    }
    return data;
  }
}
