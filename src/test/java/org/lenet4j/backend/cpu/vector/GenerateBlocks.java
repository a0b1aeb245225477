package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.vector.BlockText.each;
import static org.lenet4j.backend.cpu.vector.BlockText.fields;
import static org.lenet4j.backend.cpu.vector.BlockText.header;
import static org.lenet4j.backend.cpu.vector.BlockText.list;
import static org.lenet4j.backend.cpu.vector.BlockText.plus;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes the innermost loops of the twins in the Vector API, where each sum must be a local variable of its own. {@link BlockText#each}
 * repeats a template with a number for each #; the number of channels goes where $ is. No method of a sum is called but to store it: the
 * class of a vector that was just made is known to the JIT compiler, that of one that a loop carries is a guess from what the JVM has
 * counted.
 */
final class GenerateBlocks {
  private GenerateBlocks() {}

  /** The sources by class name. */
  static Map<String, String> sources() {
    Map<String, String> sources = new LinkedHashMap<>();
    sources.put("CorrelateBlocks", correlateBlocks());
    sources.put("GradientBlocks", gradientBlocks());
    sources.put("ChosenFilterBlocks", GenerateChosenBlocks.filterSource());
    sources.put("ChosenDataBlocks", GenerateChosenBlocks.dataSource());
    sources.put("NarrowBlocks", GenerateChosenBlocks.narrowSource());
    sources.put("WindowBlocks", windowBlocks());
    sources.put("WinogradBlocks", GenerateWinogradBlocks.source());
    sources.put("LinearBlocks", GenerateLinearBlocks.source());
    for (int n = 4; n <= 16; n *= 2) {
      sources.put("Transpose" + n, GenerateTransposeBlocks.source(n));
    }
    return sources;
  }

  // Convolution: sums s<channel><position or tap>, inputs v<position or tap>

  private static String correlateBlocks() {
    return header(false) + """
        /**
         * The innermost loops of convolution, written out so that every sum is a local variable and stays in a register: an array of \
        vectors,
         * a nested loop or a branch around one makes the JIT compiler box them, and the loop runs 30 times slower. {@link Tiles} chooses.
         */
        final class CorrelateBlocks {
        """ + fields(false) + "  private CorrelateBlocks() {}\n"
        + correlate(6, 4) + correlate(4, 4) + correlate(6, 2) + correlate(4, 2) + "}\n";
  }

  private static String correlate(int channels, int positions) {
    String stores = "";
    for (int c = channels - 1; c > 0; c--) {
      stores += each(c, c + 1, "    int c# = Math.min(#, last) * plane;\n")
          + each(0, positions, "    s" + c + "#.intoArray(y, y# + c" + c + ");\n");
    }
    return """

          /**
           * $ channels at POSITIONS positions: SUMS sums in registers over one flat loop; nested loops would box the vectors.
           *
           * @param taps    those that are summed, from {@code first} to {@code end}
           * @param offsets in x, of each tap
           */
          static void correlate$xPOSITIONS(float[] x, XS, int[] taps, int first, int end, int[] offsets, float[] w, int w0,
              float[] bias, int m, float[] y, YS, int plane, int channels) {
        """.replace("XS", list(0, positions, "int x#")).replace("YS", list(0, positions, "int y#"))
            .replace("SUMS", "" + channels * positions).replace("POSITIONS", "" + positions).replace("$", "" + channels)
        + biases(channels, positions) + """
            for (int t = first; t < end; t++) {
              int offset = offsets[taps[t]];
              int weight = w0 + $ * taps[t];
        """.replace("$", "" + channels)
        + each(0, positions, "      FloatVector v# = FloatVector.fromArray(S, x, x# + offset);\n") + weights(channels, positions) + """
            }
            int last = channels - 1; // superfluous channels are stored where the last one then overwrites them: a branch would box
        """ + stores + each(0, positions, "    s0#.intoArray(y, y#);\n") + "  }\n";
  }

  private static String biases(int channels, int positions) {
    String text = "";
    for (int c = 0; c < channels; c++) {
      text += each(c, c + 1, "    FloatVector b# = FloatVector.broadcast(S, bias[m + #]);\n")
          + "    FloatVector " + list(0, positions, "s" + c + "# = b" + c) + ";\n";
    }
    return text;
  }

  /** Multiplies the inputs with the weight of each channel. */
  private static String weights(int channels, int positions) {
    String text = "";
    for (int c = 0; c < channels; c++) {
      text += "      " + (c == 0 ? "FloatVector " : "") + "f = FloatVector.broadcast(S, w[weight" + (c == 0 ? "" : " + " + c) + "]);\n"
          + each(0, positions, "      s" + c + "# = v#.fma(f, s" + c + "#);\n");
    }
    return text;
  }

  private static String gradientBlocks() {
    return header(true) + """
        /** The innermost loops of a convolution's filter gradient, written out as those of {@link CorrelateBlocks}. */
        final class GradientBlocks {
        """ + fields(true) + "  private GradientBlocks() {}\n"
        + filterGradient(6, 4) + filterGradient(4, 4) + filterGradient(6, 2) + filterGradient(4, 2) + "}\n";
  }

  private static String filterGradient(int channels, int taps) {
    String loads = "";
    String products = "";
    String stores = "";
    for (int c = 0; c < channels; c++) {
      loads += c == 0 ? "" : "    int w" + c + " = w" + (c - 1) + " + stride;\n";
      products += "      " + (c == 0 ? "FloatVector " : "") + "g = FloatVector.fromArray(S, memory, " + plus("d", c, "LANES") + ");\n"
          + each(0, taps, "      s" + c + "# = v#.fma(g, s" + c + "#);\n");
      for (int tap = 0; tap < taps; tap++) {
        String at = plus("w" + c, tap, "LANES");
        loads += "    FloatVector s" + c + tap + " = FloatVector.fromArray(S, memory, " + at + ");\n";
        stores += "    s" + c + tap + ".intoArray(memory, " + at + ");\n";
      }
    }
    return """

          /**
           * $ channels by TAPS taps: SUMS sums in registers over a band of positions.
           *
           * @param xp index in x of each position, those from {@code first} to {@code end}
           * @param dy {@code (positions, $, LANES)}
           */
          static void filterGradient$xTAPS(float[] memory, int[] xp, int first, int end, XS, int dy, int w0, int stride) {
        """.replace("XS", list(0, taps, "int x#")).replace("SUMS", "" + channels * taps)
            .replace("TAPS", "" + taps).replace("$", "" + channels)
        + loads + """
            for (int p = first, d = dy; p < end; p++, d += $ * LANES) {
              int a = xp[p];
        """.replace("$", "" + channels) + each(0, taps, "      FloatVector v# = FloatVector.fromArray(S, memory, x# + a);\n") + products
        + "    }\n" + stores + "  }\n";
  }

  // A single image's convolution with pooling

  private static String windowBlocks() {
    return header(false) + """
        /**
         * {@link CorrelateBlocks} with the pooling behind the convolution: what is not the largest of its window never leaves the \
        registers. The
         * maxima are written out too: as calls they would go over the number of nodes up to which the JIT inlines, and box.
         */
        final class WindowBlocks {
        """ + fields(false) + "  private WindowBlocks() {}\n" + correlateMax(6) + correlateMax(4) + correlateMaxRows(6)
        + correlateMaxRows(4) + "}\n";
  }

  private static String correlateMax(int channels) {
    String stores = "";
    for (int c = 0; c < channels; c++) {
      stores += "    floor.max(s#0).max(s#1).max(s#2).max(s#3).intoArray(y, ".replace("#", "" + c) + plus("y0", c, "plane") + ");\n";
    }
    return """

          /**
           * $ channels as in {@link CorrelateBlocks#correlate$x4}, at the four outputs of each window of 2x2; the largest is kept, \
        and no less than
           * {@code least}. In y there must be room for $ channels.
           *
           * @param below taps of the lower two
           * @param right distance in x from the left two to the right two
           */
          static void correlateMax$x4(float[] x, int x0, int right, int[] taps, int[] below, int[] tapIndex, float[] w, int w0, \
        float[] bias, int m,
              float least, float[] y, int y0, int plane) {
        """.replace("$", "" + channels) + biases(channels, 4) + """
            for (int t = 0; t < taps.length; t++) {
              int upper = x0 + taps[t];
              int lower = x0 + below[t];
              int weight = w0 + $ * tapIndex[t];
              FloatVector v0 = FloatVector.fromArray(S, x, upper);
              FloatVector v1 = FloatVector.fromArray(S, x, upper + right);
              FloatVector v2 = FloatVector.fromArray(S, x, lower);
              FloatVector v3 = FloatVector.fromArray(S, x, lower + right);
        """.replace("$", "" + channels) + weights(channels, 4) + """
            }
            FloatVector floor = FloatVector.broadcast(S, least);
        """ + stores + "  }\n";
  }

  /** The upper two of a window, then the lower two. */
  private static String correlateMaxRows(int channels) {
    String upper = "    FloatVector floor = FloatVector.broadcast(S, least);\n";
    String lower = "    // all are read before one is written, as a vector may reach into the next channel\n";
    String stores = "";
    for (int c = 0; c < channels; c++) {
      String at = plus("y0", c, "plane");
      upper += each(c, c + 1, "    floor.max(s#0).max(s#1).intoArray(y, ") + at + ");\n";
      lower += each(c, c + 1, "    FloatVector m# = FloatVector.fromArray(S, y, " + at + ").max(s#0).max(s#1);\n");
      stores += each(c, c + 1, "    m#.intoArray(y, ") + at + ");\n";
    }
    String loop = biases(channels, 2) + """
            for (int t = 0; t < taps.length; t++) {
              int at = x0 + taps[t];
              int weight = w0 + $ * tapIndex[t];
              FloatVector v0 = FloatVector.fromArray(S, x, at);
              FloatVector v1 = FloatVector.fromArray(S, x, at + right);
        """.replace("$", "" + channels) + weights(channels, 2) + "    }\n";
    return """

          /** As {@link #correlateMax$x4}, the upper two of each window alone. */
          static void correlateMaxUpper$x2(float[] x, int x0, int right, int[] taps, int[] tapIndex, float[] w, int w0, float[] bias, int m,
              float least, float[] y, int y0, int plane) {
        """.replace("$", "" + channels) + loop + upper + "  }\n" + """

          /** After {@link #correlateMaxUpper$x2} the lower two of each window, given their taps. */
          static void correlateMaxLower$x2(float[] x, int x0, int right, int[] taps, int[] tapIndex, float[] w, int w0, float[] bias, int m,
              float[] y, int y0, int plane) {
        """.replace("$", "" + channels) + loop + lower + stores + "  }\n";
  }
}
