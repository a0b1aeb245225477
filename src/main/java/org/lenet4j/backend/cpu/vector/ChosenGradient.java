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
 * window, and the other three are left out, as are those that are zero because of a ReLU. Which one is chosen differs from sample to
 * sample, so the lanes of a vector are not samples here: a sample's input lies as {@code (H + 2p, W + 2p, C)}, so that what a row of the
 * filter covers, {@code k} pixels with their channels, lies side by side.
 *
 * <ul>
 *   <li>{@code dw[m,u,(v,c)] += dy[m,window] x[i+u,(j+v,c)]} over all samples and windows, {@code (i,j)} being the chosen output.
 *   <li>{@code dx[i+u,(j+v,c)] += w[m,u,(v,c)] dy[m,window]}, with the sum over the channels {@code m} in registers, for the {@code k + 1}
 *       rows and columns that a window's four outputs reach. For that there are two copies of each filter, for a left output and for a
 *       right one, with rows of zeros around.
 * </ul>
 */
final class ChosenGradient implements ConvGradient {
  /** Samples of which a filter's gradient is summed at once: their input stays in the first-level cache. */
  private static final int GROUP = 4;

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
  private final int windows;
  private final int places; // of a channel: (windows, LANES)
  private final int lists; // in the indices (windows, M), or (GROUP, windows)

  private final int row; // floats from a row of a sample's input to the next
  private final int image; // and from a sample to the next
  private final int inside; // of an image: where it begins inside its border
  private final int inRow; // numbers of a row inside
  private final int x; // (LANES, image), the border stays zero
  private final int[] inElements; // (H, W, C)
  private final int[] corner; // (places): where the filter of a window's first output begins in x
  private final int chosen; // in the indices (M, places): where that of the chosen one does
  private final int windowMarks; // in the indices (M, words of windows, LANES)
  private final int[] windowTable = ChosenList.table(LANES);
  private final int stride; // floats of a row of a filter's gradient
  private final int filter; // and of all of it
  private final int dw; // (M, filter)
  private final int dbias; // (M, LANES)

  private final int dx; // (LANES, image)
  private final int[] dInElements; // (H, W, C)
  private final int tile; // floats of a row that are summed together
  private final MemoryPlan batch;
  private final int copy; // floats of a copy of a filter, in one column of tiles
  private final int copies; // in the batch's memory (columns of tiles, left and right, M, copy)
  private final int copiesEnd;
  private final int[] packing; // (weights, left and right): where each weight lies in them
  private final int sample; // of what follows of each sample
  private final int gradients; // (LANES, sample): the windows' gradients, of a window all channels side by side
  private final int[] dOutElements; // (sample)
  private final int choices; // (LANES, sample)
  private final int[] choiceElements; // (sample)
  private final int copyOf; // in the indices (LANES, sample): the copy that a window needs, from the row on that it needs
  private final int[] firstCopy; // (sample): what a window needs of which the upper left output was chosen
  private final int channelMarks; // in the indices (words of channels, places)
  private final int[] channelTable = ChosenList.table(1);
  private final int counts; // in the indices (windows): the length of each list

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
    int width = dOut.shape().width();
    windows = dOut.shape().height() * width;
    places = windows * LANES;
    assert dOut.border() == 0;
    MemoryPlan memory = network.worker();
    lists = memory.reserveIndices(Math.max(GROUP, channels) * windows + LANES);

    int padding = spec.padding();
    int rows = roundUp(kernel + 1, Tiles.DATA_ROWS);
    inRow = in.shape().width() * inChannels;
    stride = Tiles.filterStride(kernel * inChannels);
    filter = Tiles.filterRows(kernel) * stride;
    tile = Tiles.DATA_VECTORS * S.length();
    int reach = roundUp((kernel + 1) * inChannels, tile);
    row = Tiles.filterRow(inRow + 2 * padding * inChannels, stride);
    image = Tiles.sampleStride((in.shape().height() + 2 * padding) * row);
    inside = padding * (row + inChannels);
    int beyond = Math.max(Tiles.filterRows(kernel), rows) * row + Math.max(stride, reach); // what is touched behind the last sample
    x = memory.reserve(trained ? LANES * image + beyond : 0);
    inElements = trained ? Transpose.elements(in) : null;
    corner = new int[places];
    Arrays.setAll(corner, i -> x + i % LANES * image + i / LANES / width * 2 * row + i / LANES % width * 2 * inChannels);
    chosen = memory.reserveIndices(trained ? channels * places : 0);
    windowMarks = memory.reserveIndices(trained ? channels * ChosenList.words(windows) * LANES : 0);
    dw = memory.reserve(trained ? channels * filter : 0);
    dbias = memory.reserve(trained ? channels * LANES : 0);

