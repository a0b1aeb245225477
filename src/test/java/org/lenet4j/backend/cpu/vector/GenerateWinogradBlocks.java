package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.vector.BlockText.each;
import static org.lenet4j.backend.cpu.vector.BlockText.fields;
import static org.lenet4j.backend.cpu.vector.BlockText.header;
import static org.lenet4j.backend.cpu.vector.BlockText.plus;

/** Writes the loops of {@link Winograd}, in which no sum is carried from one turn to the next. */
final class GenerateWinogradBlocks {
  private static final int OUT = 8; // channels of a block
  private static final int IN = 6;

  private GenerateWinogradBlocks() {}

  static String source() {
    String operators = "import jdk.incubator.vector.VectorOperators;\n";
    return header(true).replace("import jdk.incubator.vector.VectorSpecies", operators + "import jdk.incubator.vector.VectorSpecies") + """
        /**
         * The innermost loops of {@link Winograd}. Of vectors side by side the last one is read first, then the first one: the JIT compiler
         * knows that those between are within the array.
         */
        final class WinogradBlocks {
        """ + fields(true) + "  private WinogradBlocks() {}\n" + transform("rows", """

          /**
           * Six pixels of a row, and the next two pixels further: {@code B^T d}.
           *
           * @param x    the first pixel
           * @param y    the first result; the others {@code step} apart, those of the next six {@code 6 step} further
           */
          static void rows(float[] memory, int x, int y, int step, int count) {
            for (int i = 0; i < count; i++) {
              int from = x + i * (2 * LANES);
              int to = y + i * 6 * step;
        """, "LANES", "step") + transform("columns", """

          /**
           * The same of a column of these, for the six of a tile.
           *
           * @param x    the topmost of the first column; those below lie behind it, the next column {@code step} further
           * @param y    {@code (6, 6, 6 channels)}, of one channel
           */
          static void columns(float[] memory, int x, int step, int y) {
            for (int i = 0; i < 6; i++) {
              int from = x + i * step;
              int to = y + i * (6 * S.length());
        """, "S.length()", "(36 * S.length())") + products() + outputs() + "}\n";
  }

  /** {@code B^T d} for the points 0, 1/2, -1/2, 3/2, -3/2 and infinity. */
  private static String transform(String name, String head, String in, String out) {
    String text = head;
    for (int i : new int[] {5, 0, 1, 2, 3, 4}) {
      text += each(i, i + 1, "      FloatVector d# = FloatVector.fromArray(S, memory, ") + plus("from", i, in) + ");\n";
    }
    return text + """
              FloatVector even = d2.fma(FloatVector.broadcast(S, -2.25f), d4);
              FloatVector odd = d1.fma(FloatVector.broadcast(S, -1.125f), d3.mul(0.5f));
              FloatVector even3 = d2.fma(FloatVector.broadcast(S, -0.25f), d4);
              FloatVector odd3 = d1.fma(FloatVector.broadcast(S, -0.375f), d3.mul(1.5f));
              FloatVector first = d2.fma(FloatVector.broadcast(S, -2.5f), d0.fma(FloatVector.broadcast(S, 0.5625f), d4));
              FloatVector last = d3.fma(FloatVector.broadcast(S, -2.5f), d1.fma(FloatVector.broadcast(S, 0.5625f), d5));
              last.intoArray(memory, LAST);
              first.intoArray(memory, to);
              even.add(odd).intoArray(memory, to + STEP);
              even.sub(odd).intoArray(memory, to + 2 * STEP);
              even3.add(odd3).intoArray(memory, to + 3 * STEP);
              even3.sub(odd3).intoArray(memory, to + 4 * STEP);
            }
          }
        """.replace("LAST", plus("to", 5, out)).replace("STEP", out);
  }

  private static String products() {
    String text = """

          /**
           * Multiplies two tiles with OUT filters and sums over the IN channels.
           *
           * @param tiles {@code (2, 36, IN)} vectors
           * @param u     filters {@code (36, OUT, IN)} from {@code u0} on
           * @param y     {@code (2, OUT, 36)} vectors
           * @param count 36, or fewer to try
           */
          static void products(float[] memory, int tiles, float[] u, int u0, int y, int count) {
            for (int k = 0; k < count; k++) {
              int left = tiles + k * (IN * S.length());
              int right = left + 36 * IN * S.length();
              int f = u0 + k * (OUT * IN);
              int to = y + k * S.length();
              int next = to + 36 * OUT * S.length();
        """;
    for (int c : new int[] {IN - 1, 0, 1, 2, 3, 4}) {
      text += each(c, c + 1, "      FloatVector a# = FloatVector.fromArray(S, memory, ") + plus("left", c, "S.length()") + ");\n"
          + each(c, c + 1, "      FloatVector b# = FloatVector.fromArray(S, memory, ") + plus("right", c, "S.length()") + ");\n";
    }
    for (int i = 0; i < OUT; i++) {
      int m = (i + OUT - 1) % OUT;
      for (int c = 0; c < IN; c++) {
        int weight = m * IN + c;
        text += "      FloatVector w" + weight + " = FloatVector.broadcast(S, u[f" + (weight == 0 ? "" : " + " + weight) + "]);\n"
            + (c == 0
            ? each(m, m + 1, "      FloatVector p# = a0.mul(wWEIGHT);\n      FloatVector q# = b0.mul(wWEIGHT);\n")
            : each(m, m + 1, "      p# = aIN.fma(wWEIGHT, p#);\n      q# = bIN.fma(wWEIGHT, q#);\n")).replace("WEIGHT", "" + weight)
            .replace("IN", "" + c);
      }
      text += each(m, m + 1, "      p#.intoArray(memory, " + plus("to", m, "(36 * S.length())") + ");\n")
          + each(m, m + 1, "      q#.intoArray(memory, " + plus("next", m, "(36 * S.length())") + ");\n");
    }
    return text.replace("OUT", "" + OUT).replace("IN", "" + IN) + "    }\n  }\n";
  }

