package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import java.util.Arrays;
import org.lenet4j.backend.cpu.layer.CpuLayer;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.layer.TrainableLayer;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.NetworkMemory;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Conv2d;

/**
 * The gradients of a convolution with a 2x2 max-pooling behind it. The pooling passes a gradient to one output of four, the largest of its
 * window, and the other three are left out. Which one is chosen differs from sample to sample, so the lanes of a vector are not samples
 * here: a sample's input lies as {@code (H + 2p, W + 2p, C)}, so that what a row of the filter covers, {@code k} pixels with their
 * channels, lies side by side.
 *
 * <ul>
 *   <li>{@code dw[m,u,(v,c)] += dy[m,window] x[i+u,(j+v,c)]} over all samples and windows, {@code (i,j)} being the chosen output.
 *   <li>{@code dx[i+u,(j+v,c)] += w[m,u,(v,c)] dy[m,window]}, with the sum over the channels {@code m} in registers, for the {@code k + 1}
 *       rows and columns that a window's four outputs reach, without the channels whose gradient is zero, be it because of a ReLU. For that
 *       there are two copies of each filter, for a left output and for a right one, with rows of zeros around.
 * </ul>
 */
final class ChosenGradient implements ConvGradient {
  private final Loops loops;
  private final Layout in;
  private final Layout out;
  private final Layout dOut;
  private final Layout dIn;
  private final VectorConv2d.Pooling pooling;
  private final boolean trained;
  private final boolean passesGradient;
  private final int channels; // M
  private final int inChannels; // C
  private final int kernel;
  private final int padding;
  private final int places; // of a channel: windows of all samples

  private final int row; // floats of a row of a sample's input
  private final int image; // and of all of it
  private final int x; // (LANES, image), the border stays zero
  private final int[] corner; // (places): where the filter of a window's first output begins in x
  private final int chosen; // in the indices (places): where that of the chosen one does
  private final int stride; // floats of a row of a filter's gradient
  private final int filter; // and of all of it
  private final int dw; // (M, filter)
  private final int dbias; // (M, LANES)

  private final int dx; // (LANES, image)
  private final int tile; // floats of a row that are summed together
  private final MemoryPlan batch;
  private final int copy; // floats of a copy of a filter, in one column of tiles
  private final int copies; // in the batch's memory (columns of tiles, left and right, M, copy)
  private final int copiesEnd;
  private final int[] packing; // (weights, left and right): where each weight lies in them
  private final int[] zeros; // (places)
  private final int copyOf; // in the indices (M, places): the copy that a window needs, from the row on that it needs
  private final int gradients; // (places, M): those that are not zero
  private final int copyOfGradient; // in the indices, likewise
  private final int counts; // in the indices (places): how many are not zero

  ChosenGradient(Conv2d spec, CpuLayer.Place place, Loops loops, VectorConv2d.Pooling pooling, boolean trained, NetworkMemory network) {
    this.loops = loops;
    in = place.in();
    out = place.out();
    dOut = place.dOut();
    dIn = place.dIn();
    this.pooling = pooling;
    this.trained = trained;
    passesGradient = place.passesGradient();
    channels = spec.outChannels();
    inChannels = in.shape().channels();
    kernel = spec.kernelSize();
    padding = spec.padding();
    int width = dOut.shape().width();
    int windows = dOut.shape().height() * width;
    places = windows * LANES;
    assert dOut.border() == 0;

    int vector = S.length();
    int rows = roundUp(kernel + 1, Tiles.DATA_ROWS);
    stride = roundUp(kernel * inChannels, Tiles.FILTER_VECTORS * vector);
    filter = Tiles.filterRows(kernel) * stride;
    tile = Tiles.DATA_VECTORS * vector;
    int reach = roundUp((kernel + 1) * inChannels, tile);
    row = (in.shape().width() + 2 * padding) * inChannels;
    image = (in.shape().height() + 2 * padding) * row;
    int beyond = Math.max(Tiles.filterRows(kernel), rows) * row + Math.max(stride, reach); // what is touched behind the last sample
    MemoryPlan memory = network.worker();
    x = memory.reserve(trained ? LANES * image + beyond : 0);
    chosen = memory.reserveIndices(trained ? places : 0);
    dw = memory.reserve(trained ? channels * filter : 0);
    dbias = memory.reserve(trained ? channels * LANES : 0);
    corner = new int[places];
    Arrays.setAll(corner, i -> x + i % LANES * image + i / LANES / width * 2 * row + i / LANES % width * 2 * inChannels);

    int passed = passesGradient ? channels * places : 0;
    dx = memory.reserve(passesGradient ? LANES * image + beyond : 0);
    copy = (rows + 1) * tile;
    batch = network.batch();
    int length = passesGradient ? reach / tile * 2 * channels * copy : 0;
    copies = batch.reserve(length);
    copiesEnd = copies + length;
    packing = passesGradient ? packing() : new int[0];
    zeros = new int[places];
    copyOf = memory.reserveIndices(passed);
    gradients = memory.reserve(passed);
    copyOfGradient = memory.reserveIndices(passed);
    counts = memory.reserveIndices(places);
  }

