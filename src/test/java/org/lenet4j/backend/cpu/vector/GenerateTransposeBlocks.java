package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.vector.BlockText.each;
import static org.lenet4j.backend.cpu.vector.BlockText.header;

/** Writes the loops between the two orders of a chunk's elements: vectors {@code v<row>}, each stage's by the next letter. */
final class GenerateTransposeBlocks {
  private GenerateTransposeBlocks() {}

  static String source(int n) {
    return header(false).replace("FloatVector;\n", "FloatVector;\nimport jdk.incubator.vector.VectorMask;\n"
        + "import jdk.incubator.vector.VectorShuffle;\n") + """
        /**
         * Transposes squares of $ vectors: in each stage two vectors exchange the elements whose numbers have a bit that the vector's own \
        number
         * has not, or the other way round.
         */
        final class Transpose$ {
        """.replace("$", "" + n) + constants(n) + """
          private Transpose$() {}

          private static VectorShuffle<Float> across(int bit) {
            return VectorShuffle.fromOp(S, i -> i ^ bit);
          }

          private static VectorMask<Float> where(int bit, boolean set) {
            boolean[] lanes = new boolean[S.length()];
            for (int i = 0; i < lanes.length; i++) {
              lanes[i] = (i & bit) != 0 == set;
            }
            return VectorMask.fromArray(S, lanes, 0);
          }
        """.replace("$", "" + n) + split(n) + join(n) + "}\n";
  }

  private static String constants(int n) {
    String text = "  private static final VectorSpecies<Float> S = FloatVector.SPECIES_" + 32 * n + ";\n";
    for (int bit = n / 2; bit > 0; bit /= 2) {
      text += """
            private static final VectorShuffle<Float> ACROSS_$ = across($);
            private static final VectorMask<Float> SET_$ = where($, true);
            private static final VectorMask<Float> CLEAR_$ = where($, false);
          """.replace("$", "" + bit);
    }
    return text + "\n";
  }

  private static String split(int n) {
    return """

          /**
           * Writes elements of $ samples sample by sample.
           *
           * @param elements where each element of the first of these samples is; those of the others lie behind it
           * @param count    at least $
           * @param to       the first sample's, and the next {@code step} further
           */
          static void split(float[] memory, int[] elements, int first, int count, int lane, int to, int step) {
            for (int i = 0; i < count; i += $) {
              int k = Math.min(i, count - $);
        """.replace("$", "" + n)
        + each(0, n, "      FloatVector v# = FloatVector.fromArray(S, memory, elements[first + k + #] + lane);\n")
        + stages(n) + each(0, n, "      " + last(n) + "#.intoArray(memory, to + # * step + k);\n") + "    }\n  }\n";
  }

  private static String join(int n) {
    return """

          /** The other way round. */
          static void join(float[] memory, int[] elements, int first, int count, int lane, int from, int step) {
            for (int i = 0; i < count; i += $) {
              int k = Math.min(i, count - $);
        """.replace("$", "" + n) + each(0, n, "      FloatVector v# = FloatVector.fromArray(S, memory, from + # * step + k);\n")
        + stages(n) + each(0, n, "      " + last(n) + "#.intoArray(memory, elements[first + k + #] + lane);\n")
        + "    }\n  }\n";
  }

  private static char last(int n) {
    return (char) ('v' + Integer.numberOfTrailingZeros(n));
  }

  private static String stages(int n) {
    String text = "";
    char stage = 'v';
    for (int bit = n / 2; bit > 0; bit /= 2, stage++) {
      for (int i = 0; i < n; i++) {
        if ((i & bit) == 0) {
          text += exchange(stage, i, i + bit, bit) + exchange(stage, i + bit, i, bit);
        }
      }
    }
    return text;
  }

  private static String exchange(char stage, int i, int other, int bit) {
    return "      FloatVector " + (char) (stage + 1) + i + " = " + stage + i + ".blend(" + stage + other + ".rearrange(ACROSS_" + bit
        + "), " + (i < other ? "SET_" : "CLEAR_") + bit + ");\n";
  }
}
