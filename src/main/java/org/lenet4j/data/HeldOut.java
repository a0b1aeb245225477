package org.lenet4j.data;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The test set of data that has none: about a fifth of the images, chosen by what is in each of them and by nothing else. So it is the
 * same in every command, for every seed, in every copy of a folder; adding or taking away an image moves no other one between training and
 * test set; and copies of one picture are on the same side, in one folder or in two.
 *
 * <p>A class of fewer than five images is trained on as a whole, and of every class at least one image is; there alone the next image that
 * is added can move another.
 */
final class HeldOut {
  private static final int FIFTH = 5;

  private HeldOut() {}

  /** The two parts; there is no test set if nothing is held out. */
  static Splits split(Dataset data, List<String> names) {
    long[] hashes = SampleHash.of(data);
    int[] counts = data.counts();
    int[] left = counts.clone(); // in the training set
    boolean[] chosen = new boolean[hashes.length];
    for (int i = 0; i < hashes.length; i++) {
      int label = data.labels()[i];
      // by the remainder, for Seen chooses by the first bits
      chosen[i] = counts[label] >= FIFTH && Long.remainderUnsigned(hashes[i], FIFTH) == 0;
      left[label] -= chosen[i] ? 1 : 0;
    }
    for (int label = 0; label < left.length; label++) {
      if (left[label] == 0 && counts[label] > 0) {
        chosen[smallest(hashes, data.labels(), label)] = false;
      }
    }
    int[] held = IntStream.range(0, hashes.length).filter(i -> chosen[i]).toArray();
    return new Splits(data.without(held), held.length == 0 ? null : data.subset(held), names);
  }

  private static int smallest(long[] hashes, int[] labels, int label) {
    return IntStream.range(0, hashes.length).filter(i -> labels[i] == label).boxed()
        .min((a, b) -> Long.compareUnsigned(hashes[a], hashes[b])).orElseThrow();
  }
}
