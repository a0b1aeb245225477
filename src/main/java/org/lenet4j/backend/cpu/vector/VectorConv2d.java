package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.lenet4j.backend.cpu.layer.CpuConv2d;
import org.lenet4j.backend.cpu.layer.CpuParameters;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;

/**
 * A direct convolution: no im2col, the taps are walked with the sums in registers. Where the place says so, the 2x2 max-pooling above it
 * is part of it: two rows of outputs at a time are pooled while they are in the first-level cache, and of the rest only which element of
 * a window was the largest is kept.
 */
final class VectorConv2d extends CpuConv2d {
  private final boolean pooled;
  private final Correlation plan;
  private final int[] packing;
  private final float[] packed;
  private final float[] packedBias; // padded to whole blocks
  private final float least; // of pooled outputs: 0 is a ReLU
  private final int sums; // pooled only: two rows of outputs of 6 channels
  private final int choice; // pooled only: (M, windows, LANES), which element of a window is the first largest, 0 to 3 row by row

  private final Layout dy; // of the convolution itself, or of two rows of it that are used at once; null without gradients
  private final Correlation.Band[] bands; // of the filter gradient; null if not wanted
  private final boolean streams; // each band is two rows of outputs, whose gradient is made just before it is used
  private final int dw; // filter gradient as the plan has it, lanes innermost
  private final int dbias; // (M, LANES)
  private final Correlation backwardPlan; // dx as a correlation of dy; null if not wanted, and so are these:
  private final int[] turning;
  private final float[] turned;
  private final float[] noBias;

