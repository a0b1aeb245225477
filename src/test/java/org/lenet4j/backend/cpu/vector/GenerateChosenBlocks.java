package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.vector.BlockText.fields;
import static org.lenet4j.backend.cpu.vector.BlockText.header;
import static org.lenet4j.backend.cpu.vector.BlockText.plus;

import java.util.stream.IntStream;

/** Writes the loops of a pooled convolution's gradients: sums {@code s<row>_<vector>}. */
final class GenerateChosenBlocks {
  private GenerateChosenBlocks() {}

  static String filterSource() {
    return header(false) + """
        /**
         * The innermost loops of the filters' gradient in {@link ChosenGradient}. Of vectors at a constant distance the last one is read
         * first, then the first one: the JIT compiler knows that those between are within the array. The sums are added to what is there:
         * so they are never more than an argument, whose class the JIT compiler need not guess.
         */
        final class ChosenFilterBlocks {
        """ + fields(false) + "  private ChosenFilterBlocks() {}\n"
        + filterGradient(5, 2, 96) + filterGradient(1, 2, 0) + filterGradient(5, 4, 96)
        + filterGradient(3, 4, 96) + filterGradient(2, 4, 96) + filterGradient(1, 4, 0) + "}\n";
  }

  static String dataSource() {
    return header(false) + """
        /** The innermost loops of the inputs' gradient in {@link ChosenGradient}, as those of {@link ChosenFilterBlocks}. */
        final class ChosenDataBlocks {
        """ + fields(false) + "  private ChosenDataBlocks() {}\n" + dataGradient(6, 3) + dataGradient(3, 5) + "}\n";
  }

  static String narrowSource() {
    return header(true) + """
        /** The innermost loops of {@link NarrowGradient}; as in {@link ChosenFilterBlocks} the last vector is read first. */
        final class NarrowBlocks {
        """ + fields(true) + "  private NarrowBlocks() {}\n"
        + narrow(5, 1, 32) + narrow(1, 1, 0) + narrow(5, 2, 32)
        + narrow(1, 2, 0) + "}\n";
  }

  /** Of samples in rows of {@code row}. */
  private static String filterGradient(int rows, int vectors, int row) {
    return """

          /**
           * WHAT.
           *
           * @param list   in the memory: those of {@code count} windows
           * @param d      the gradients of windows
           * @param at     in the indices: for each window the place that the filter had
           * @param x      the samplesDISTANCE
           * @param dw     the sums, and the next row {@code stride} further
           */
          static void filterGradientROWSxVECTORS(int list, int count, float[] memory, int d, int[] indices, int at, int x, int dw, \
        int stride) {
        """.replace("WHAT", what(rows, vectors))
        .replace("ROWS", "" + rows).replace("VECTORS", "" + vectors).replace("DISTANCE", row == 0 ? "" : ", in rows of " + row)
        + zeros(rows, vectors) + """
            for (int e = 0; e < count; e++) {
              int window = Float.floatToRawIntBits(memory[list + e]);
              FloatVector g = FloatVector.broadcast(S, memory[d + window]);
              int x0 = x + indices[at + window];
        """ + products(rows, vectors, row) + "    }\n" + additions(rows, vectors, "dw", "stride");
  }

  private static String products(int rows, int vectors, int row) {
    return products("s", "g", "x0", rows, vectors, row);
  }

  private static String products(String sums, String factor, String from, int rows, int vectors, int row) {
    String products = "";
    for (int i : lastFirst(rows * vectors)) {
      int r = i / vectors;
      String sum = sums + r + "_" + i % vectors;
      products += "      " + sum + " = " + factor + ".fma(FloatVector.fromArray(S, memory, "
          + vector(r == 0 ? from : from + " + " + r * row, i % vectors) + "), " + sum + ");\n";
    }
    return products;
  }

