package org.lenet4j.backend.cpu.single;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.lenet4j.backend.base.FlatParameters;
import org.lenet4j.backend.cpu.layer.Borders;
import org.lenet4j.backend.cpu.layer.CpuActivation;
import org.lenet4j.backend.cpu.layer.CpuParameters;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.memory.ChunkInput;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;

/**
 * One image through a network, for the latency of a single prediction: a chunk of {@link Layout#LANES} would do sixteen times the
 * work. It reads the program's parameters, in an order of its own.
 */
public final class SingleImage {
  private final Loops loops;
  private final ImageLoops imageLoops;
  private final CpuParameters parameters;
  private final float[] table; // byte -> input
  private final Grid input;
  private final List<Step> steps = new ArrayList<>();
  private final Grid output;

  /** One image in an array: {@code (channels, height + 2 border, stride)}, zeros in the border, room for vectors behind the end. */
  private record Grid(Shape shape, int border, int stride, int plane, float[] values) {
    static Grid of(Shape shape, int border, int stride, int plane) {
      return new Grid(shape, border, stride, plane, new float[shape.channels() * plane + 2 * Layout.LANES]);
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

    /** Takes the parameters again. */
    default void load() {}
  }

  /** A model whose parameters lie there. */
  public SingleImage(Model model, CpuParameters parameters, Loops loops, ImageLoops imageLoops) {
    this.loops = loops;
    this.imageLoops = imageLoops;
    this.parameters = parameters;
    table = ChunkInput.table(model.normalization());
    List<LayerSpec> specs = model.layers();
    input = Grid.of(model.input(), paddingOf(specs, 0));
    Grid x = input;
    for (int i = 0; i < specs.size(); i++) {
      LayerSpec spec = specs.get(i);
      if (spec instanceof Conv2d && i + 1 < specs.size() && isMax2(specs.get(i + 1))) {
        i++;
      }
      Grid y = Grid.of(model.outputShape(i), paddingOf(specs, i + 1));
      if (spec instanceof Conv2d conv && specs.get(i) instanceof Pool2d) {
        PooledConvolution step = new PooledConvolution(conv, x, y);
        y = step.y;
        steps.add(step);
      } else if (spec instanceof Conv2d conv) {
        Convolution step = new Convolution(conv, x, i + 1 < specs.size() && specs.get(i + 1) instanceof Pool2d ? null : y);
        y = step.y;
        steps.add(step);
      } else if (spec instanceof Pool2d pool) {
        steps.add(new Pooling(pool, x, y));
      } else if (spec instanceof Linear linear) {
        steps.add(new Dense(linear, x, y));
      } else if (spec instanceof Dropout) {
        steps.add(new Copy(x, y));
      } else {
        throw new AssertionError("no step for " + spec);
      }
      x = y;
    }
    output = x;
    load();
  }

  private static int paddingOf(List<LayerSpec> specs, int index) {
    return index < specs.size() ? Borders.of(specs.get(index)).input() : 0;
  }

  private static boolean isMax2(LayerSpec spec) {
    return spec instanceof Pool2d pool && pool.kind() == Pool2d.Kind.MAX && pool.size() == 2;
  }

  /** The most images that take less time here than in a chunk. */
  public int most() {
    return imageLoops.most();
  }

  /** The parameters have changed. */
  public void load() {
    steps.forEach(Step::load);
  }

