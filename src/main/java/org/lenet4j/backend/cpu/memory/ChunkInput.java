package org.lenet4j.backend.cpu.memory;

import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Shape;

/** Chooses the samples of a chunk and lays their pixels out as the first layer reads them. */
public final class ChunkInput {
  private static final int LANES = Layout.LANES;

  private final Layout layout;
  private final Normalization normalization;
  private final float[] table;

  /** For a chunk that lies in that layout. */
  public ChunkInput(Layout layout, Normalization normalization) {
    this.layout = layout;
    this.normalization = normalization;
    table = table(normalization);
  }

  /** The input for every byte. */
  public static float[] table(Normalization normalization) {
    float[] table = new float[256];
    for (int i = 0; i < table.length; i++) {
      table[i] = normalization.apply(i);
    }
    return table;
  }

  /** Chooses the samples of a chunk; {@code order} is null for samples as they lie. Lanes above the count repeat the first one. */
  public static void select(Scratch s, int[] order, int from, int count) {
    s.count = count;
    for (int lane = 0; lane < LANES; lane++) {
      int sample = from + (lane < count ? lane : 0);
      s.place[lane] = sample;
      s.sample[lane] = order == null ? sample : order[sample];
    }
  }

  /** The samples' pixels, normalized. */
  public void gather(Scratch s, Dataset data) {
    for (int lane = 0; lane < LANES; lane++) { // whole samples first, which the processor can fetch ahead
      data.copy(s.sample[lane], 1, s.bytes, lane * layout.shape().size());
    }
    spread(s);
  }

  /** The same of samples in an order. */
  public void gather(Scratch s, ReadAhead images) {
    for (int lane = 0; lane < LANES; lane++) {
      images.copy(s, lane, lane * layout.shape().size());
    }
    spread(s);
  }

  /** The same of images in an array. */
  public void gather(Scratch s, byte[] images) {
    int size = layout.shape().size();
    for (int lane = 0; lane < LANES; lane++) {
      System.arraycopy(images, s.sample[lane] * size, s.bytes, lane * size, size);
    }
    spread(s);
  }

  private void spread(Scratch s) {
    Shape image = layout.shape();
    for (int c = 0; c < image.channels(); c++) {
      for (int row = 0; row < image.height(); row++) {
        int to = layout.at(c, row, 0);
        int element = (c * image.height() + row) * image.width();
        for (int lane = 0; lane < LANES; lane += 4) {
          spreadRow(s.bytes, lane * image.size() + element, image.size(), image.width(), s.memory, to + lane);
        }
      }
    }
  }

  /** A row of four samples. */
  private void spreadRow(byte[] images, int from, int size, int width, float[] memory, int to) {
    float[] table = this.table;
    for (int column = 0; column < width; column++) {
      int a = from + column;
      int b = to + column * LANES;
      memory[b] = table[images[a] & 0xFF];
      memory[b + 1] = table[images[a + size] & 0xFF];
      memory[b + 2] = table[images[a + 2 * size] & 0xFF];
      memory[b + 3] = table[images[a + 3 * size] & 0xFF];
    }
  }

  /** The samples' pixels, distorted and normalized. */
  public void gatherAugmented(Scratch s, ReadAhead images, Augment augment, long seed) {
    Shape image = layout.shape();
    for (int lane = 0; lane < s.count; lane++) {
      images.copy(s, lane, 0);
      augment.apply(s.bytes, 0, image, seed, s.epoch, s.sample[lane], s.pixels, 0, 1);
      int element = 0;
      for (int c = 0; c < image.channels(); c++) {
        for (int row = 0; row < image.height(); row++) {
          int to = layout.at(c, row, 0) + lane;
          for (int column = 0; column < image.width(); column++, to += LANES) {
            s.memory[to] = normalization.apply(s.pixels[element++]);
          }
        }
      }
    }
  }
}