  private static int roundUp(int count, int multiple) {
    return (count + multiple - 1) / multiple * multiple;
  }

  /** Weights {@code (M, C, k, k)}, each once for a left output and once for a right one; above each filter is a row of zeros. */
  private int[] packing() {
    int[] packing = new int[channels * inChannels * kernel * kernel * 2];
    for (int i = 0; i < packing.length; i++) {
      int right = i % 2;
      int v = i / 2 % kernel;
      int u = i / 2 / kernel % kernel;
      int c = i / 2 / kernel / kernel % inChannels;
      int m = i / 2 / kernel / kernel / inChannels;
      int at = (v + right) * inChannels + c;
      packing[i] = copies + ((at / tile * 2 + right) * channels + m) * copy + (u + 1) * tile + at % tile;
    }
    return packing;
  }

  @Override public void load(float[] theta, int weight) {
    float[] memory = batch.array();
    for (int i = 0; i < packing.length; i += 2) {
      float w = theta[weight + i / 2];
      memory[packing[i]] = w;
      memory[packing[i + 1]] = w;
    }
  }

  @Override public void backward(Scratch s) {
    float[] memory = s.memory;
    for (int m = 0; pooling.rectifies() && m < channels; m++) {
      for (int i = 0; i < out.shape().height(); i++) {
        loops.rectifyBackward(memory, out.at(m, i, 0), dOut.at(m, i, 0), out.shape().width() * LANES);
      }
    }
    if (trained) {
      split(memory);
      for (int m = 0; m < channels; m++) {
        filterGradient(memory, m, s.indices);
      }
    }
    if (passesGradient) {
      for (int m = 0; m < channels; m++) {
        chooseCopies(memory, m, s.indices);
      }
      for (int place = 0; place < places; place += 4) {
        collect(memory, place, s.indices);
      }
      Arrays.fill(memory, dx, dx + LANES * image, 0);
      for (int lane = 0; lane < LANES; lane++) { // outermost: a sample's dx stays in the first-level cache
        for (int place = lane; place < places; place += LANES) {
          dataGradient(memory, place, s.indices);
        }
      }
      join(memory);
    }
  }

  /** The input, sample by sample. */
  private void split(float[] memory) {
    for (int i = 0; i < in.shape().height(); i++) {
      for (int c = 0; c < inChannels; c++) {
        splitRow(memory, in.at(c, i, 0), x + (i + padding) * row + padding * inChannels + c);
      }
    }
  }

  private void splitRow(float[] memory, int from, int to) {
    for (int j = 0; j < in.shape().width(); j++) {
      for (int lane = 0; lane < LANES; lane++) {
        memory[to + j * inChannels + lane * image] = memory[from + j * LANES + lane];
      }
    }
  }

