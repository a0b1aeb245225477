package org.lenet4j.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lenet4j.layer.Activation;
import org.lenet4j.layer.Shape;

/**
 * One image through a network, for the latency of a single prediction: a chunk of {@link Kernels#LANES} would do sixteen times the
 * work. Here the lanes of a vector are neighbouring columns of one row. It shares the weights of the network's own layers.
 */
final class SingleImage {
  private final Grid input;
  private final List<Step> steps = new ArrayList<>();
  private final Grid output;

  /** One image in an array: {@code (channels, height + 2 border, stride)}, zeros in the border, room for a vector behind the end. */
  private record Grid(Shape shape, int border, int stride, int plane, float[] values) {
    static Grid of(Shape shape, int border, int stride, int plane) {
      return new Grid(shape, border, stride, plane, new float[shape.channels() * plane + 2 * Kernels.LANES]);
    }

    static Grid of(Shape shape, int border) {
      int stride = shape.width() + 2 * border;
      return of(shape, border, stride, (shape.height() + 2 * border) * stride);
    }

    int at(int channel, int y, int x) {
      return channel * plane + (y + border) * stride + x + border;
    }
  }

  private interface Step {
    void forward();

    /** Takes the parameters again if it has them in another order. */
    default void load() {}
  }

  /** Whether these layers can be walked so: the vector kernels, and no linear layer below a padded convolution. */
  static boolean fits(Kernels kernels, List<CpuLayer> layers) {
    if (!(kernels instanceof VectorKernels)) {
      return false;
    }
    for (int i = 0; i + 1 < layers.size(); i++) {
      if (layers.get(i) instanceof CpuLinear && padding(layers, i + 1) > 0) {
        return false;
      }
    }
    return true;
  }

  SingleImage(Shape shape, List<CpuLayer> layers) {
    input = Grid.of(shape, padding(layers, 0));
    Grid x = input;
    for (int i = 0; i < layers.size(); i++) {
      CpuLayer layer = layers.get(i);
      Grid y = Grid.of(layer.out.shape(), padding(layers, i + 1));
      if (layer instanceof CpuConv2d conv && conv.pooled) {
        Convolution step = new Convolution(conv, x, null);
        steps.add(step);
        steps.add(new Pooling(true, 2, conv.rectifies, step.y, y));
      } else if (layer instanceof CpuConv2d conv) {
        boolean pooled = i + 1 < layers.size() && layers.get(i + 1) instanceof CpuPool2d;
        Convolution step = new Convolution(conv, x, pooled ? null : y);
        steps.add(step);
        y = step.y;
      } else if (layer instanceof CpuPool2d pool) {
        steps.add(new Pooling(pool.max, pool.size, pool.below.f == Activation.RELU, x, y));
      } else if (layer instanceof CpuLinear linear) {
        steps.add(new Dense(linear, x, y));
      } else {
        steps.add(new Copy(x, y));
      }
      x = y;
    }
    output = x;
  }

  private static int padding(List<CpuLayer> layers, int index) {
    return index < layers.size() && layers.get(index) instanceof CpuConv2d conv ? ((VectorConvolution) conv.convolution).plan.padding : 0;
  }

  /** The layers' parameters have changed. */
  void load() {
    steps.forEach(Step::load);
  }

  /** Reads one image of unsigned bytes and writes its outputs. */
  void forward(byte[] images, int from, float[] table, float[] logits, int to) {
    Shape shape = input.shape;
    int pixel = from;
    for (int c = 0; c < shape.channels(); c++) {
      for (int row = 0; row < shape.height(); row++) {
        int at = input.at(c, row, 0);
        for (int column = 0; column < shape.width(); column++) {
          input.values[at + column] = table[images[pixel++] & 0xFF];
        }
      }
    }
    for (Step step : steps) {
      step.forward();
    }
    System.arraycopy(output.values, 0, logits, to, output.shape.size());
  }

  /**
   * A convolution whose lanes are neighbouring outputs. They may be of several rows where that saves more than it costs: then each column
   * of the kernel gets a copy of the image, shifted by its place and as wide as the output, so that the rows follow each other.
   */
  private static final class Convolution implements Step {
    private static final int COPY = 6; // multiplications that take as long as copying a vector

    private final CpuActivation activation;
    private final VectorConvolution weights;
    private final Grid x;
    private final Grid shifted; // (kernel, channels) planes, or null
    private final Grid raw; // whole vectors are written, so it is longer than what comes out
    private final Grid y; // raw itself where a pooling reads it
    private final int[] xPosition; // of four vectors each
    private final int[] yPosition;
    private final int[] taps;
    private final int[] tapIndex;

    Convolution(CpuConv2d layer, Grid x, Grid wanted) {
      activation = layer.activation;
      weights = (VectorConvolution) layer.convolution;
      Correlation plan = weights.plan;
      this.x = x;
      Shape shape = plan.output;
      int vector = VectorKernels.length();
      int kernel = plan.kernel;
      int channels = plan.inChannels();
      int pieces = vectors(shape.width());
      int vectors = shape.height() * pieces;
      int dense = vectors(shape.height() * shape.width());
      int rows = shape.height() + kernel - 1;
      boolean shifts = (fours(vectors) - fours(dense)) * plan.outChannels() * plan.tapCount() > COPY * kernel * channels * rows * pieces;
      shifted = shifts ? Grid.of(new Shape(kernel * channels, rows, shape.width()), 0) : null;
      int stride = shifts ? shape.width() : pieces * vector;
      raw = Grid.of(shape, 0, stride, vector * (shifts ? dense : vectors));
      y = wanted == null ? raw : wanted;
      xPosition = new int[fours(shifts ? dense : vectors)];
      yPosition = new int[xPosition.length];
      for (int i = 0; i < xPosition.length; i++) {
        int position = Math.min(i, (shifts ? dense : vectors) - 1);
        yPosition[i] = position * vector;
        xPosition[i] = shifts ? yPosition[i] : x.at(0, position / pieces - plan.padding, position % pieces * vector - plan.padding);
      }
      tapIndex = new int[plan.tapCount()];
      Arrays.setAll(tapIndex, t -> t);
      taps = Arrays.stream(tapIndex).map(t -> {
        int c = t / (kernel * kernel);
        int u = t / kernel % kernel;
        int v = t % kernel;
        return shifts ? shifted.at(v * channels + c, u, 0) : c * x.plane + u * x.stride + v;
      }).toArray();
    }