  /** Sums {@code a} of the first channel, {@code b} of the second. */
  private static String narrow(int rows, int vectors, int row) {
    return """

          /**
           * WHAT, of two channels.
           *
           * @param list    in the memory: those of {@code count} windows
           * @param da      the gradients of a sample's windows, and the second channel's
           * @param choiceA where the filter was, as the bits of a whole number: so many floats behind the window's corner
           * @param x       the sampleDISTANCE
           * @param dwa     the sums, and the next row {@code stride} further
           */
          static void filterGradientROWSxVECTORS(int list, int count, float[] memory, int da, int db, int choiceA, int choiceB, \
        int[] corner,
              int x, int dwa, int dwb, int stride) {
        """.replace("WHAT", what(rows, vectors)).replace("ROWS", "" + rows).replace("VECTORS", "" + vectors)
        .replace("DISTANCE", row == 0 ? "" : ", in rows of " + row)
        + rowSums("a", rows, vectors, "dwa", "stride") + rowSums("b", rows, vectors, "dwb", "stride") + """
            for (int e = 0; e < count; e++) {
              int window = Float.floatToRawIntBits(memory[list + e]);
              int place = window * LANES;
              int x0 = x + corner[window];
              FloatVector ga = FloatVector.broadcast(S, memory[da + place]);
              int xa = x0 + Float.floatToRawIntBits(memory[choiceA + place]);
        """ + products("a", "ga", "xa", rows, vectors, row) + """
              FloatVector gb = FloatVector.broadcast(S, memory[db + place]);
              int xb = x0 + Float.floatToRawIntBits(memory[choiceB + place]);
        """ + products("b", "gb", "xb", rows, vectors, row) + "    }\n" + rowStores("a", rows, vectors, "dwa")
        + rowStores("b", rows, vectors, "dwb") + "  }\n";
  }

  private static String what(int rows, int vectors) {
    return (rows == 1 ? "A row" : rows + " rows") + " of a filter's gradient, " + (vectors == 1 ? "one vector" : vectors + " vectors")
        + (rows == 1 ? "" : " each");
  }

  private static String dataGradient(int rows, int vectors) {
    String products = "";
    for (int i : lastFirst(rows * vectors)) {
      String sum = "s" + i / vectors + "_" + i % vectors;
      products += "      " + sum + " = g.fma(FloatVector.fromArray(S, filters, " + vector("w0", i) + "), " + sum + ");\n";
    }
    return """

          /**
           * Adds to ROWS rows, VECTORS vectors each, of the input's gradient below a window of the pooling.
           *
           * @param list    in the memory: those of {@code count} channels
           * @param d       the gradients of channels
           * @param at      in the indices: where the filter of each channel is
           * @param filters rows of these vectors, one behind the other
           * @param w       the first of these rows
           * @param dx      the sums, and the next row {@code row} further
           */
          static void dataGradientROWSxVECTORS(int list, int count, float[] memory, int d, int[] indices, int at, float[] filters, int w,
              int dx, int row) {
        """.replace("ROWS", "" + rows).replace("VECTORS", "" + vectors) + zeros(rows, vectors) + """
            for (int e = 0; e < count; e++) {
              int channel = Float.floatToRawIntBits(memory[list + e]);
              FloatVector g = FloatVector.broadcast(S, memory[d + channel]);
              int w0 = w + indices[at + channel];
        """ + products + "    }\n" + additions(rows, vectors, "dx", "row");
  }

  private static String vector(String row, int v) {
    return plus(row, v, "S.length()");
  }

  private static int[] lastFirst(int vectors) {
    return IntStream.range(0, vectors).map(i -> i == 0 ? vectors - 1 : i - 1).toArray();
  }

  private static String zeros(int rows, int vectors) {
    String text = "";
    for (int i = 0; i < rows * vectors; i++) {
      text += "    FloatVector s" + i / vectors + "_" + i % vectors + " = FloatVector.zero(S);\n";
    }
    return text;
  }

  private static String additions(int rows, int vectors, String name, String stride) {
    String text = "";
    for (int r = 0; r < rows; r++) {
      text += r == 0 ? "" : "    int " + name + r + " = " + (r == 1 ? name : name + (r - 1)) + " + " + stride + ";\n";
      for (int v : lastFirst(vectors)) {
        String at = vector(r == 0 ? name : name + r, v);
        text += "    FloatVector.fromArray(S, memory, " + at + ").add(s" + r + "_" + v + ").intoArray(memory, " + at + ");\n";
      }
    }
    return text + "  }\n";
  }

  private static String rowSums(String sums, int rows, int vectors, String name, String stride) {
    String text = "";
    for (int r = 0; r < rows; r++) {
      text += "    int " + name + r + " = " + (r == 0 ? name : name + (r - 1) + " + " + stride) + ";\n";
      for (int v : lastFirst(vectors)) {
        text += "    FloatVector " + sums + r + "_" + v + " = FloatVector.fromArray(S, memory, " + vector(name + r, v) + ");\n";
      }
    }
    return text;
  }

  private static String rowStores(String sums, int rows, int vectors, String name) {
    String text = "";
    for (int r = 0; r < rows; r++) {
      for (int v = 0; v < vectors; v++) {
        text += "    " + sums + r + "_" + v + ".intoArray(memory, " + vector(name + r, v) + ");\n";
      }
    }
    return text;
  }
}
