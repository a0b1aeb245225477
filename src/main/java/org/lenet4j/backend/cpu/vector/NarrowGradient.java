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
  private final Loops loops;
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
  private final int[] corner; // (places): where the filter of a window's first output begins in x
  private final int chosen; // in the indices (places): where that of the chosen one does
  private final int stride; // floats of a row of a filter's gradient
  private final int filter; // and of all of it
  private final int dw; // (LANES, M, filter)
  private final int dbias; // (M, LANES)
  private final int lanes; // (LANES)

  NarrowGradient(Conv2d spec, CpuLayer.Place place, Loops loops, VectorConv2d.Pooling pooling, MemoryPlan memory) {
    this.loops = loops;
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
    int row = Tiles.filterRow((in.shape().width() + 2 * spec.padding()) * inChannels, stride);
    int beyond = Tiles.filterRows(kernel) * row + stride;
    x = new SampleImages(in, spec.padding(), row, beyond, memory);
    corner = x.corners(dOut.shape());
    chosen = memory.reserveIndices(places);
    dw = memory.reserve(LANES * channels * filter);
    dbias = memory.reserve(channels * LANES);
    lanes = memory.reserve(LANES);
  }

  /** Whether it is the faster one. */
  static boolean fits(Conv2d spec) {
    return S.length() < LANES && Tiles.isNarrow(spec.kernelSize() * spec.inChannels());
  }

  @Override public void load(float[] theta, int weight) {}

  @Override public void backward(Scratch s) {
    float[] memory = s.memory;
    int[] indices = s.indices;
    pooling.rectifyBackward(loops, memory, out, dOut);
    x.split(memory);
    for (int m = 0; m < channels; m++) {
      VectorPool2d.indices(memory, pooling.choice() + m * places, places, corner, 0, inChannels, x.row, indices, chosen);
      DenseGradient.addBias(memory, dOut.at(m, 0, 0), windows, dbias + m * LANES);
      for (int lane = 0; lane < LANES; lane++) {
        Tiles.narrowFilterGradient(kernel, memory, dOut.at(m, 0, 0) + lane, indices, chosen + lane, windows, x.row,
            dw + (lane * channels + m) * filter, stride);
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
