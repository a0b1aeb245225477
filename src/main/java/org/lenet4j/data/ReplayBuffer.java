package org.lenet4j.data;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.random.Philox;

/**
 * A bounded memory of what was learned before: at most so many samples of each class, each sample of a class that was ever added with
 * the same chance to be among them (reservoir sampling: J. Vitter, "Random sampling with a reservoir", ACM TOMS 11(1), 1985). The same
 * seed and the same samples in the same order give the same memory.
 */
public final class ReplayBuffer {
  private final int perClass;
  private final long seed;
  private final List<List<byte[]>> kept = new ArrayList<>(); // (classes, at most perClass, image)
  private final List<Integer> seen = new ArrayList<>(); // (classes)
  private Shape shape; // null while empty

  /**
   * An empty buffer.
   *
   * @param perClass the most samples of one class
   * @param seed     chooses them
   */
  public ReplayBuffer(int perClass, long seed) {
    if (perClass < 1) {
      throw new IllegalArgumentException("a replay buffer needs room for at least 1 sample per class, got " + perClass);
    }
    this.perClass = perClass;
    this.seed = seed;
  }

  /**
   * Remembers samples; their images are copied.
   *
   * @throws IllegalArgumentException if the images have another shape than those before, or there are no labels
   */
  public ReplayBuffer add(Dataset data) {
    if (data.isRegression()) {
      throw new IllegalArgumentException("a replay buffer needs labels, this data set has real-valued targets");
    }
    if (shape != null && !shape.equals(data.shape())) {
      throw new IllegalArgumentException("the replay buffer holds images of " + shape + ", got " + data.shape());
    }
    shape = data.shape();
    while (kept.size() < data.classes()) {
      kept.add(new ArrayList<>());
      seen.add(0);
    }
    for (int i = 0; i < data.size(); i++) {
      int label = data.labels()[i];
      int before = seen.set(label, seen.get(label) + 1);
      int place = before < perClass ? before : Philox.below(before + 1, seed, Philox.REPLAY, label, before);
      if (place < perClass) {
        byte[] image = data.image(i);
        if (place == kept.get(label).size()) {
          kept.get(label).add(image);
        } else {
          kept.get(label).set(place, image);
        }
      }
    }
    return this;
  }

  /** Number of samples held. */
  public int size() {
    return kept.stream().mapToInt(List::size).sum();
  }

  /**
   * What is held, class by class.
   *
   * @throws IllegalStateException if nothing was ever added
   */
  public Dataset samples() {
    if (size() == 0) {
      throw new IllegalStateException("the replay buffer is empty");
    }
    byte[] images = Pixels.array(size(), shape);
    int[] labels = new int[size()];
    int next = 0;
    for (int label = 0; label < kept.size(); label++) {
      for (byte[] image : kept.get(label)) {
        System.arraycopy(image, 0, images, next * shape.size(), shape.size());
        labels[next++] = label;
      }
    }
    return new Dataset(shape, images, labels, kept.size());
  }

  @Override public String toString() {
    return kept.stream().mapToInt(List::size).sum() + " images of " + kept.size() + " classes, at most " + perClass + " of each";
  }
}