  private static String outputs() {
    String text = """

          /**
           * The four outputs of each channel of a tile, {@code A^T z A + bias}, and the largest of them as in {@link VectorPool2d#pool}.
           *
           * @param z      {@code (channels, 36)} vectors
           * @param bias   of the first channel at {@code b}
           * @param least  no maximum is less
           * @param y      the maximum of the first channel, the next one {@code step} further
           * @param choice which output it is, the next one {@code choices} further
           */
          static void outputs(float[] memory, int z, int channels, float[] bias, int b, float least, int y, int step, int choice,
              int choices) {
            FloatVector floor = FloatVector.broadcast(S, least);
            FloatVector zero = FloatVector.zero(S);
            FloatVector two = FloatVector.broadcast(S, 2);
            for (int i = 0; i < channels; i++) {
              int at = z + i * (36 * S.length());
              FloatVector z35 = FloatVector.fromArray(S, memory, at + 35 * S.length());
        """;
    for (int column = 0; column < 6; column++) {
      for (int row = 0; row < 6; row++) {
        int k = row * 6 + column;
        text += k == 35 ? "" : each(k, k + 1, "      FloatVector z# = FloatVector.fromArray(S, memory, ") + plus("at", k, "S.length()")
            + ");\n";
      }
      text += "      FloatVector upper" + column + " = " + even("z", column, 6) + ";\n"
          + "      FloatVector lower" + column + " = " + odd("z", column, 6) + ";\n";
    }
    return text + """
              FloatVector constant = FloatVector.broadcast(S, bias[b + i]);
              FloatVector upperLeft = UPPER_LEFT
                  .add(constant);
              FloatVector upperRight = UPPER_RIGHT
                  .add(constant);
              FloatVector lowerLeft = LOWER_LEFT
                  .add(constant);
              FloatVector lowerRight = LOWER_RIGHT
                  .add(constant);
              var right = upperRight.compare(VectorOperators.GT, upperLeft);
              FloatVector upper = upperLeft.blend(upperRight, right);
              FloatVector upperChoice = zero.blend(1, right);
              right = lowerRight.compare(VectorOperators.GT, lowerLeft);
              FloatVector lower = lowerLeft.blend(lowerRight, right);
              FloatVector lowerChoice = two.blend(3, right);
              var below = lower.compare(VectorOperators.GT, upper);
              FloatVector largest = upper.blend(lower, below);
              largest.blend(floor, floor.compare(VectorOperators.GT, largest)).intoArray(memory, y + i * step);
              upperChoice.blend(lowerChoice, below).intoArray(memory, choice + i * choices);
            }
          }
        """.replace("UPPER_LEFT", even("upper", 0, 1)).replace("UPPER_RIGHT", wrapped(odd("upper", 0, 1)))
            .replace("LOWER_LEFT", even("lower", 0, 1)).replace("LOWER_RIGHT", wrapped(odd("lower", 0, 1)));
  }

  private static String wrapped(String text) {
    return text.replace("1.5f), ", "1.5f),\n          ");
  }

  /** The first row of {@code A^T}: 1 1 1 1 1 0. */
  private static String even(String name, int first, int step) {
    String text = name + (first + step) + ".add(" + name + (first + 2 * step) + ")";
    return name + first + ".add(" + text + ").add(" + text.replace(name + (first + step) + ".", name + (first + 3 * step) + ".")
        .replace("(" + name + (first + 2 * step) + ")", "(" + name + (first + 4 * step) + ")") + ")";
  }

  /** The second one: 0 1/2 -1/2 3/2 -3/2 1. */
  private static String odd(String name, int first, int step) {
    return name + (first + 3 * step) + ".sub(" + name + (first + 4 * step) + ").fma(FloatVector.broadcast(S, 1.5f), "
        + name + (first + step) + ".sub(" + name + (first + 2 * step) + ").fma(FloatVector.broadcast(S, 0.5f), " + name
        + (first + 5 * step) + "))";
  }
}
