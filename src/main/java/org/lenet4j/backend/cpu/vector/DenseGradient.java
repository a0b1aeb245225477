package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.lenet4j.backend.cpu.layer.CpuLayer;
import org.lenet4j.backend.cpu.layer.TrainableLayer;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Conv2d;

/**
 * The gradients of a convolution from those of all its outputs, in the layout of the forward pass: a vector holds one element of several
 * samples. Below a pooling these are made first: for the filters a row of its windows at a time, in the order that {@link NarrowGradient}
 * has, all of them only where something is passed on.
 */
final class DenseGradient implements ConvGradient {
  private final Layout in;
  private final Layout out;
  private final Layout dOut;
  private final Layout dIn;
  private final Correlation plan;
  private final VectorConv2d.Pooling pooling; // null for none
  private final InkedTaps ink; // null where nobody looks for it
  private final boolean trained;

  private final Layout dy; // of the convolution itself; null if nothing is passed on
  private final int[][] bands; // of the filter gradient: index in x of each position; null if not wanted
  private final int[] bandOf; // (M): where a channel's outputs of a band are, of blocks of (positions, channels, LANES)
  private final int[] widthOf; // (M): channels of its block
  private final int[] scan; // (positions), in dy
  private final int dw; // filter gradient as the plan has it, lanes innermost
  private final int dbias; // (M, LANES)
  private final Correlation backwardPlan; // dx as a correlation of dy; null if not wanted, and so are these:
  private final int[] turning;
  private final float[] turned;
  private final float[] noBias;

  DenseGradient(Conv2d spec, CpuLayer.Place place, Correlation plan, VectorConv2d.Pooling pooling, InkedTaps ink,
      boolean trained, MemoryPlan memory) {
    in = place.in();
    out = place.out();
    dOut = place.dOut();
    dIn = place.dIn();
    this.plan = plan;
    this.pooling = pooling;
    this.ink = ink;
    this.trained = trained;
    boolean passesGradient = place.passesGradient();
    if (pooling == null) {
      dy = dOut;
    } else {
      dy = passesGradient ? memory.layout(plan.output, Math.min(spec.kernelSize() - 1 - spec.padding(), 1)) : null;
    }
    int positions = dy == null ? 4 * out.shape().width() : Tiles.BAND;
    bands = trained ? dy == null ? plan.windowBands() : plan.bands(positions) : null;
    bandOf = new int[Arrays.stream(plan.widths).sum()];
    widthOf = new int[bandOf.length];
    int m = 0;
    for (int width : plan.widths) {
      int block = trained ? memory.reserve(positions * width * LANES) : -1;
      for (int c = 0; c < width; c++, m++) {
        bandOf[m] = block + c * LANES;
        widthOf[m] = width;
      }
    }
    scan = dy == null ? null : Correlation.scan(dy);
    dw = trained ? memory.reserve(plan.gradientLength()) : -1;
    dbias = memory.reserve(spec.outChannels() * LANES);
    backwardPlan = passesGradient ? new Correlation(dy, dIn, spec.kernelSize(), spec.kernelSize() - 1 - spec.padding(), false) : null;
    turning = passesGradient ? backwardPlan.packing(true) : null;
    turned = passesGradient ? new float[backwardPlan.packedLength()] : null;
    noBias = passesGradient ? new float[Arrays.stream(backwardPlan.widths).sum()] : null;
  }

  @Override public void load(float[] theta, int weight) {
    if (turned != null) {
      Correlation.pack(turning, theta, weight, turned);
    }
  }

