package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.vector.BlockText.each;
import static org.lenet4j.backend.cpu.vector.BlockText.fields;
import static org.lenet4j.backend.cpu.vector.BlockText.header;
import static org.lenet4j.backend.cpu.vector.BlockText.list;
import static org.lenet4j.backend.cpu.vector.BlockText.plus;

/** Writes the loops of fully connected layers: sums {@code s<row>}, or {@code s<row>_<vector>}. */
final class GenerateLinearBlocks {
  private GenerateLinearBlocks() {}

  static String source() {
    return header(true) + """
        /** The innermost loops of a fully connected layer, written out as those of {@link CorrelateBlocks}. */
        final class LinearBlocks {
        """ + fields(true) + "  private LinearBlocks() {}\n" + forward() + backward() + backwardPairs() + multiply()
        + weightGradient(8) + weightGradient(6) + "}\n";
  }

  private static String forward() {
    return """

          /**
           * 12 outputs of a chunk that is one vector wide: {@code z[o] = bias[o] + sum_i w[o,i] x[i]}.
           *
           * @param theta the weights {@code (out, in)} from {@code w} and the biases from {@code b}
           * @param o     the first of the outputs; the last one is repeated if there are fewer
           * @param x     {@code (in, LANES)} in the memory
           * @param z     output 0, and the next one {@code stride} further
           */
          static void forward12x1(float[] theta, int w, int b, int o, int out, int in, float[] memory, int x, int z,
              int stride) {
            int o0 = o;
        """ + each(1, 12, "    int o# = Math.min(o + #, out - 1);\n")
        + each(0, 12, "    int w# = w + o# * in;\n")
        + each(0, 12, "    FloatVector s# = FloatVector.broadcast(S, theta[b + o#]);\n") + """
            for (int i = 0; i < in; i++) {
              FloatVector v = FloatVector.fromArray(S, memory, x + i * LANES);
        """ + each(0, 12, "      s# = v.fma(FloatVector.broadcast(S, theta[w# + i]), s#);\n") + "    }\n"
        + each(0, 12, "    s#.intoArray(memory, z + o# * stride);\n") + "  }\n";
  }

  private static String backward() {
    return backward(12, "12 inputs side by side, as few indices are checked then,") + backward(1, "an input");
  }

  private static String backward(int inputs, String what) {
    String zeros = "";
    for (int i = 0; i < inputs; i += 6) {
      zeros += "    FloatVector " + list(i, Math.min(i + 6, inputs), "s# = zero") + ";\n";
    }
    String text = """

          /** The gradient of WHAT of a whole vector: {@code dx[i] = sum_o w[o,i] dz[o]}. */
          static void backward$x1(float[] theta, int w, int i, int out, int in, float[] memory, int dz, int dx) {
            FloatVector zero = FloatVector.zero(S);
        """.replace("WHAT", what).replace("$", "" + inputs) + zeros + """
            for (int o = 0; o < out; o++) {
              int row = w + o * in + i;
              FloatVector v = FloatVector.fromArray(S, memory, dz + o * LANES);
        """;
    for (int i = 0; i < inputs; i++) {
      String index = i == 0 ? "row" : "row + " + i;
      text += each(i, i + 1, "      s# = v.fma(FloatVector.broadcast(S, theta[") + index + each(i, i + 1, "]), s#);\n");
    }
    text += "    }\n";
    for (int i = 0; i < inputs; i++) {
      text += each(i, i + 1, "    s#.intoArray(memory, dx + ") + (i == 0 ? "i" : "(i + " + i + ")") + " * LANES);\n";
    }
    return text + "  }\n";
  }

  private static String backwardPairs() {
    String products = "";
    for (int i = 0; i < 6; i++) {
      String weight = "theta[row" + (i == 0 ? "" : " + " + i) + "]";
      products += (i == 0 ? "      FloatVector f" : "      f") + " = FloatVector.broadcast(S, " + weight + ");\n"
          + each(i, i + 1, "      s#_0 = v0.fma(f, s#_0);\n      s#_1 = v1.fma(f, s#_1);\n");
    }
    String stores = "";
    for (int i = 0; i < 6; i++) {
      String at = plus("to", i, "LANES");
      stores += "    s" + i + "_0.intoArray(memory, " + at + ");\n    s" + i + "_1.intoArray(memory, " + at + " + S.length());\n";
    }
    return """

          /** As {@link #backward12x1} the gradient of 6 inputs side by side, two vectors wide. */
          static void backward6x2(float[] theta, int w, int i, int out, int in, float[] memory, int dz, int dx) {
            FloatVector zero = FloatVector.zero(S);
        """ + each(0, 6, "    FloatVector s#_0 = zero, s#_1 = zero;\n") + """
            for (int o = 0; o < out; o++) {
              int row = w + o * in + i;
              int at = dz + o * LANES;
              FloatVector v0 = FloatVector.fromArray(S, memory, at);
              FloatVector v1 = FloatVector.fromArray(S, memory, at + S.length());
        """ + products + "    }\n    int to = dx + i * LANES;\n" + stores + "  }\n";
  }

