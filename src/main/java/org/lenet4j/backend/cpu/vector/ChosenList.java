package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Lists of what is not zero, four numbers at a time and without a branch, which no processor could foresee. Marks are floats, which hold
 * whole numbers of 24 bits, and the numbers of a list lie among floats as their bits: of vectors of integers the warm-up makes too few for
 * the JIT compiler to know them, see {@link WarmUp}.
 */
final class ChosenList {
  /** Elements that a mark has a bit for. */
  static final int BITS = 24;

  private ChosenList() {}

  /** Marks that as many elements need. */
  static int words(int elements) {
    return (elements + BITS - 1) / BITS;
  }

  /** For a vector of lanes, marks of up to {@link #BITS} elements that are {@code step} apart: a bit for each that is not zero. */
  static void mark(float[] memory, int from, int step, int count, int at) {
    FloatVector zero = FloatVector.zero(S);
    FloatVector marks = FloatVector.zero(S);
    for (int i = 0; i < count; i++) {
      var set = FloatVector.fromArray(S, memory, from + i * step).compare(VectorOperators.NE, 0);
      marks = zero.blend(1 << i, set).add(marks);
    }
    marks.intoArray(memory, at);
  }

  /** Marks of a channel's windows {@code (windows, LANES)}, to {@code (words, LANES)}. */
  static void markWindows(float[] memory, int from, int windows, int at) {
    for (int first = 0; first < windows; first += BITS) {
      for (int lane = 0; lane < LANES; lane += S.length()) {
        mark(memory, from + first * LANES + lane, LANES, Math.min(windows - first, BITS), at + first / BITS * LANES + lane);
      }
    }
  }

  /**
   * {@code (count / 4, 16, 4)}: for each four elements and each of their marks the numbers of those that are not zero.
   *
   * @param step  the difference between the numbers of two elements
   * @param first the number of the first
   */
  static float[] table(int count, int step, int first) {
    float[] table = new float[(count + 3) / 4 * 64 + S.length()];
    for (int i = 0; i < count; i++) {
      for (int marks = 0; marks < 16; marks++) {
        if ((marks >> i % 4 & 1) != 0) {
          int before = Integer.bitCount(marks & (1 << i % 4) - 1);
          table[i / 4 * 64 + marks * 4 + before] = Float.intBitsToFloat(first + i * step);
        }
      }
    }
    return table;
  }

  /**
   * Appends the numbers of {@code count} elements that are marked.
   *
   * @param marks of the first of them; those of further ones {@code step} apart
   * @param list  the end of the list; there is room for a vector more
   * @return its new end
   */
  static int add(float[] memory, int marks, int step, int count, float[] table, int list) {
    int end = list;
    for (int i = 0, at = marks; i < count; i += BITS, at += step) {
      end = add((int) memory[at], Math.min(count - i, BITS), table, i * 16, memory, end);
    }
    return end;
  }

  /** The same of one mark, whose numbers begin at {@code from} in the table. */
  static int add(int mark, int count, float[] table, int from, float[] memory, int list) {
    int end = list;
    for (int i = 0, bits = mark; i < count; i += 4, bits >>>= 4) {
      FloatVector.fromArray(S, table, from + i * 16 + (bits & 15) * 4).intoArray(memory, end);
      end += Integer.bitCount(bits & 15);
    }
    return end;
  }
}