    int passed = passesGradient ? LANES : 0;
    dx = memory.reserve(passesGradient ? LANES * image + beyond : 0);
    dInElements = passesGradient ? Transpose.elements(dIn) : null;
    copy = (rows + 1) * tile;
    batch = network.batch();
    int length = passesGradient ? reach / tile * 2 * channels * copy : 0;
    copies = batch.reserve(length);
    copiesEnd = copies + length;
    packing = passesGradient ? packing() : new int[0];
    sample = roundUp(windows * channels, LANES);
    gradients = memory.reserve(passed * sample);
    dOutElements = Transpose.elements(dOut);
    choices = memory.reserve(passed * sample);
    choiceElements = Arrays.stream(dOutElements).map(i -> i - dOut.start() + pooling.choice()).toArray();
    copyOf = memory.reserveIndices(passed * sample);
    firstCopy = new int[sample];
    Arrays.setAll(firstCopy, i -> i % channels * copy + tile);
    channelMarks = memory.reserveIndices(ChosenList.words(channels) * passed * windows);
    counts = memory.reserveIndices(windows);
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
    pooling.rectifyBackward(loops, s.memory, out, dOut);
    if (trained) {
      filterGradients(s.memory, s.indices);
    }
    if (passesGradient) {
      dataGradients(s.memory, s.indices);
    }
  }

  private void filterGradients(float[] memory, int[] indices) {
    for (int i = 0; i < in.shape().height(); i++) {
      Transpose.split(memory, inElements, i * inRow, inRow, x + inside + i * row, image);
    }
    for (int m = 0; m < channels; m++) {
      VectorPool2d.indices(memory, pooling.choice() + m * places, places, corner, 0, inChannels, row, indices, chosen + m * places);
      ChosenList.markWindows(memory, dOut.at(m, 0, 0), windows, indices, windowMarks + m * ChosenList.words(windows) * LANES);
      DenseGradient.addBias(memory, dOut.at(m, 0, 0), windows, dbias + m * LANES);
    }
    for (int lane = 0; lane < LANES; lane += GROUP) {
      for (int m = 0; m < channels; m++) {
        int end = lists;
        for (int i = lane; i < lane + GROUP; i++) {
          end = ChosenList.addWindows(indices, windowMarks + m * ChosenList.words(windows) * LANES + i, windows, windowTable, i, end);
        }
        Tiles.chosenFilterGradient(kernel, lists, end - lists, memory, dOut.at(m, 0, 0), indices, chosen + m * places, row,
            dw + m * filter, stride);
      }
    }
  }

  private void dataGradients(float[] memory, int[] indices) {
    chooseCopies(memory, indices);
    for (int m = 0; m < channels; m += ChosenList.BITS) {
      for (int place = 0; place < places; place += S.length()) {
        ChosenList.mark(memory, dOut.at(m, 0, 0) + place, places, Math.min(channels - m, ChosenList.BITS), indices,
            channelMarks + m / ChosenList.BITS * places + place);
      }
    }
    Arrays.fill(memory, dx, dx + LANES * image, 0);
    for (int lane = 0; lane < LANES; lane++) { // outermost: a sample's dx stays in the first-level cache
      listChannels(indices, lane);
      for (int window = 0; window < windows; window++) {
        dataGradient(memory, lane, window, indices);
      }
    }
    for (int i = 0; i < in.shape().height(); i++) {
      Transpose.join(memory, dInElements, i * inRow, inRow, dx + inside + i * row, image);
    }
  }

  /** An upper output needs the filter's rows as they are; of a lower one's, the row of zeros comes first. */
  private void chooseCopies(float[] memory, int[] indices) {
    Transpose.split(memory, dOutElements, 0, dOutElements.length, gradients, sample);
    Transpose.split(memory, choiceElements, 0, choiceElements.length, choices, sample);
    for (int lane = 0; lane < LANES; lane++) {
      VectorPool2d.indices(memory, choices + lane * sample, sample, firstCopy, 0, channels * copy, -tile, indices, copyOf + lane * sample);
    }
  }

  /** Of each window of a sample, ahead: so no list has to wait for what the processor did not foresee of the one before. */
  private void listChannels(int[] indices, int lane) {
    for (int window = 0; window < windows; window++) {
      int list = lists + window * channels;
      int end = list;
      for (int m = 0; m < channels; m += ChosenList.BITS) {
        int marks = indices[channelMarks + m / ChosenList.BITS * places + window * LANES + lane];
        end = ChosenList.add(marks, Math.min(channels - m, ChosenList.BITS), channelTable, m, indices, end);
      }
      indices[counts + window] = end - list;
    }
  }

  private void dataGradient(float[] memory, int lane, int window, int[] indices) {
    int first = lane * sample + window * channels;
    int to = corner[window * LANES + lane] - x + dx;
    for (int u = 0; u <= kernel; u += Tiles.DATA_ROWS) {
      for (int at = 0, w = copies + u * tile; w < copiesEnd; at += tile, w += 2 * channels * copy) {
        Tiles.chosenDataGradient(lists + window * channels, indices[counts + window], memory, gradients + first, indices, copyOf + first,
            batch.array(), w, to + u * row + at, row);
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