  private static String multiply() {
    String products = "";
    for (int r = 0; r < 6; r++) {
      products += (r == 0 ? "      FloatVector f" : "      f") + each(r, r + 1, """
           = FloatVector.broadcast(S, matrix[w# + column]);
                s#_0 = v0.fma(f, s#_0);
                s#_1 = v1.fma(f, s#_1);
          """);
    }
    return """

          /**
           * 6 rows of a matrix by a chunk, two vectors wide: {@code y[r] = bias[r] + sum_c w[r,c] x[c]}. Both strides are variables, \
        so that
           * each index of the matrix is checked: without the checks the JIT compiler moves all loads up and runs out of sixteen registers.
           *
           * @param matrix the element (0, 0) is at {@code w}, the next row {@code down} further and the next column {@code across}
           * @param r      the first of the rows; the last one is repeated if there are fewer
           * @param bias   row 0 is at {@code b}
           * @param x      {@code (columns, LANES)} in the memory
           * @param y      row 0, and the next one {@code stride} further
           */
          static void multiply6x2(float[] matrix, int w, int down, int across, int r, int rows, int columns, float[] bias, int b,
              float[] memory, int x, int y, int stride) {
            int r0 = r;
        """ + each(1, 6, "    int r# = Math.min(r + #, rows - 1);\n") + each(0, 6, "    int w# = w + r# * down;\n") + each(0, 6, """
            FloatVector s#_0 = FloatVector.broadcast(S, bias[b + r#]), s#_1 = s#_0;
        """) + """
            for (int c = 0; c < columns; c++) {
              int column = c * across;
              int at = x + c * LANES;
              FloatVector v0 = FloatVector.fromArray(S, memory, at);
              FloatVector v1 = FloatVector.fromArray(S, memory, at + S.length());
        """ + products + "    }\n" + each(0, 6, """
            s#_0.intoArray(memory, y + r# * stride);
            s#_1.intoArray(memory, y + r# * stride + S.length());
        """) + "  }\n";
  }

  private static String weightGradient(int rows) {
    String loads = "";
    String products = "";
    String stores = "";
    for (int r = 0; r < rows; r++) {
      String at = plus("w0", r, "length");
      loads += "    FloatVector a" + r + " = FloatVector.fromArray(S, dw, " + at + ");\n"
          + "    FloatVector b" + r + " = FloatVector.fromArray(S, dw, " + at + " + next);\n";
      products += (r == 0 ? "      FloatVector d" : "      d") + each(r, r + 1, """
           = FloatVector.broadcast(S, dz[d# + b]);
                a# = v.fma(d, a#);
                b# = u.fma(d, b#);
          """);
      stores += "    a" + r + ".intoArray(dw, " + at + ");\n    b" + r + ".intoArray(dw, " + at + " + next);\n";
    }
    return """

          /**
           * Adds to two vectors of $ rows of the weight gradient: {@code dw[r,j] += sum_b dz[r,b] x[b,j]}.
           *
           * @param samples how many b there are
           * @param dz      row r from {@code d0 + r * stride}
           * @param x       sample b from {@code x0 + b * length}
           * @param dw      row r from {@code w0 + r * length}
           */
          static void weightGradient$x2(int samples, float[] dz, int d0, int stride, float[] x, int x0, int length, float[] dw, int w0) {
            int next = S.length();
        """.replace("$", "" + rows) + each(1, rows, "    int d# = d0 + # * stride;\n") + loads + """
            for (int b = 0; b < samples; b++) {
              FloatVector v = FloatVector.fromArray(S, x, x0 + b * length);
              FloatVector u = FloatVector.fromArray(S, x, x0 + b * length + next);
        """ + products + "    }\n" + stores + "  }\n";
  }
}
