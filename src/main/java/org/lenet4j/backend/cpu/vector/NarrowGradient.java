package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import java.util.Arrays;
import org.lenet4j.backend.cpu.layer.CpuLayer;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.layer.TrainableLayer;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Conv2d;

/**
 * The filter gradient of {@link ChosenGradient} where a row of the filter is one short vector and nothing is passed on, as in a network's
 * first convolution. Each sample has its own sums, so that they are the same as those of {@link DenseGradient}, which is faster where a
 * vector holds all samples of a chunk.
 */
final class NarrowGradient implements ConvGradient {
  private final Layout in;
  private final Layout out;
  private final Layout dOut;
  private final VectorConv2d.Pooling pooling;
  private final int channels; // M
  private final int inChannels; // C
  private final int kernel;
  private final int windows;
  private final int places; // of a channel: (windows, LANES)
  private final SampleImages x;
  private final int[] corner; // (windows): where the filter of a window's first output begins in a sample
  private final InkedWindows ink;
  private final int stride; // floats of a row of a filter's gradient
  private final int filter; // and of all of it
  private final int dw; // (LANES, M, filter)
  private final int dbias; // (M, LANES)
  private final int lanes; // (LANES)

  NarrowGradient(Conv2d spec, CpuLayer.Place place, Loops loops, VectorConv2d.Pooling pooling, MemoryPlan memory) {
    in = place.in();
    out = place.out();
    dOut = place.dOut();
    this.pooling = pooling;
    channels = spec.outChannels();
    inChannels = in.shape().channels();
    kernel = spec.kernelSize();
    windows = dOut.shape().height() * dOut.shape().width();
    places = windows * LANES;
    assert dOut.border() == 0;
    stride = Tiles.filterStride(kernel * inChannels);
    filter = Tiles.filterRows(kernel) * stride;
    int row = row(spec, in);
    int beyond = Tiles.filterRows(kernel) * row + stride;
    x = new SampleImages(in, spec.padding(), row, beyond, memory);
    corner = new int[windows];
    Arrays.setAll(corner, i -> x.corner(0, i / dOut.shape().width(), i % dOut.shape().width()) - x.sample(0));
    ink = new InkedWindows(in, dOut.shape(), kernel, spec.padding(), loops, memory);
    dw = memory.reserve(LANES * channels * filter);
    dbias = memory.reserve(channels * LANES);
    lanes = memory.reserve(LANES);
  }

  /** Whether it is the faster one. */
  static boolean fits(Conv2d spec) {
    return S.length() < LANES && Tiles.isNarrow(spec.kernelSize() * spec.inChannels());
  }

  private static int row(Conv2d spec, Layout in) {
    int length = (in.shape().width() + 2 * spec.padding()) * spec.inChannels();
    return Tiles.filterRow(length, Tiles.filterStride(spec.kernelSize() * spec.inChannels()));
  }

  /** The choice of an element on the right, the bits of how many floats further its filter begins in a sample. */
  static float right(Conv2d spec) {
    return Float.intBitsToFloat(spec.inChannels());
  }

  /** That of an element below; the sum of both has the bits of the numbers' sum, as they are subnormal. */
  static float below(Conv2d spec, Layout in) {
    return Float.intBitsToFloat(row(spec, in));
  }

  @Override public void load(float[] theta, int weight) {}

  @Override public void backward(Scratch s) {
    float[] memory = s.memory;
    for (int m = 0; m < channels; m++) {
      for (int i = 0; i < out.shape().height(); i++) {
        pooling.rectifyBackward(memory, out, dOut, m, i, dbias + m * LANES);
      }
    }
    x.split(memory);
    ink.find(s);
    for (int a = 0; a < channels; a += 2) {
      int b = Math.min(a + 1, channels - 1); // the last one twice where their number is odd
      for (int lane = 0; lane < LANES; lane++) {
        Tiles.narrowFilterGradient(kernel, ink.list(lane), ink.count(s, lane), memory, dOut.at(a, 0, 0) + lane, dOut.at(b, 0, 0) + lane,
            pooling.choice() + a * places + lane, pooling.choice() + b * places + lane, corner, x.sample(lane), x.row,
            dw + (lane * channels + a) * filter, dw + (lane * channels + b) * filter, stride);
      }
    }
  }

  @Override public void beginSlot(float[] memory) {
    Arrays.fill(memory, dw, dw + LANES * channels * filter, 0);
    Arrays.fill(memory, dbias, dbias + channels * LANES, 0);
  }

  @Override public void endSlot(float[] memory, float[] slot, int offset) {
    int at = offset;
    for (int m = 0; m < channels; m++) {
      for (int c = 0; c < inChannels; c++) {
        for (int u = 0; u < kernel; u++) {
          for (int v = 0; v < kernel; v++) {
            int tap = dw + m * filter + u * stride + v * inChannels + c;
            for (int lane = 0; lane < LANES; lane++) {
              memory[lanes + lane] = memory[tap + lane * channels * filter];
            }
            slot[at++] = TrainableLayer.sumLanes(memory, lanes);
          }
        }
      }
    }
    for (int m = 0; m < channels; m++) {
      slot[at++] = TrainableLayer.sumLanes(memory, dbias + m * LANES);
    }
  }
}