  /** Reads one image of unsigned bytes and writes its outputs. */
  public void forward(byte[] images, int from, float[] logits, int to) {
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
   * A convolution. Its vectors may run over several rows where that saves more than it costs: then each column of the kernel gets a copy
   * of the image, shifted by its place and as wide as the output, so that the rows follow each other.
   */
  private final class Convolution implements Step {
    private static final int COPY = 6; // vectors that are multiplied in the time in which one is copied

    private final CpuActivation activation;
    private final FlatParameters.Range weight;
    private final FlatParameters.Range bias;
    private final Grid x;
    private final Grid shifted; // (kernel, channels) planes, or null
    private final Grid raw; // whole vectors are written, so it is longer than what comes out
    private final Grid y; // raw itself where a pooling reads it
    private final ImageLoops.Plan plan;
    private float[] packed;

    Convolution(Conv2d spec, Grid x, Grid wanted) {
      activation = new CpuActivation(loops, spec.activation());
      weight = parameters.range(spec.name() + ".weight");
      bias = parameters.range(spec.name() + ".bias");
      this.x = x;
      int kernel = spec.kernelSize();
      int channels = spec.inChannels();
      int tapCount = channels * kernel * kernel;
      Shape shape = spec.output(x.shape);
      int pieces = vectors(shape.width());
      int apart = shape.height() * pieces;
      int joined = vectors(shape.height() * shape.width());
      int rows = shape.height() + kernel - 1;
      boolean joins = (fours(apart) - fours(joined)) * spec.outChannels() * tapCount > COPY * kernel * channels * rows * pieces;
      shifted = joins ? Grid.of(new Shape(kernel * channels, rows, shape.width()), 0) : null;
      int vectors = joins ? joined : apart;
      int lanes = imageLoops.lanes();
      raw = Grid.of(shape, 0, joins ? shape.width() : pieces * lanes, vectors * lanes);
      y = wanted == null ? raw : wanted;
      int[] xPosition = new int[fours(vectors)];
      int[] yPosition = new int[fours(vectors)];
      for (int i = 0; i < xPosition.length; i++) {
        int position = Math.min(i, vectors - 1); // the last one is computed several times
        yPosition[i] = position * lanes;
        xPosition[i] = joins ? yPosition[i] : position / pieces * x.stride + position % pieces * lanes;
      }
      int[] taps = new int[tapCount];
      Arrays.setAll(taps, t -> {
        int c = t / (kernel * kernel);
        int u = t / kernel % kernel;
        int v = t % kernel;
        return joins ? shifted.at(v * channels + c, u, 0) : c * x.plane + u * x.stride + v;
      });
      plan = new ImageLoops.Plan(spec.outChannels(), imageLoops.blockWidths(spec.outChannels()), taps, xPosition, yPosition, raw.plane);
    }

    private int vectors(int length) {
      return (length + imageLoops.lanes() - 1) / imageLoops.lanes();
    }

    private static int fours(int positions) {
      return (positions + 3) / 4 * 4;
    }

    @Override public void load() {
      packed = imageLoops.pack(plan, parameters.theta, weight.from(), bias.from());
    }

    @Override public void forward() {
      if (shifted != null) {
        shift();
      }
      imageLoops.correlate(plan, packed, (shifted == null ? x : shifted).values, raw.values);
      activation.forward(raw.values, 0, raw.shape.channels() * raw.plane);
      if (y != raw) {
        copy(raw, y);
      }
    }

    private void shift() {
      int channels = x.shape.channels();
      int rows = shifted.shape.height();
      for (int v = 0; v * channels < shifted.shape.channels(); v++) {
        imageLoops.copyRows(x.values, v, x.stride, shifted.values, v * channels * shifted.plane, shifted.stride, channels * rows);
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

  /**
   * A convolution and the largest of each 2x2 of its outputs. A vector holds the same corner of neighbouring windows, whose inputs are two
   * columns apart. For each column of the kernel, and one more for the right corners, the image is therefore copied with every other
   * column, as wide as the windows; even rows come first, then odd ones, so that a vector runs on into the windows below.
   */
  private final class PooledConvolution implements Step {
    private final CpuActivation activation; // what is left of it: max(f(a), f(b)) = f(max(a, b))
    private final float least; // 0 is a ReLU
    private final FlatParameters.Range weight;
    private final FlatParameters.Range bias;
    private final Grid x;
    private final Grid alternate; // (kernel + 1, channels) planes
    private final int[] copiedFrom; // in x
    private final int[] copiedTo; // in alternate, upwards: what is written too much is overwritten
    private final Grid pooled; // with room for the channels of whole blocks
    private final Grid y; // pooled itself, or what it is copied to
    private final ImageLoops.Windows windows;
    private float[] packed;

    PooledConvolution(Conv2d spec, Grid x, Grid wanted) {
      boolean rectifies = spec.activation() == Activation.RELU;
      activation = new CpuActivation(loops, rectifies ? Activation.NONE : spec.activation());
      least = rectifies ? 0 : Float.NEGATIVE_INFINITY;
      weight = parameters.range(spec.name() + ".weight");
      bias = parameters.range(spec.name() + ".bias");
      this.x = x;
      Shape shape = wanted.shape;
      int kernel = spec.kernelSize();
      int channels = spec.inChannels();
      int width = shape.width();
      int rows = 2 * shape.height() + kernel - 1;
      alternate = Grid.of(new Shape((kernel + 1) * channels, rows, width), 0);
      List<int[]> copies = new ArrayList<>();
      for (int c = 0; c < alternate.shape.channels(); c++) {
        for (int row = 0; row < rows; row++) {
          for (int column = 0; column < width; column += imageLoops.alternate()) {
            int from = c % channels * x.plane + row * x.stride + c / channels + 2 * column;
            copies.add(new int[] {from, alternate.at(c, place(row), column)});
          }
        }
      }
      copies.sort(Comparator.comparingInt(copy -> copy[1]));
      copiedFrom = copies.stream().mapToInt(copy -> copy[0]).toArray();
      copiedTo = copies.stream().mapToInt(copy -> copy[1]).toArray();
      int[] widths = imageLoops.blockWidths(spec.outChannels());
      int plane = shape.height() * width;
      pooled = new Grid(shape, 0, width, plane, new float[Arrays.stream(widths).sum() * plane + 2 * Layout.LANES]);
      y = wanted.border == 0 ? pooled : wanted;
      int[] position = new int[(plane + imageLoops.lanes() - 1) / imageLoops.lanes()];
      Arrays.setAll(position, i -> i * imageLoops.lanes());
      int[] taps = new int[channels * kernel * kernel];
      int[] below = new int[taps.length];
      for (int t = 0; t < taps.length; t++) {
        int from = t % kernel * channels + t / (kernel * kernel);
        int row = t / kernel % kernel;
        taps[t] = alternate.at(from, place(row), 0);
        below[t] = alternate.at(from, place(row + 1), 0);
      }
      ImageLoops.Plan plan = new ImageLoops.Plan(spec.outChannels(), widths, taps, position, position, plane);
      windows = new ImageLoops.Windows(plan, below, channels * alternate.plane);
    }

    /** Where a row of the image lies among the even or the odd ones. */
    private int place(int row) {
      return row / 2 + row % 2 * ((alternate.shape.height() + 1) / 2);
    }

    @Override public void load() {
      packed = imageLoops.pack(windows.plan(), parameters.theta, weight.from(), bias.from());
    }

    @Override public void forward() {
      imageLoops.copyAlternate(x.values, copiedFrom, alternate.values, copiedTo);
      imageLoops.correlateMax(windows, packed, alternate.values, least, pooled.values);
      activation.forward(pooled.values, 0, pooled.shape.channels() * pooled.plane);
      if (y != pooled) {
        copy(pooled, y);
      }
    }
  }

  private record Pooling(Pool2d spec, Grid x, Grid y) implements Step {
    @Override public void forward() {
      for (int c = 0; c < y.shape.channels(); c++) {
        for (int row = 0; row < y.shape.height(); row++) {
          for (int column = 0; column < y.shape.width(); column++) {
            int from = x.at(c, row * spec.size(), column * spec.size());
            y.values[y.at(c, row, column)] = spec.kind() == Pool2d.Kind.MAX ? largest(from) : mean(from);
          }
        }
      }
    }

    private float largest(int from) {
      float largest = Float.NEGATIVE_INFINITY;
      for (int u = 0; u < spec.size(); u++) {
        for (int v = 0; v < spec.size(); v++) {
          largest = Math.max(largest, x.values[from + u * x.stride + v]);
        }
      }
      return largest;
    }

    private float mean(int from) {
      float sum = 0;
      for (int u = 0; u < spec.size(); u++) {
        for (int v = 0; v < spec.size(); v++) {
          sum += x.values[from + u * x.stride + v];
        }
      }
      return sum / (spec.size() * spec.size());
    }
  }

  /** The weights are kept by inputs, so that the sums run along the outputs. */
  private final class Dense implements Step {
    private final CpuActivation activation;
    private final FlatParameters.Range weight;
    private final FlatParameters.Range bias;
    private final int inFeatures;
    private final int outFeatures;
    private final Grid x;
    private final Grid y;
    private final float[] weights; // (blocks, in, outputs in a block)
    private final float[] sums; // (blocks, outputs in a block): the biases, then the sums

    Dense(Linear spec, Grid x, Grid y) {
      activation = new CpuActivation(loops, spec.activation());
      weight = parameters.range(spec.name() + ".weight");
      bias = parameters.range(spec.name() + ".bias");
      inFeatures = spec.inFeatures();
      outFeatures = spec.outFeatures();
      this.x = x;
      this.y = y;
      int width = imageLoops.outputs();
      int blocks = (outFeatures + width - 1) / width;
      weights = new float[blocks * width * inFeatures];
      sums = new float[blocks * width];
    }

    @Override public void load() {
      int width = imageLoops.outputs();
      for (int o = 0; o < outFeatures; o++) {
        int to = o / width * width * inFeatures + o % width;
        for (int i = 0; i < inFeatures; i++) {
          weights[to + i * width] = parameters.theta[weight.from() + o * inFeatures + i];
        }
      }
    }

    @Override public void forward() {
      System.arraycopy(parameters.theta, bias.from(), sums, 0, outFeatures);
      for (int o = 0; o < outFeatures; o += imageLoops.outputs()) {
        imageLoops.multiplyAdd(weights, o * inFeatures, x.values, inFeatures, sums, o);
      }
      activation.forward(sums, 0, sums.length);
      if (y.border == 0) {
        System.arraycopy(sums, 0, y.values, 0, outFeatures);
        return;
      }
      for (int o = 0; o < outFeatures; o++) {
        y.values[y.at(o, 0, 0)] = sums[o];
      }
    }
  }
}
