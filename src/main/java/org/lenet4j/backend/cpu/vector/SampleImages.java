package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;

import java.util.Arrays;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.data.Shape;

/**
 * A chunk's images {@code (LANES, H + 2p, W + 2p, C)}, each sample by itself, with a border that stays zero. Samples lie an odd number of
 * cache lines apart, so that they do not compete for the same places of a cache.
 */
final class SampleImages {
  private static final int LINE = 16; // floats

  final int row; // from a row to the next
  private final int start;
  private final int image; // from a sample to the next
  private final int inside; // from an image's beginning to that inside its border
  private final Shape shape;
  private final int[] elements; // (H, W, C): where they are in the chunk's layout

  /**
   * Reserves them.
   *
   * @param row    at least {@code (W + 2p) C}
   * @param beyond what is touched behind the last of them
   */
  SampleImages(Layout layout, int padding, int row, int beyond, MemoryPlan memory) {
    shape = layout.shape();
    this.row = row;
    image = (((shape.height() + 2 * padding) * row + LINE - 1) / LINE | 1) * LINE;
    inside = padding * (row + shape.channels());
    start = memory.reserve(LANES * image + beyond);
    elements = Transpose.elements(layout);
  }

  /** Where a sample begins. */
  int sample(int lane) {
    return start + lane * image;
  }

  /** Where the four filters of a 2x2 pooling's window begin. */
  int corner(int lane, int windowRow, int windowColumn) {
    return sample(lane) + 2 * windowRow * row + 2 * windowColumn * shape.channels();
  }

  /** {@code (windows, LANES)}: that of all windows of a pooled output. */
  int[] corners(Shape pooled) {
    int[] corners = new int[pooled.height() * pooled.width() * LANES];
    Arrays.setAll(corners, i -> corner(i % LANES, i / LANES / pooled.width(), i / LANES % pooled.width()));
    return corners;
  }

  void clear(float[] memory) {
    Arrays.fill(memory, start, start + LANES * image, 0);
  }

  /** From the chunk. */
  void split(float[] memory) {
    int length = shape.width() * shape.channels();
    for (int i = 0; i < shape.height(); i++) {
      Transpose.split(memory, elements, i * length, length, start + inside + i * row, image);
    }
  }

  /** To the chunk. */
  void join(float[] memory) {
    int length = shape.width() * shape.channels();
    for (int i = 0; i < shape.height(); i++) {
      Transpose.join(memory, elements, i * length, length, start + inside + i * row, image);
    }
  }
}
