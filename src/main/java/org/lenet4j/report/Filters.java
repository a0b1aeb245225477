package org.lenet4j.report;

import java.awt.image.BufferedImage;
import java.util.List;
import org.lenet4j.nn.Parameter;

/** The kernels of a convolution: blue weights are positive, orange ones negative, all on one scale. */
final class Filters {
  private static final int MOST = 64; // kernels
  private static final int WIDTH = 480;
  private static final int GAP = 14;
  private static final int LARGEST = 140; // side of a kernel
  private static final int CAPTION = 22;

  private Filters() {}

  /** {@code weight} is {@code (out, in, k, k)}. */
  static BufferedImage draw(Parameter weight, Theme theme) {
    List<Integer> shape = weight.shape();
    int kernels = Math.min(MOST, shape.get(0) * shape.get(1));
    int columns = columns(kernels);
    int k = shape.get(2);
    int cell = Math.max(1, Math.min(LARGEST, WIDTH / columns - GAP) / k);
    int side = cell * k;
    int rows = (kernels + columns - 1) / columns;
    float largest = largest(weight.values(), kernels * k * k);
    return theme.picture(WIDTH, rows * (side + GAP + CAPTION), g -> {
      g.setFont(Theme.font(15));
      for (int kernel = 0; kernel < kernels; kernel++) {
        double x = WIDTH * (kernel % columns + 0.5) / columns - side / 2.0;
        int y = kernel / columns * (side + GAP + CAPTION) + GAP / 2;
        for (int i = 0; i < k * k; i++) {
          float value = weight.values()[kernel * k * k + i] / largest; // -1 to 1
          g.setColor(Theme.mix(theme.background, value > 0 ? theme.first : theme.second, Math.abs(value)));
          g.fillRect((int) x + i % k * cell, y + i / k * cell, cell, cell);
        }
        g.setColor(theme.line);
        g.drawRect((int) x, y, side, side);
        g.setColor(theme.text);
        Theme.centred(g, name(kernel, shape.get(1)), x + side / 2.0, y + side + CAPTION / 2.0 + 2);
      }
    });
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
