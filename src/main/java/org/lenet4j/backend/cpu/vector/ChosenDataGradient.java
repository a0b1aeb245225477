package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import java.util.Arrays;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.NetworkMemory;
import org.lenet4j.nn.Conv2d;

/**
 * The gradient of the inputs that belongs to {@link ChosenGradient}: {@code dx[i+u,(j+v,c)] += w[m,u,(v,c)] dy[m,window]} for the chosen
 * output {@code (i,j)} of each window, with the sum over the channels {@code m} in registers, for the {@code k + 1} rows and columns that a
 * window's four outputs reach. For that there are two copies of each filter, for a left output and for a right one, with rows of zeros
 * around.
 */
final class ChosenDataGradient {
  private final Layout dOut;
  private final int channels; // M
  private final int inChannels; // C
  private final int kernel;
  private final int windows;
  private final int places; // of a channel: (windows, LANES)
  private final int width; // of windows
  private final SampleImages dx;
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
  private final int marks; // (words of channels, places)
  private final float[] table;
  private final int lists; // (windows, M)
  private final int counts; // in the indices (windows): the length of each list

  ChosenDataGradient(Conv2d spec, Layout dOut, Layout dIn, int choice, NetworkMemory network) {
    this.dOut = dOut;
    channels = spec.outChannels();
    inChannels = spec.inChannels();
    kernel = spec.kernelSize();
    width = dOut.shape().width();
    windows = dOut.shape().height() * width;
    places = windows * LANES;
    assert dOut.border() == 0;
    int rows = roundUp(kernel + 1, Tiles.DATA_ROWS);
    tile = Tiles.DATA_VECTORS * S.length();
    int reach = roundUp((kernel + 1) * inChannels, tile);
    int row = (dIn.shape().width() + 2 * spec.padding()) * inChannels;
    MemoryPlan memory = network.worker();
    dx = new SampleImages(dIn, spec.padding(), row, rows * row + reach, memory);
    copy = (rows + 1) * tile;
    batch = network.batch();
    int length = reach / tile * 2 * channels * copy;
    copies = batch.reserve(length);
    copiesEnd = copies + length;
    packing = packing();
    sample = roundUp(windows * channels, LANES);
    gradients = memory.reserve(LANES * sample);
    dOutElements = Transpose.elements(dOut);
    choices = memory.reserve(LANES * sample);
    choiceElements = Arrays.stream(dOutElements).map(i -> i - dOut.start() + choice).toArray();
    copyOf = memory.reserveIndices(LANES * sample);
    firstCopy = new int[sample];
    Arrays.setAll(firstCopy, i -> i % channels * copy + tile);
    marks = memory.reserve(ChosenList.words(channels) * places);
    table = ChosenList.table(channels, 1, 0);
    lists = memory.reserve(channels * windows + LANES);
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

  /** The weights have changed. */
  void load(float[] theta, int weight) {
    float[] memory = batch.array();
    for (int i = 0; i < packing.length; i += 2) {
      float w = theta[weight + i / 2];
      memory[packing[i]] = w;
      memory[packing[i + 1]] = w;
    }
  }

  /** From the gradients of the pooled outputs, which are rectified. */
  void backward(float[] memory, int[] indices) {
    chooseCopies(memory, indices);
    for (int m = 0; m < channels; m += ChosenList.BITS) {
      for (int place = 0; place < places; place += S.length()) {
        ChosenList.mark(memory, dOut.at(m, 0, 0) + place, places, Math.min(channels - m, ChosenList.BITS),
            marks + m / ChosenList.BITS * places + place);
      }
    }
    dx.clear(memory);
    for (int lane = 0; lane < LANES; lane++) { // outermost: a sample's dx stays in the first-level cache
      listChannels(memory, lane, indices);
      for (int window = 0; window < windows; window++) {
        dataGradient(memory, lane, window, indices);
      }
    }
    dx.join(memory);
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
  private void listChannels(float[] memory, int lane, int[] indices) {
    for (int window = 0; window < windows; window++) {
      int list = lists + window * channels;
      int end = ChosenList.add(memory, marks + window * LANES + lane, places, channels, table, list);
      indices[counts + window] = end - list;
    }
  }

  private void dataGradient(float[] memory, int lane, int window, int[] indices) {
    int first = lane * sample + window * channels;
    int to = dx.corner(lane, window / width, window % width);
    for (int u = 0; u <= kernel; u += Tiles.DATA_ROWS) {
      for (int at = 0, w = copies + u * tile; w < copiesEnd; at += tile, w += 2 * channels * copy) {
        Tiles.chosenDataGradient(lists + window * channels, indices[counts + window], memory, gradients + first, indices, copyOf + first,
            batch.array(), w, to + u * dx.row + at, dx.row);
      }
    }
  }
}
