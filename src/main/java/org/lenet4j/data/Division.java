package org.lenet4j.data;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.lenet4j.random.Philox;

/** Which samples of a data set go into which part of it. */
final class Division {
  private Division() {}

  /** As {@link Dataset#ofClasses} says. */
  static int[] ofClasses(Dataset data, int... wanted) {
    checkLabelled(data);
    for (int label : wanted) {
      if (label < 0 || label >= data.classes()) {
        throw new IllegalArgumentException("there is no class " + label + "; the data has 0 to " + (data.classes() - 1));
      }
    }
    int[] labels = data.labels();
    int[] kept = IntStream.range(0, labels.length).filter(i -> IntStream.of(wanted).anyMatch(label -> label == labels[i])).toArray();
    if (kept.length == 0) {
      throw new IllegalArgumentException("the data has no images of the classes " + Arrays.toString(wanted));
    }
    return kept;
  }

  private static void checkLabelled(Dataset data) {
    if (data.isRegression()) {
      throw new IllegalArgumentException("the data set has real-valued targets, and no classes to choose from");
    }
  }

  /** Throws unless each class that has any samples has so many: {@link Dataset#perClass} says it. */
  static void checkPerClass(Dataset data, int count) {
    checkLabelled(data);
    int[] counts = data.counts();
    for (int label = 0; label < counts.length; label++) {
      if (counts[label] > 0 && counts[label] < count) {
        throw new IllegalArgumentException("cannot choose " + count + " images per class: class " + label + " has only " + counts[label]);
      }
    }
  }

  /** As {@link Dataset#atMost} says. */
  static int[] atMost(Dataset data, int count, long seed) {
    checkLabelled(data);
    if (count < 1) {
      throw new IllegalArgumentException("the number of images per class must be at least 1, got " + count);
    }
    int[] labels = data.labels();
    int[] left = new int[data.classes()];
    Arrays.fill(left, count);
    return IntStream.of(Batches.shuffle(labels.length, seed, Philox.SPLIT, 2)).filter(i -> left[labels[i]]-- > 0).sorted().toArray();
  }

  /** As {@link Dataset#holdOut(double, long)} says. */
  static Splits holdOut(Dataset data, double share, long seed) {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException("the share to hold out must be above 0 and below 1, got " + share);
    }
    int[] counts = counts(data);
    int[] left = IntStream.of(counts).map(n -> (int) Math.min(Math.round(share * n), Math.max(0, n - 1))).toArray();
    long[] ranks = SampleHash.of(data);
    Arrays.setAll(ranks, i -> SampleHash.mix(ranks[i] ^ SampleHash.mix(seed)));
    int[] held = lowest(data, counts, left, ranks);
    if (held.length == 0) {
      throw new IllegalArgumentException("a share of " + share + " of " + data.size() + " images holds out none; choose a larger share");
    }
    return new Splits(data.without(held), data.subset(held));
  }

  private static int[] counts(Dataset data) {
    return data.isRegression() ? new int[] {data.size()} : data.counts();
  }

  private static int label(Dataset data, int sample) {
    return data.isRegression() ? 0 : data.labels()[sample];
  }

  /** The {@code left[label]} samples of each class that have the lowest ranks, the first ones of equal ones; in their order. */
  private static int[] lowest(Dataset data, int[] counts, int[] left, long[] ranks) {
    long[] sorted = new long[ranks.length]; // class by class
    int[] ends = new int[counts.length];
    for (int label = 1; label < ends.length; label++) {
      ends[label] = ends[label - 1] + counts[label - 1];
    }
    for (int i = 0; i < ranks.length; i++) {
      sorted[ends[label(data, i)]++] = ranks[i];
    }
    long[] last = new long[counts.length]; // the highest rank that is chosen of each class
    int[] ties = new int[counts.length]; // how many that have it
    for (int label = 0; label < ends.length; label++) {
      int from = ends[label] - counts[label];
      Arrays.sort(sorted, from, ends[label]);
      for (int i = from; i < from + left[label]; i++) {
        ties[label] = i > from && sorted[i] == last[label] ? ties[label] + 1 : 1;
        last[label] = sorted[i];
      }
    }
    return IntStream.range(0, ranks.length).filter(i -> {
      int label = label(data, i);
      return left[label] > 0 && (ranks[i] < last[label] || ranks[i] == last[label] && ties[label]-- > 0);
    }).toArray();
  }

  /** As {@link Dataset#folds} says. */
  static List<Splits> folds(Dataset data, int count, long seed) {
    if (count < 2 || count > data.size()) {
      throw new IllegalArgumentException("cannot cut " + data.size() + " samples into " + count + " parts for cross-validation");
    }
    int[] order = Batches.shuffle(data.size(), seed, Philox.SPLIT, 4);
    int[] part = new int[data.size()];
    int next = 0;
    int classes = data.isRegression() ? 1 : data.classes();
    for (int label = 0; label < classes; label++) { // one class after another, so that each is spread evenly
      for (int i : order) {
        if (label(data, i) == label) {
          part[i] = next++ % count;
        }
      }
    }
    return IntStream.range(0, count).mapToObj(fold -> {
      int[] held = IntStream.range(0, data.size()).filter(i -> part[i] == fold).toArray();
      return new Splits(data.without(held), data.subset(held));
    }).toList();
  }
}
