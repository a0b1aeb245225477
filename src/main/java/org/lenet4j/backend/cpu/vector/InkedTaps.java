package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.Scratch;

/**
 * Of each window of a 2x2 pooling over a convolution with one input channel the taps that read anything but zeros, in any sample of a
 * chunk: a product with zero adds nothing, and most of a picture of a digit is empty ground.
 */
final class InkedTaps {
  /** A share of inputs above which lists are not worth their making. */
  private static final float DENSE = 0.8f;

  private final Layout in;
  private final int kernel;
  private final int padding;
  private final int columns;
  private final int bits; // in the indices (H + 2 padding): of each row, with a bit for each input, that on the left the lowest
  private final int ends; // in the indices (columns + 1): where each list begins, and the last one ends
  private final int lists; // in the indices (columns, taps)

  InkedTaps(Correlation plan, MemoryPlan memory) {
    in = plan.x;
    kernel = plan.kernel;
    padding = plan.padding;
    columns = plan.y.shape().width();
    bits = memory.reserveIndices(in.shape().height() + 2 * padding);
    ends = memory.reserveIndices(columns + 1);
    lists = memory.reserveIndices(columns * kernel * kernel + 1);
  }

  /** Whether a row's bits fit a number, and those of a window. */
  static boolean fits(Correlation plan) {
    return plan.inChannels() == 1 && plan.x.shape().width() + 2 * plan.padding <= Integer.SIZE && plan.tapCount() < Integer.SIZE;
  }

  /** Looks at a chunk; false if lists are not worth their making. */
  boolean find(Scratch s) {
    int height = in.shape().height();
    int width = in.shape().width();
    int inked = 0;
    for (int i = 0; i < height; i++) {
      int row = rowBits(s.memory, in.at(0, i, 0), width);
      inked += Integer.bitCount(row);
      s.indices[bits + padding + i] = row << padding;
    }
    return inked < DENSE * height * width;
  }

  /** The first window of a row that reads anything but zeros. */
  int firstWindow(Scratch s, int row) {
    return Math.max(0, Math.min(Integer.numberOfTrailingZeros(bits(s, row)) - kernel + 1, 2 * columns) / 2);
  }

  /** The end of those that do, {@link #firstWindow} if there are none. */
  int endWindow(Scratch s, int row) {
    int highest = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(bits(s, row));
    return Math.max(firstWindow(s, row), Math.min(highest / 2 + 1, columns));
  }

  /** Of the rows below a row of windows. */
  private int bits(Scratch s, int row) {
    int all = 0;
    for (int u = 0; u <= kernel; u++) {
      all |= s.indices[bits + 2 * row + u];
    }
    return all;
  }

  /** Which columns of a row have anything but zeros. */
  static int rowBits(float[] memory, int from, int width) {
    int bits = 0;
    for (int i = 0; i < width; i++) {
      boolean ink = false;
      for (int lane = 0; lane < LANES; lane += S.length()) {
        ink |= FloatVector.fromArray(S, memory, from + i * LANES + lane).compare(VectorOperators.NE, 0).anyTrue();
      }
      bits |= (ink ? 1 : 0) << i;
    }
    return bits;
  }

  /** Makes the lists of a row of windows. */
  void listRow(Scratch s, int row) {
    int[] indices = s.indices;
    int end = lists;
    for (int column = 0; column < columns; column++) {
      indices[ends + column] = end;
      int marks = 0;
      for (int u = 0; u < kernel; u++) {
        int at = bits + 2 * row + u;
        int both = indices[at] | indices[at + 1]; // the upper outputs' row and the lower ones'
        marks |= ((both | both >>> 1) >>> 2 * column & (1 << kernel) - 1) << u * kernel;
      }
      end = list(marks, kernel * kernel, indices, end);
    }
    indices[ends + columns] = end;
  }

  /** Appends the numbers of the bits that are set, without a branch, which no processor could foresee. */
  static int list(int marks, int count, int[] indices, int list) {
    int end = list;
    for (int i = 0; i < count; i++) {
      indices[end] = i;
      end += marks >>> i & 1;
    }
    return end;
  }

  /** Where in the indices a column's list begins, and the one before ends. */
  int first(Scratch s, int column) {
    return s.indices[ends + column];
  }
}
