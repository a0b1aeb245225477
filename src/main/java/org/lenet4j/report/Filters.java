package org.lenet4j.report;

import java.util.List;
import org.lenet4j.nn.Parameter;
import org.lenet4j.report.Svg.Anchor;

/** The kernels of a convolution: blue weights are positive, orange ones negative, all on one scale. */
final class Filters {
  private static final int MOST = 64; // kernels
  private static final int GAP = 14;
  private static final int LARGEST = 140; // side of a kernel
  private static final int CAPTION = 22;

  private Filters() {}

  /** {@code weight} is {@code (out, in, k, k)}. */
  static Svg draw(Parameter weight) {
    List<Integer> shape = weight.shape();
    int kernels = Math.min(MOST, shape.get(0) * shape.get(1));
    int columns = columns(kernels);
    int rows = (kernels + columns - 1) / columns;
    int k = shape.get(2);
    int beside = Math.min(LARGEST, Lines.WIDTH / columns - GAP);
    int cell = Math.max(1, (rows > 4 ? beside : Math.min(beside, Lines.HEIGHT / rows - GAP - CAPTION)) / k); // as high as a chart
    int side = cell * k;
    float largest = largest(weight.values(), kernels * k * k);
    int height = rows * (side + GAP + CAPTION);
    Svg svg = new Svg(Lines.WIDTH, Math.max(Lines.HEIGHT, height));
    int top = Math.max(0, Lines.HEIGHT - height) / 2;
    for (int kernel = 0; kernel < kernels; kernel++) {
      double x = Lines.WIDTH * (kernel % columns + 0.5) / columns - side / 2.0;
      int y = top + kernel / columns * (side + GAP + CAPTION) + GAP / 2;
      for (int i = 0; i < k * k; i++) {
        float value = weight.values()[kernel * k * k + i] / largest; // -1 to 1
        svg.area(value > 0, x + i % k * cell, y + i / k * cell, cell, cell, Math.abs(value));
      }
      svg.frame(x, y, side, side);
      svg.text(x + side / 2.0, y + side + CAPTION - 5, Anchor.MIDDLE, 14, "faint", name(kernel, shape.get(1)));
    }
    return svg;
  }

  private static int columns(int kernels) {
    return kernels <= 4 ? kernels : kernels <= 6 ? 3 : kernels <= 16 ? 4 : 8;
  }

  private static String name(int kernel, int inChannels) {
    return inChannels == 1 ? Integer.toString(kernel + 1) : kernel / inChannels + 1 + "." + (kernel % inChannels + 1);
  }

  private static float largest(float[] values, int count) {
    float largest = Float.MIN_VALUE;
    for (int i = 0; i < count; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    return largest;
  }
}
