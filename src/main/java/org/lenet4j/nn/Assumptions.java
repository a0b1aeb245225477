package org.lenet4j.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lenet4j.data.Normalization;

/**
 * What a file of weights that others wrote does not say of its network, and what must be known to compute with it. A null is not said.
 *
 * @param activation    of all layers but the last
 * @param pool          of all poolings
 * @param normalization how bytes become inputs
 * @param imageSize     side of the images that it was trained on: 28, or 32 for MNIST's with a black border of two pixels
 */
public record Assumptions(Activation activation, Pool2d.Kind pool, Normalization normalization, Integer imageSize) {
  /** Nothing is said. */
  public static final Assumptions NONE = new Assumptions(null, null, null, null);
  /** What is taken where nothing is said: {@link LeNet5#create} with bytes as 0 to 1. */
  public static final Assumptions USUAL = new Assumptions(Activation.RELU, Pool2d.Kind.MAX, Normalization.NONE, 28);

  /**
   * Checks the image's side.
   *
   * @throws IllegalArgumentException if it is neither 28 nor 32
   */
  public Assumptions {
    if (imageSize != null && imageSize != 28 && imageSize != 32) {
      throw new IllegalArgumentException("images are 28 pixels wide, or 32 with a border, got " + imageSize);
    }
  }

  /** What is said here, and by another where nothing is. */
  Assumptions or(Assumptions other) {
    return new Assumptions(activation == null ? other.activation : activation, pool == null ? other.pool : pool,
        normalization == null ? other.normalization : normalization, imageSize == null ? other.imageSize : imageSize);
  }

  /** What is said here and not by another. */
  Assumptions without(Assumptions other) {
    return new Assumptions(other.activation == null ? activation : null, other.pool == null ? pool : null,
        other.normalization == null ? normalization : null, other.imageSize == null ? imageSize : null);
  }

  /** In words, for example {@code inputs 0..1, ReLU, max pooling}; a border is said only where there is one. */
  @Override public String toString() {
    List<String> words = new ArrayList<>();
    if (normalization != null) {
      words.add(normalization.equals(Normalization.NONE) ? "inputs 0..1"
          : "inputs of mean " + normalization.mean() + " and std " + normalization.std());
    }
    if (activation != null) {
      words.add(activation == Activation.RELU ? "ReLU" : activation.name().toLowerCase(Locale.ROOT));
    }
    if (pool != null) {
      words.add(pool.name().toLowerCase(Locale.ROOT) + " pooling");
    }
    if (imageSize != null && imageSize != 28) {
      words.add("a black border to " + imageSize + "x" + imageSize);
    }
    return String.join(", ", words);
  }
}