  VectorConv2d(Conv2d spec, Place place, CpuParameters parameters, Loops loops, MemoryPlan memory) {
    super(spec, place, parameters, loops);
    pooled = place.pooled();
    plan = new Correlation(in, out, spec.kernelSize(), spec.padding(), pooled);
    packing = plan.packing(false);
    packed = new float[plan.packedLength()];
    packedBias = new float[Arrays.stream(plan.widths).sum()];
    least = spec.activation() == Activation.RELU ? 0 : Float.NEGATIVE_INFINITY;
    sums = pooled ? memory.reserve(6 * 2 * 2 * out.shape().width() * LANES) : -1;
    choice = pooled ? memory.reserve(out.shape().size() * LANES) : -1;

    streams = pooled && !passesGradient;
    if (!pooled || !needsGradient) {
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
    load();
  }

  @Override public void load() {
    Correlation.pack(packing, parameters.theta, weight.from(), packed);
    System.arraycopy(parameters.theta, bias.from(), packedBias, 0, plan.outChannels());
    if (passesGradient) {
      Correlation.pack(turning, parameters.theta, weight.from(), turned);
    }
  }

  @Override public void forward(Scratch s, boolean training) {
    if (pooled) {
      correlateAndPool(s.memory);
    } else {
      correlate(plan, s.memory, packed, packedBias);
      activation.forward(s.memory, out);
    }
  }

  private void correlateAndPool(float[] memory) {
    int columns = out.shape().width();
    int rows = out.shape().height();
    int sumsRow = 2 * columns * LANES;
    for (int lane = 0; lane < LANES; lane += S.length()) {
      for (int row = 0; row < rows; row++) { // outermost: its input is used by all channels
        int m = 0;
        for (int width : plan.widths) {
          for (int column = 0; column < columns; column++) {
            int upper = sums + 2 * column * LANES + lane;
            int lower = upper + sumsRow;
            correlate(plan, width, m, row * columns + column, lane, memory, packed, packedBias, upper, upper + LANES, lower, lower + LANES,
                2 * sumsRow);
          }
          for (int i = 0; i < width && m + i < plan.outChannels(); i++) {
            VectorPool2d.pool(memory, sums + i * 2 * sumsRow + lane, sumsRow, columns, least, out.at(m + i, row, 0) + lane,
                choice + ((m + i) * rows + row) * columns * LANES + lane);
          }
          m += width;
        }
      }
    }
  }

  /**
   * Cross-correlation, {@code y[m,i,j] = bias[m] + sum_{c,u,v} w[m,c,u,v] x[c,i+u-p,j+v-p]}.
   *
   * @param w weights as {@link Correlation#pack} lays them out
   */
  private static void correlate(Correlation plan, float[] memory, float[] w, float[] bias) {
    int[] yp = plan.yPosition;
    int plane = plan.y.plane();
    for (int lane = 0; lane < LANES; lane += S.length()) {
      int m = 0;
      for (int width : plan.widths) {
        int to = m * plane + lane;
        for (int block = 0; block < plan.tapList.length; block++) {
          int p = 4 * block;
          correlate(plan, width, m, block, lane, memory, w, bias, yp[p] + to, yp[p + 1] + to, yp[p + 2] + to, yp[p + 3] + to, plane);
        }
        m += width;
      }
    }
  }

  /** One block: {@code width} channels from m on at four positions. */
  private static void correlate(Correlation plan, int width, int m, int block, int lane, float[] memory, float[] w, float[] bias,
      int y0, int y1, int y2, int y3, int plane) {
    int[] taps = plan.taps[plan.tapList[block]];
    int[] tapIndex = plan.tapIndex[plan.tapList[block]];
    int channels = Math.min(width, plan.outChannels() - m);
    int w0 = m * plan.tapCount();
    int x0 = plan.xPosition[4 * block] + lane;
    int x1 = plan.xPosition[4 * block + 1] + lane;
    int x2 = plan.xPosition[4 * block + 2] + lane;
    int x3 = plan.xPosition[4 * block + 3] + lane;
    Tiles.correlate(width, memory, x0, x1, x2, x3, taps, tapIndex, w, w0, bias, m, memory, y0, y1, y2, y3, plane, channels);
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
    for (int row = 0; pooled && row < out.shape().height(); row++) {
      unpool(memory, row, 2 * row);
    }
    for (int i = 0; trained && i < bands.length; i++) {
      filterGradient(memory, bands[i]);
    }
    if (passesGradient) {
      correlate(backwardPlan, memory, turned, noBias);
      below.backward(memory, in, dIn);
    }
  }

  /** Gives the gradients of a row of windows to the elements that were chosen, in the two rows of dy from {@code upper} on. */
  private void unpool(float[] memory, int row, int upper) {
    int columns = out.shape().width();
    for (int m = 0; m < out.shape().channels(); m++) {
      if (least == 0) {
        loops.rectifyBackward(memory, out.at(m, row, 0), dOut.at(m, row, 0), columns * LANES);
      }
      int chosen = choice + (m * out.shape().height() + row) * columns * LANES;
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

  private static void addPositions(float[] memory, int[] yp, int d, int at) {
    FloatVector sum = FloatVector.fromArray(S, memory, at);
    for (int p = 0; p < yp.length; p++) {
      // not sum.add: the JIT compiler knows the class of what was just read, that of a sum only by chance, and would box it
      sum = FloatVector.fromArray(S, memory, d + yp[p]).add(sum);
    }
    sum.intoArray(memory, at);
  }

  @Override public void beginSlot(Scratch s) {
    Arrays.fill(s.memory, dw, dw + plan.gradientLength(), 0);
    Arrays.fill(s.memory, dbias, dbias + plan.outChannels() * LANES, 0);
  }

  @Override public void endSlot(Scratch s, float[] slot) {
    int at = slotOffset;
    int stride = plan.gradientTap.length;
    for (int m = 0; m < plan.outChannels(); m++) {
      for (int t = 0; t < plan.tapCount(); t++) {
        slot[at++] = sumLanes(s.memory, dw + (m * stride + t) * LANES);
      }
    }
    for (int m = 0; m < plan.outChannels(); m++) {
      slot[at++] = sumLanes(s.memory, dbias + m * LANES);
    }
  }
}
