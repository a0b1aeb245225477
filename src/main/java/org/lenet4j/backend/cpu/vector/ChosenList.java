package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Lists of what is not zero, four numbers at a time and without a branch, which no processor could foresee. */
final class ChosenList {
  /** Elements that a mark has a bit for. */
  static final int BITS = 32;

  private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, S.vectorShape());

  private ChosenList() {}

  /** For a vector of lanes, marks of up to {@link #BITS} elements that are {@code step} apart: a bit for each that is not zero. */
  static void mark(float[] memory, int from, int step, int count, int[] marks, int at) {
    IntVector zero = IntVector.zero(INTS);
    IntVector bits = IntVector.zero(INTS);
    for (int i = 0; i < count; i++) {
      var set = FloatVector.fromArray(S, memory, from + i * step).reinterpretAsInts().compare(VectorOperators.NE, 0);
      bits = zero.blend(1 << i, set).or(bits);
    }
    bits.intoArray(marks, at);
  }

  /** Marks that as many elements need. */
  static int words(int elements) {
    return (elements + BITS - 1) / BITS;
  }

  /** Marks of a channel's windows {@code (windows, LANES)}, to {@code (words, LANES)}. */
  static void markWindows(float[] memory, int from, int windows, int[] marks, int at) {
    for (int first = 0; first < windows; first += BITS) {
      for (int lane = 0; lane < LANES; lane += S.length()) {
        mark(memory, from + first * LANES + lane, LANES, Math.min(windows - first, BITS), marks, at + first / BITS * LANES + lane);
      }
    }
  }

  /** Appends those of a lane to a list. */
  static int addWindows(int[] indices, int marks, int windows, int[] table, int lane, int list) {
    int end = list;
    for (int first = 0; first < windows; first += BITS) {
      end = add(indices[marks + first / BITS * LANES], Math.min(windows - first, BITS), table, first * LANES + lane, indices, end);
    }
    return end;
  }

  /** {@code (16, 4)}: for each four bits the numbers of those that are set, times {@code step}. */
  static int[] table(int step) {
    int[] table = new int[15 * 4 + INTS.length()];
    for (int bits = 0; bits < 16; bits++) {
      for (int i = 0, n = bits * 4; i < 4; i++) {
        if ((bits >> i & 1) != 0) {
          table[n++] = i * step;
        }
      }
    }
    return table;
  }

  /**
   * Appends the numbers of {@code count} elements that are marked.
   *
   * @param table of the distance between two of them
   * @param first the number of the first
   * @param list  the end of the list; there is room for a vector more
   * @return its new end
   */
  static int add(int marks, int count, int[] table, int first, int[] indices, int list) {
    int four = 4 * table[15 * 4 + 1];
    int end = list;
    for (int i = 0, bits = marks, number = first; i < count; i += 4, bits >>>= 4, number += four) {
      IntVector.fromArray(INTS, table, (bits & 15) * 4).add(number).intoArray(indices, end);
      end += Integer.bitCount(bits & 15);
    }
    return end;
  }
}
