package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.lenet4j.backend.cpu.layer.CpuLayer;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.layer.TrainableLayer;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Conv2d;

/**
 * The gradients of a convolution from those of all its outputs, in the layout of the forward pass: a vector holds one element of several
 * samples. Below a pooling the gradients of the outputs are made first, where nothing is passed on two rows at a time.
 */
final class DenseGradient implements ConvGradient {
  private final Loops loops;
  private final Layout in;
  private final Layout out;
  private final Layout dOut;
  private final Layout dIn;
  private final Correlation plan;
  private final VectorConv2d.Pooling pooling; // null for none
  private final boolean trained;

  private final Layout dy; // of the convolution itself, or of two rows of it that are used at once
  private final Correlation.Band[] bands; // of the filter gradient; null if not wanted
  private final boolean streams; // each band is two rows of outputs, whose gradient is made just before it is used
  private final int dw; // filter gradient as the plan has it, lanes innermost
  private final int dbias; // (M, LANES)
  private final Correlation backwardPlan; // dx as a correlation of dy; null if not wanted, and so are these:
  private final int[] turning;
  private final float[] turned;
  private final float[] noBias;

  DenseGradient(Conv2d spec, CpuLayer.Place place, Loops loops, Correlation plan, VectorConv2d.Pooling pooling, boolean trained,
      MemoryPlan memory) {
    this.loops = loops;
    in = place.in();
    out = place.out();
    dOut = place.dOut();
    dIn = place.dIn();
    this.plan = plan;
    this.pooling = pooling;
    this.trained = trained;
    boolean passesGradient = place.passesGradient();
    streams = pooling != null && !passesGradient;
    if (pooling == null) {
      dy = dOut;
    } else if (streams) {
      dy = memory.layout(new Shape(spec.outChannels(), 2, plan.output.width()), 0);
    } else {
      dy = memory.layout(plan.output, Math.min(spec.kernelSize() - 1 - spec.padding(), 1));
    }
    bands = trained ? plan.bands(streams ? 2 * plan.output.width() : Tiles.BAND, Correlation.scan(dy)) : null;
    dw = trained ? memory.reserve(plan.gradientLength()) : -1;
    dbias = trained ? memory.reserve(spec.outChannels() * LANES) : -1;
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
    if (streams) {
      for (int row = 0; trained && row < out.shape().height(); row++) {
        unpool(memory, row, 0);
        filterGradient(memory, bands[row]);
      }
      return;
    }
    for (int row = 0; pooling != null && row < out.shape().height(); row++) {
      unpool(memory, row, 2 * row);
    }
    for (int i = 0; trained && i < bands.length; i++) {
      filterGradient(memory, bands[i]);
    }
    if (backwardPlan != null) {
      VectorConv2d.correlate(backwardPlan, memory, turned, noBias);
    }
  }

  /** Gives the gradients of a row of windows to the elements that were chosen, in the two rows of dy from {@code upper} on. */
  private void unpool(float[] memory, int row, int upper) {
    int columns = out.shape().width();
    for (int m = 0; m < out.shape().channels(); m++) {
      if (pooling.rectifies()) {
        loops.rectifyBackward(memory, out.at(m, row, 0), dOut.at(m, row, 0), columns * LANES);
      }
      int chosen = pooling.choice() + (m * out.shape().height() + row) * columns * LANES;
      for (int lane = 0; lane < LANES; lane += S.length()) {
        VectorPool2d.unpool(memory, dOut.at(m, row, 0) + lane, chosen + lane, columns, dy.at(m, upper, 0) + lane, dy.row());
      }
    }
  }

  /** Adds the filter gradient of a band, lane by lane. */
  private void filterGradient(float[] memory, Correlation.Band band) {
    for (int lane = 0; lane < LANES; lane += S.length()) {
      int m = 0;
      for (int width : plan.widths) {
        filterGradient(plan, width, m, lane, memory, band, dy.plane(), dw, dbias);
        m += width;
      }
    }
  }

  private static void filterGradient(Correlation plan, int width, int m, int lane, float[] memory, Correlation.Band band, int plane,
      int dw, int dbias) {
    int[] xp = band.x();
    int[] yp = band.y();
    int[] taps = plan.gradientTap;
    int last = plan.outChannels() - 1; // superfluous channels of a block repeat the last one into sums that nobody reads
    int d0 = lane + m * plane;
    int d1 = lane + Math.min(m + 1, last) * plane;
    int d2 = lane + Math.min(m + 2, last) * plane;
    int d3 = lane + Math.min(m + 3, last) * plane;
    int d4 = lane + Math.min(m + 4, last) * plane;
    int d5 = lane + Math.min(m + 5, last) * plane;
    int stride = taps.length * LANES;
    for (int t = 0; t < taps.length; t += 4) {
      int w0 = dw + m * stride + t * LANES + lane;
      int x0 = taps[t] + lane;
      int x1 = taps[t + 1] + lane;
      int x2 = taps[t + 2] + lane;
      int x3 = taps[t + 3] + lane;
      Tiles.filterGradient(width, memory, xp, x0, x1, x2, x3, memory, yp, d0, d1, d2, d3, d4, d5, memory, w0, stride);
    }
    for (int channel = m; channel < Math.min(m + width, last + 1); channel++) {
      addPositions(memory, yp, lane + channel * plane, dbias + channel * LANES + lane);
    }
  }

  /** Adds to a vector of sums those at all positions from {@code d} on. */
  static void addPositions(float[] memory, int[] yp, int d, int at) {
    FloatVector sum = FloatVector.fromArray(S, memory, at);
    for (int p = 0; p < yp.length; p++) {
      // not sum.add: the JIT compiler knows the class of what was just read, that of a sum only by chance, and would box it
      sum = FloatVector.fromArray(S, memory, d + yp[p]).add(sum);
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