  @Override public void backward(Scratch s) {
    float[] memory = s.memory;
    if (dy == null) {
      for (int row = 0; trained && row < out.shape().height(); row++) {
        int first = ink == null ? 0 : ink.firstWindow(s, row); // what is beside has zeros below, with which the gradients are multiplied
        int end = ink == null ? out.shape().width() : ink.endWindow(s, row);
        for (int m = 0; m < plan.outChannels(); m++) {
          int right = widthOf[m] * LANES;
          unpool(memory, m, row, first, end, bandOf[m], right, 2 * right, 4 * right);
        }
        filterGradient(memory, bands[row], 4 * first, 4 * end);
      }
      return;
    }
    for (int m = 0; pooling != null && m < plan.outChannels(); m++) {
      for (int row = 0; row < out.shape().height(); row++) {
        unpool(memory, m, row, 0, out.shape().width(), dy.at(m, 2 * row, 0), LANES, dy.row(), 2 * LANES);
      }
    }
    for (int i = 0, p = 0; trained && i < bands.length; p += bands[i++].length) {
      for (int m = 0; m < plan.outChannels(); m++) {
        copy(memory, scan, p, bands[i].length, m * dy.plane(), bandOf[m], widthOf[m] * LANES);
      }
      filterGradient(memory, bands[i], 0, bands[i].length);
    }
    if (backwardPlan != null) {
      VectorConv2d.correlate(backwardPlan, memory, turned, noBias);
    }
  }

  /** Gives the gradients of some windows of a row to the elements that were chosen, and those of all of it to the bias. */
  private void unpool(float[] memory, int m, int row, int first, int end, int upper, int right, int below, int next) {
    pooling.rectifyBackward(memory, out, dOut, m, row, dbias + m * LANES);
    int choice = pooling.choice() + ((m * out.shape().height() + row) * out.shape().width() + first) * LANES;
    for (int lane = 0; lane < LANES; lane += S.length()) {
      VectorPool2d.unpool(memory, dOut.at(m, row, first) + lane, choice + lane, end - first, upper + lane, right, below, next);
    }
  }

  /** A channel of the outputs' gradient at the positions of a band. */
  static void copy(float[] memory, int[] scan, int first, int count, int channel, int to, int step) {
    for (int lane = 0; lane < LANES; lane += S.length()) {
      for (int p = 0; p < count; p++) {
        FloatVector.fromArray(S, memory, scan[first + p] + channel + lane).intoArray(memory, to + p * step + lane);
      }
    }
  }

  /** Adds the filter gradient of a band, lane by lane. */
  private void filterGradient(float[] memory, int[] xp, int first, int end) {
    int[] taps = plan.gradientTap;
    int stride = taps.length * LANES;
    for (int lane = 0; lane < LANES; lane += S.length()) {
      int m = 0;
      for (int width : plan.widths) {
        for (int t = 0; t < taps.length; t += 4) {
          Tiles.filterGradient(width, memory, xp, first, end, taps[t] + lane, taps[t + 1] + lane, taps[t + 2] + lane, taps[t + 3] + lane,
              bandOf[m] + lane, dw + m * stride + t * LANES + lane, stride);
        }
        m += width;
      }
      for (m = 0; pooling == null && m < plan.outChannels(); m++) {
        addPositions(memory, bandOf[m] + lane, end - first, widthOf[m] * LANES, dbias + m * LANES + lane);
      }
    }
  }

  /** Adds to a vector of sums {@code count} from {@code from} on. */
  static void addPositions(float[] memory, int from, int count, int step, int at) {
    FloatVector sum = FloatVector.fromArray(S, memory, at);
    for (int p = 0; p < count; p++) {
      // not sum.add: the JIT compiler knows the class of what was just read, that of a sum only by chance, and would box it
      sum = FloatVector.fromArray(S, memory, from + p * step).add(sum);
    }
    sum.intoArray(memory, at);
  }

  @Override public void beginSlot(float[] memory) {
    Arrays.fill(memory, dw, dw + plan.gradientLength(), 0);
    Arrays.fill(memory, dbias, dbias + plan.outChannels() * LANES, 0);
  }

  @Override public void endSlot(float[] memory, float[] slot, int offset) {
    int at = offset;
    int stride = plan.gradientTap.length;
    for (int m = 0; m < plan.outChannels(); m++) {
      for (int t = 0; t < plan.tapCount(); t++) {
        slot[at++] = TrainableLayer.sumLanes(memory, dw + (m * stride + t) * LANES);
      }
    }
    for (int m = 0; m < plan.outChannels(); m++) {
      slot[at++] = TrainableLayer.sumLanes(memory, dbias + m * LANES);
    }
  }
}
