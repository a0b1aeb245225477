package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.vector.BlockText.each;
import static org.lenet4j.backend.cpu.vector.BlockText.fields;
import static org.lenet4j.backend.cpu.vector.BlockText.header;
import static org.lenet4j.backend.cpu.vector.BlockText.plus;

import java.util.stream.IntStream;

/** Writes the loops of a pooled convolution's gradients: sums {@code s<row>_<vector>}. */
final class GenerateChosenBlocks {
  private GenerateChosenBlocks() {}

  static String source() {
    return header(false) + """
        /**
         * The innermost loops of the gradients of a convolution with max-pooling behind it, which multiply only what the pooling let \
        through. Of
         * the vectors of a row the last one is read first, then the first one: the JIT compiler knows that those between are within the \
        array.
         */
        final class ChosenBlocks {
        """ + fields(false) + "  private ChosenBlocks() {}\n" + chosenFilterGradient(5, 2) + chosenFilterGradient(5, 4)
        + chosenFilterGradient(3, 4) + chosenFilterGradient(2, 4) + chosenDataGradient(6, 3) + chosenDataGradient(3, 5) + "}\n";
  }

  private static String chosenFilterGradient(int rows, int vectors) {
    String products = "";
    for (int r = 0; r < rows; r++) {
      products += r == 0 ? "" : each(r, r + 1, "      int x# = x") + (r - 1) + " + row;\n";
      for (int v : lastFirst(vectors)) {
        products += "      s" + r + "_" + v + " = g.fma(FloatVector.fromArray(S, memory, " + vector("x" + r, v) + "), s" + r + "_" + v
            + ");\n";
      }
    }
    return """

          /**
           * ROWS rows of a filter's gradient, VECTORS vectors each.
           *
           * @param d      the gradient of each output that was chosen
           * @param at     in the indices: for each of them the sample and the place that the filter had
           * @param x      the samples, and the next of these rows {@code row} further
           * @param dw     the sums, and the next row {@code stride} further
           */
          static void filterGradientROWSxVECTORS(float[] memory, int d, int[] indices, int at, int count, int x, int row, int dw, \
        int stride) {
        """.replace("ROWS", "" + rows).replace("VECTORS", "" + vectors) + rowSums(rows, vectors, "dw", "stride") + """
            for (int e = 0; e < count; e++) {
              FloatVector g = FloatVector.broadcast(S, memory[d + e]);
              int x0 = x + indices[at + e];
        """ + products + "    }\n" + rowStores(rows, vectors, "dw");
  }

  private static String chosenDataGradient(int rows, int vectors) {
    String products = "";
    for (int i : lastFirst(rows * vectors)) {
      String sum = "s" + i / vectors + "_" + i % vectors;
      products += "      " + sum + " = g.fma(FloatVector.fromArray(S, filters, " + vector("w0", i) + "), " + sum + ");\n";
    }
    return """

          /**
           * Adds to ROWS rows, VECTORS vectors each, of the input's gradient below a window of the pooling.
           *
           * @param d       in the memory: the gradients of the channels that have one
           * @param at      in the indices: for each of them where its filter is
           * @param filters rows of these vectors, one behind the other
           * @param w       the first of these rows
           * @param dx      the sums, and the next row {@code row} further
           */
          static void dataGradientROWSxVECTORS(float[] memory, int d, int[] indices, int at, int count, float[] filters, int w, int dx, \
        int row) {
        """.replace("ROWS", "" + rows).replace("VECTORS", "" + vectors) + rowSums(rows, vectors, "dx", "row") + """
            for (int e = 0; e < count; e++) {
              FloatVector g = FloatVector.broadcast(S, memory[d + e]);
              int w0 = w + indices[at + e];
        """ + products + "    }\n" + rowStores(rows, vectors, "dx");
  }

  private static String vector(String row, int v) {
    return plus(row, v, "S.length()");
  }

  private static int[] lastFirst(int vectors) {
    return IntStream.range(0, vectors).map(i -> i == 0 ? vectors - 1 : i - 1).toArray();
  }

  private static String rowSums(int rows, int vectors, String name, String stride) {
    String text = "";
    for (int r = 0; r < rows; r++) {
      text += "    int " + name + r + " = " + (r == 0 ? name : name + (r - 1) + " + " + stride) + ";\n";
      for (int v : lastFirst(vectors)) {
        text += "    FloatVector s" + r + "_" + v + " = FloatVector.fromArray(S, memory, " + vector(name + r, v) + ");\n";
      }
    }
    return text;
  }

  private static String rowStores(int rows, int vectors, String name) {
    String text = "";
    for (int r = 0; r < rows; r++) {
      for (int v = 0; v < vectors; v++) {
        text += "    s" + r + "_" + v + ".intoArray(memory, " + vector(name + r, v) + ");\n";
      }
    }
    return text + "  }\n";
  }
}