    private static int vectors(int length) {
      return (length + VectorKernels.length() - 1) / VectorKernels.length();
    }

    private static int fours(int positions) {
      return (positions + 3) / 4 * 4;
    }

    @Override public void forward() {
      if (shifted != null) {
        shift();
      }
      VectorKernels.correlateRows(weights.plan, xPosition, yPosition, taps, tapIndex, (shifted == null ? x : shifted).values,
          weights.packed, weights.packedBias, raw.values, raw.plane);
      activation.forward(raw.values, 0, raw.shape.channels() * raw.plane);
      if (y != raw) {
        copy(raw, y);
      }
    }

    private void shift() {
      int channels = x.shape.channels();
      for (int v = 0; v < weights.plan.kernel; v++) {
        VectorKernels.copyRows(x.values, v, x.stride, shifted.values, v * channels * shifted.plane, shifted.stride,
            channels * shifted.shape.height());
      }
    }
  }

  private static void copy(Grid x, Grid y) {
    for (int c = 0; c < y.shape.channels(); c++) {
      for (int row = 0; row < y.shape.height(); row++) {
        System.arraycopy(x.values, x.at(c, row, 0), y.values, y.at(c, row, 0), y.shape.width());
      }
    }
  }

  private record Copy(Grid x, Grid y) implements Step {
    @Override public void forward() {
      copy(x, y);
    }
  }

  private static final class Pooling implements Step {
    private final boolean max;
    private final int size;
    private final Grid x;
    private final Grid y;
    private final boolean rectifies; // does the ReLU of the convolution below
    private final float[] maxima; // one row, in whole vectors

    Pooling(boolean max, int size, boolean rectifies, Grid x, Grid y) {
      this.max = max;
      this.size = size;
      this.x = x;
      this.y = y;
      this.rectifies = rectifies;
      maxima = new float[y.shape.width() + Kernels.LANES];
    }

    @Override public void forward() {
      int columns = y.shape.width();
      for (int c = 0; c < y.shape.channels(); c++) {
        for (int row = 0; row < y.shape.height(); row++) {
          int from = x.at(c, row * size, 0);
          if (max && size == 2 && y.border == 0) {
            VectorKernels.maxPoolRow(x.values, from, from + x.stride, y.values, y.at(c, row, 0), columns, rectifies);
          } else if (max && size == 2) {
            VectorKernels.maxPoolRow(x.values, from, from + x.stride, maxima, 0, columns, rectifies);
            System.arraycopy(maxima, 0, y.values, y.at(c, row, 0), columns);
          } else {
            pool(from, y.at(c, row, 0), columns);
          }
        }
      }
    }

    private void pool(int from, int to, int columns) {
      for (int column = 0; column < columns; column++) {
        y.values[to + column] = max ? largest(from + column * size) : mean(from + column * size);
      }
    }

    private float largest(int from) {
      float largest = Float.NEGATIVE_INFINITY;
      for (int u = 0; u < size; u++) {
        for (int v = 0; v < size; v++) {
          largest = Math.max(largest, x.values[from + u * x.stride + v]);
        }
      }
      return largest;
    }

    private float mean(int from) {
      float sum = 0;
      for (int u = 0; u < size; u++) {
        for (int v = 0; v < size; v++) {
          sum += x.values[from + u * x.stride + v];
        }
      }
      return sum / (size * size);
    }
  }

  /** The weights are kept once more, by inputs, so that the sums run along the outputs. */
  private static final class Dense implements Step {
    private final CpuLinear layer;
    private final Grid x;
    private final Grid y;
    private final float[] weights; // (blocks, in, outputs in a block)
    private final float[] sums; // (blocks, outputs in a block): the biases, then the sums

    Dense(CpuLinear layer, Grid x, Grid y) {
      this.layer = layer;
      this.x = x;
      this.y = y;
      int blocks = (layer.outFeatures + LinearBlocks.outputs() - 1) / LinearBlocks.outputs();
      weights = new float[blocks * LinearBlocks.outputs() * layer.inFeatures];
      sums = new float[blocks * LinearBlocks.outputs()];
      load();
    }

    @Override public void load() {
      int width = LinearBlocks.outputs();
      for (int o = 0; o < layer.outFeatures; o++) {
        int to = o / width * width * layer.inFeatures + o % width;
        for (int i = 0; i < layer.inFeatures; i++) {
          weights[to + i * width] = layer.parameters.theta[layer.weight.from() + o * layer.inFeatures + i];
        }
      }
    }

    @Override public void forward() {
      System.arraycopy(layer.parameters.theta, layer.bias.from(), sums, 0, layer.outFeatures);
      for (int o = 0; o < layer.outFeatures; o += LinearBlocks.outputs()) {
        LinearBlocks.multiplyAdd(weights, o * layer.inFeatures, x.values, layer.inFeatures, sums, o);
      }
      layer.activation.forward(sums, 0, sums.length);
      System.arraycopy(sums, 0, y.values, 0, layer.outFeatures);
    }
  }
}
