package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;

import java.util.Arrays;
import org.lenet4j.backend.cpu.layer.CpuLayer;
import org.lenet4j.backend.cpu.layer.TrainableLayer;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Conv2d;

/**
 * The gradients of a convolution with a 2x2 max-pooling behind it. The pooling passes a gradient to one output of four, the largest of its
 * window, and the other three are left out, as are those that are zero because of a ReLU. Which one is chosen differs from sample to
 * sample, so the lanes of a vector are not samples here: a sample's input lies as {@code (H + 2p, W + 2p, C)}, so that what a row of the
 * filter covers, {@code k} pixels with their channels, lies side by side.
 *
 * <p>{@code dw[m,u,(v,c)] += dy[m,window] x[i+u,(j+v,c)]} over all samples and windows, {@code (i,j)} being the chosen output.
 */
final class ChosenGradient implements ConvGradient {
  /** Samples of which a filter's gradient is summed at once: their input stays in the first-level cache. */
  private static final int GROUP = 4;

  private final Layout in;
  private final Layout out;
  private final Layout dOut;
  private final VectorConv2d.Pooling pooling;
  private final boolean trained;
  private final int channels; // M
  private final int inChannels; // C
  private final int kernel;
  private final int windows;
  private final int places; // of a channel: (windows, LANES)
  private final int list; // (GROUP, windows)

  private final SampleImages x; // null if not wanted, and so is
  private final int[] corner; // (places): where the filter of a window's first output begins in x
  private final int chosen; // in the indices (M, places): where that of the chosen one does
  private final int windowMarks; // (M, words of windows, LANES)
  private final float[][] windowTable = new float[GROUP][];
  private final int stride; // floats of a row of a filter's gradient
  private final int filter; // and of all of it
  private final int dw; // (M, filter)
  private final int dbias; // (M, LANES)

  private final ChosenDataGradient data; // null if nothing is passed on

  ChosenGradient(Conv2d spec, CpuLayer.Place place, VectorConv2d.Pooling pooling, boolean trained,
      ChosenDataGradient data, MemoryPlan memory) {
    in = place.in();
    out = place.out();
    dOut = place.dOut();
    this.pooling = pooling;
    this.trained = trained;
    this.data = data;
    channels = spec.outChannels();
    inChannels = in.shape().channels();
    kernel = spec.kernelSize();
    windows = dOut.shape().height() * dOut.shape().width();
    places = windows * LANES;
    assert dOut.border() == 0;
    list = memory.reserve(GROUP * windows + LANES);

    stride = Tiles.filterStride(kernel * inChannels);
    filter = Tiles.filterRows(kernel) * stride;
    int row = Tiles.filterRow((in.shape().width() + 2 * spec.padding()) * inChannels, stride);
    int beyond = Tiles.filterRows(kernel) * row + stride;
    x = trained ? new SampleImages(in, spec.padding(), row, beyond, memory) : null;
    corner = trained ? x.corners(dOut.shape()) : null;
    chosen = memory.reserveIndices(trained ? channels * places : 0);
    windowMarks = memory.reserve(trained ? channels * ChosenList.words(windows) * LANES : 0);
    Arrays.setAll(windowTable, i -> ChosenList.table(windows, LANES, i));
    dw = memory.reserve(trained ? channels * filter : 0);
    dbias = memory.reserve(channels * LANES);
  }

  @Override public void load(float[] theta, int weight) {
    if (data != null) {
      data.load(theta, weight);
    }
  }

  @Override public void backward(Scratch s) {
    for (int m = 0; m < channels; m++) {
      for (int row = 0; row < out.shape().height(); row++) {
        pooling.rectifyBackward(s.memory, out, dOut, m, row, dbias + m * LANES);
      }
    }
    if (trained) {
      filterGradients(s.memory, s.indices);
    }
    if (data != null) {
      data.backward(s.memory, s.indices);
    }
  }

  private void filterGradients(float[] memory, int[] indices) {
    x.split(memory);
    for (int m = 0; m < channels; m++) {
      VectorPool2d.indices(memory, pooling.choice() + m * places, places, corner, 0, inChannels, x.row, indices, chosen + m * places);
      ChosenList.markWindows(memory, dOut.at(m, 0, 0), windows, windowMarks + m * ChosenList.words(windows) * LANES);
    }
    for (int lane = 0; lane < LANES; lane += GROUP) {
      for (int m = 0; m < channels; m++) {
        int end = list;
        for (int i = 0; i < GROUP; i++) {
          int marks = windowMarks + m * ChosenList.words(windows) * LANES + lane + i;
          end = ChosenList.add(memory, marks, LANES, windows, windowTable[i], end);
        }
        Tiles.chosenFilterGradient(kernel, list, end - list, memory, dOut.at(m, 0, 0) + lane, indices, chosen + m * places + lane, x.row,
            dw + m * filter, stride);
      }
    }
  }

  @Override public void beginSlot(float[] memory) {
    Arrays.fill(memory, dw, dw + channels * filter, 0);
    Arrays.fill(memory, dbias, dbias + channels * LANES, 0);
  }

  @Override public void endSlot(float[] memory, float[] slot, int offset) {
    int at = offset;
    for (int m = 0; m < channels; m++) {
      for (int c = 0; c < inChannels; c++) {
        for (int u = 0; u < kernel; u++) {
          for (int v = 0; v < kernel; v++) {
            slot[at++] = memory[dw + m * filter + u * stride + v * inChannels + c];
          }
        }
      }
    }
    for (int m = 0; m < channels; m++) {
      slot[at++] = TrainableLayer.sumLanes(memory, dbias + m * LANES);
    }
  }
}
