package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.data.Shape;

/**
 * Of each sample a list of the windows of a 2x2 pooling below which its convolution reads anything but zeros, and perhaps a few more: most
 * of a picture of a digit is empty ground.
 */
final class InkedWindows {
  private final Loops loops;
  private final Layout in;
  private final int rows; // of windows
  private final int columns;
  private final int first; // a window reads blocks of 2x2 inputs, this one further and the next ones, in both directions
  private final int reach; // so many
  private final int row; // from a row of the grid to the next
  private final int grid; // (rows + reach - 1, columns + reach - 1, LANES): of blocks, not zero where an input is not; later of windows
  private final int words;
  private final int marks; // (rows, words, LANES)
  private final float[][] tables; // (rows)
  private final int lists; // (LANES, windows)
  private final int counts; // in the indices (LANES): of each list

  InkedWindows(Layout in, Shape pooled, int kernel, int padding, Loops loops, MemoryPlan memory) {
    this.loops = loops;
    this.in = in;
    rows = pooled.height();
    columns = pooled.width();
    first = Math.floorDiv(-padding, 2);
    reach = Math.floorDiv(kernel - padding, 2) - first + 1;
    row = (columns + reach - 1) * LANES;
    grid = memory.reserve((rows + reach - 1) * row);
    words = ChosenList.words(columns);
    marks = memory.reserve(rows * words * LANES);
    tables = new float[rows][];
    Arrays.setAll(tables, i -> ChosenList.table(columns, 1, i * columns));
    lists = memory.reserve(LANES * rows * columns + S.length());
    counts = memory.reserveIndices(LANES);
  }

  /** Where in the memory a sample's list of windows is. */
  int list(int lane) {
    return lists + lane * rows * columns;
  }

  int count(Scratch s, int lane) {
    return s.indices[counts + lane];
  }

  /** Makes the lists. */
  void find(Scratch s) {
    float[] memory = s.memory;
    findBlocks(memory);
    int length = (rows + reach - 1) * row;
    for (int i = 1; i < reach; i++) { // a block and that on the right, below
      loops.add(memory, grid, memory, grid + LANES, length - LANES);
      loops.add(memory, grid, memory, grid + row, length - row);
    }
    for (int i = 0; i < rows; i++) {
      ChosenList.markWindows(memory, grid + i * row, columns, marks + i * words * LANES);
    }
    for (int lane = 0; lane < LANES; lane++) {
      int end = list(lane);
      for (int i = 0; i < rows; i++) {
        end = ChosenList.add(memory, marks + i * words * LANES + lane, LANES, columns, tables[i], end);
      }
      s.indices[counts + lane] = end - list(lane);
    }
  }

  private void findBlocks(float[] memory) {
    Arrays.fill(memory, grid, grid + (rows + reach - 1) * row, 0);
    int height = in.shape().height();
    int left = Math.max(0, first);
    int right = Math.min(columns + reach - 1 + first, (in.shape().width() + 1) / 2);
    for (int c = 0; c < in.shape().channels(); c++) {
      for (int i = Math.max(0, first); i < Math.min(rows + reach - 1 + first, (height + 1) / 2); i++) {
        int below = 2 * i + 1 < height ? in.row() : 0;
        for (int lane = 0; lane < LANES; lane += S.length()) {
          int to = grid + (i - first) * row + (left - first) * LANES + lane;
          markBlocks(memory, in.at(c, 2 * i, 2 * left) + lane, below, right - left, to);
        }
      }
    }
  }

  /** Puts 1 for each block of a row in which something is not zero. An odd last column is taken with what lies behind it. */
  static void markBlocks(float[] memory, int from, int below, int count, int at) {
    FloatVector one = FloatVector.broadcast(S, 1);
    for (int i = 0, x = from, to = at; i < count; i++, x += 2 * LANES, to += LANES) {
      FloatVector mark = FloatVector.fromArray(S, memory, to);
      mark = mark.blend(one, FloatVector.fromArray(S, memory, x).compare(VectorOperators.NE, 0));
      mark = mark.blend(one, FloatVector.fromArray(S, memory, x + LANES).compare(VectorOperators.NE, 0));
      mark = mark.blend(one, FloatVector.fromArray(S, memory, x + below).compare(VectorOperators.NE, 0));
      mark.blend(one, FloatVector.fromArray(S, memory, x + below + LANES).compare(VectorOperators.NE, 0)).intoArray(memory, to);
    }
  }
}
