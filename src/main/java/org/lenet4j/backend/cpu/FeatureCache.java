package org.lenet4j.backend.cpu;

import org.lenet4j.backend.cpu.layer.CpuLayers;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;

/**
 * What the lowest layers make of each sample of the bound data set, computed once. They are the layers below everything that is trained
 * or drawn at random, so without augmentation a sample's features are the same in every epoch. Where a sample's
 * features do not depend on its lane or on its neighbours, training with them gives the same bits; elsewhere they are not kept.
 */
final class FeatureCache {
  /** The most memory that features may take, and no more than a quarter of the heap: 60,000 samples of 1,118 features. */
  static final long MOST_BYTES = 256L << 20;

  private static final int LANES = Layout.LANES;

  final int depth; // layers whose outputs are kept, 0 if there are none
  private final Layout layout; // of the highest of them
  private final long mostBytes;
  private float[] features; // (samples, layout.shape), or null if they are not kept
  private boolean filled;

  FeatureCache(CpuNetwork network, CpuLayers twins, long mostBytes) {
    depth = twins.lanesAreAlike() ? depth(network) : 0;
    layout = depth == 0 ? null : network.layers.get(depth - 1).out;
    this.mostBytes = Math.min(mostBytes, Runtime.getRuntime().maxMemory() / 4);
  }

  private static int depth(CpuNetwork network) {
    int depth = 0;
    while (depth < Math.min(network.lowestTrained, network.layers.size()) && !network.layers.get(depth).isRandom()) {
      depth++;
    }
    return depth;
  }

  /** Makes room for a data set's features, if they are worth keeping and fit. */
  void bind(Dataset data, Augment augment) {
    features = null;
    filled = false;
    if (depth > 0 && augment.isNone() && (long) data.size() * layout.shape().size() * Float.BYTES <= mostBytes) {
      features = new float[data.size() * layout.shape().size()];
    }
  }

  /** Whether features are kept. */
  boolean isOn() {
    return features != null;
  }

  /** The parameters have changed from outside: what was computed holds no more. */
  void forget() {
    filled = false;
  }

  /** Whether every sample must be stored before any is gathered. */
  boolean mustFill() {
    return features != null && !filled;
  }

  /** Every sample has been stored. */
  void filled() {
    filled = true;
  }

  /** Keeps the features of a chunk that has gone through the lowest layers. */
  void store(Scratch s) {
    float[] y = s.memory;
    int element = 0;
    for (int c = 0; c < layout.shape().channels(); c++) {
      for (int row = 0; row < layout.shape().height(); row++) {
        int from = layout.at(c, row, 0);
        for (int column = 0; column < layout.shape().width(); column++, element++, from += LANES) {
          for (int lane = 0; lane < s.count; lane++) {
            features[s.sample[lane] * layout.shape().size() + element] = y[from + lane];
          }
        }
      }
    }
  }

  /** Puts the features of a chunk's samples where the lowest layers would have left them. */
  void gather(Scratch s) {
    float[] y = s.memory;
    int element = 0;
    for (int c = 0; c < layout.shape().channels(); c++) {
      for (int row = 0; row < layout.shape().height(); row++) {
        int to = layout.at(c, row, 0);
        for (int column = 0; column < layout.shape().width(); column++, element++, to += LANES) {
          for (int lane = 0; lane < LANES; lane++) {
            y[to + lane] = features[s.sample[lane] * layout.shape().size() + element];
          }
        }
      }
    }
  }
}
