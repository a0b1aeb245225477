package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import java.util.Arrays;
import org.lenet4j.backend.cpu.memory.Layout;

/** Between a chunk's order, with the samples side by side, and that of whole samples. */
final class Transpose {
  private static final int SQUARE = S.length();

  private Transpose() {}

  /** {@code (H, W, C)}: where each element of a layout's first sample is. */
  static int[] elements(Layout layout) {
    int channels = layout.shape().channels();
    int width = layout.shape().width();
    int[] elements = new int[layout.shape().size()];
    Arrays.setAll(elements, i -> layout.at(i % channels, i / channels / width, i / channels % width));
    return elements;
  }

  /**
   * Writes a chunk's elements sample by sample.
   *
   * @param elements where each element of the first sample is, from {@code first} on
   * @param to       the first element of the first sample, and the next sample {@code step} further
   */
  static void split(float[] memory, int[] elements, int first, int count, int to, int step) {
    for (int lane = 0; lane < LANES; lane += SQUARE) {
      if (count < SQUARE) {
        for (int i = 0; i < SQUARE * count; i++) {
          memory[to + (lane + i / count) * step + i % count] = memory[elements[first + i % count] + lane + i / count];
        }
      } else if (SQUARE == 16) {
        Transpose16.split(memory, elements, first, count, lane, to + lane * step, step);
      } else if (SQUARE == 8) {
        Transpose8.split(memory, elements, first, count, lane, to + lane * step, step);
      } else {
        Transpose4.split(memory, elements, first, count, lane, to + lane * step, step);
      }
    }
  }

  /** The other way round. */
  static void join(float[] memory, int[] elements, int first, int count, int from, int step) {
    for (int lane = 0; lane < LANES; lane += SQUARE) {
      if (count < SQUARE) {
        for (int i = 0; i < SQUARE * count; i++) {
          memory[elements[first + i % count] + lane + i / count] = memory[from + (lane + i / count) * step + i % count];
        }
      } else if (SQUARE == 16) {
        Transpose16.join(memory, elements, first, count, lane, from + lane * step, step);
      } else if (SQUARE == 8) {
        Transpose8.join(memory, elements, first, count, lane, from + lane * step, step);
      } else {
        Transpose4.join(memory, elements, first, count, lane, from + lane * step, step);
      }
    }
  }
}