  private void filterGradient(float[] memory, int m, int[] indices) {
    VectorPool2d.indices(memory, pooling.choice() + m * places, places, corner, 0, inChannels, row, indices, chosen);
    for (int v = 0; v < stride; v += Tiles.FILTER_VECTORS * S.length()) {
      Tiles.chosenFilterGradient(kernel, memory, dOut.at(m, 0, 0), indices, chosen, places, v, row, dw + m * filter + v, stride);
    }
    for (int lane = 0; lane < LANES; lane += S.length()) {
      DenseGradient.addPositions(memory, dOut.at(m, 0, 0) + lane, places / LANES, LANES, dbias + m * LANES + lane);
    }
  }

  /** An upper output needs the filter's rows as they are; of a lower one's, the row of zeros comes first. */
  private void chooseCopies(float[] memory, int m, int[] indices) {
    VectorPool2d.indices(memory, pooling.choice() + m * places, places, zeros, m * copy + tile, channels * copy, -tile, indices,
        copyOf + m * places);
  }

  /** Of four windows, the gradients that are not zero. */
  private void collect(float[] memory, int place, int[] indices) {
    int at0 = place * channels;
    int at1 = at0 + channels;
    int at2 = at1 + channels;
    int at3 = at2 + channels;
    for (int m = 0, i = place; m < channels; m++, i += places) {
      float d = memory[dOut.start() + i];
      memory[gradients + at0] = d;
      indices[copyOfGradient + at0] = indices[copyOf + i];
      at0 += notZero(d);
      d = memory[dOut.start() + i + 1];
      memory[gradients + at1] = d;
      indices[copyOfGradient + at1] = indices[copyOf + i + 1];
      at1 += notZero(d);
      d = memory[dOut.start() + i + 2];
      memory[gradients + at2] = d;
      indices[copyOfGradient + at2] = indices[copyOf + i + 2];
      at2 += notZero(d);
      d = memory[dOut.start() + i + 3];
      memory[gradients + at3] = d;
      indices[copyOfGradient + at3] = indices[copyOf + i + 3];
      at3 += notZero(d);
    }
    indices[counts + place] = at0 - place * channels;
    indices[counts + place + 1] = at1 - (place + 1) * channels;
    indices[counts + place + 2] = at2 - (place + 2) * channels;
    indices[counts + place + 3] = at3 - (place + 3) * channels;
  }

  /** 1 or 0 without a branch, which no processor could foresee. */
  private static int notZero(float d) {
    int bits = Float.floatToRawIntBits(d) << 1;
    return (bits | -bits) >>> 31;
  }

  private void dataGradient(float[] memory, int place, int[] indices) {
    int first = corner[place] - x + dx;
    for (int u = 0; u <= kernel; u += Tiles.DATA_ROWS) {
      for (int at = 0, w = copies + u * tile; w < copiesEnd; at += tile, w += 2 * channels * copy) {
        Tiles.chosenDataGradient(memory, gradients + place * channels, indices, copyOfGradient + place * channels, indices[counts + place],
            batch.array(), w, first + u * row + at, row);
      }
    }
  }

  /** The input's gradient, with the samples as lanes. */
  private void join(float[] memory) {
    for (int i = 0; i < dIn.shape().height(); i++) {
      for (int c = 0; c < inChannels; c++) {
        for (int lane = 0; lane < LANES; lane += 4) {
          joinRow(memory, dx + lane * image + (i + padding) * row + padding * inChannels + c, dIn.at(c, i, 0) + lane);
        }
      }
    }
  }

  /** A row of four samples. */
  private void joinRow(float[] memory, int from, int to) {
    for (int j = 0; j < dIn.shape().width(); j++) {
      int a = from + j * inChannels;
      int b = to + j * LANES;
      memory[b] = memory[a];
      memory[b + 1] = memory[a + image];
      memory[b + 2] = memory[a + 2 * image];
      memory[b + 3] = memory[a + 3 * image];
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
