package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import java.util.Arrays;
import org.lenet4j.backend.cpu.layer.CpuConv2d;
import org.lenet4j.backend.cpu.layer.CpuParameters;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.NetworkMemory;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;

/**
 * A direct convolution: no im2col, the taps are walked with the sums in registers. Where the place says so, the 2x2 max-pooling above it
 * is part of it: two rows of outputs at a time are pooled while they are in the first-level cache, and of the rest only which element of
 * a window was the largest is kept.
 */
final class VectorConv2d extends CpuConv2d {
  /** From so many numbers on a row of the filter fills vectors by itself. */
  private static final int LONG_ROW = 16;

  private final Pooling pooling; // null for none
  private final float[] packedBias; // padded to whole blocks
  private final Winograd winograd; // null where it does not fit; else these are:
  private final Correlation plan;
  private final int[] packing;
  private final float[] packed;
  private final InkedTaps ink; // null where nobody looks for it
  private final ConvGradient gradient; // null if not wanted

  /**
   * The pooling that is part of the layer.
   *
   * @param rectifies whether a ReLU is, too
   * @param sums      two rows of outputs of 6 channels, where they are not kept in registers
   * @param choice    {@code (M, windows, LANES)}, which element of a window is the first largest: 0, and more for those on the right and
   *                  below
   */
  record Pooling(boolean rectifies, int sums, int choice, float right, float below) {
    /** No output is less. */
    float least() {
      return rectifies ? 0 : Float.NEGATIVE_INFINITY;
    }

    /** Makes a row of a channel's gradients zero where the outputs are, and adds them to those of its bias, lane by lane. */
    void rectifyBackward(float[] memory, Layout out, Layout dOut, int m, int row, int dbias) {
      int columns = out.shape().width();
      for (int lane = 0; lane < LANES; lane += S.length()) {
        int dy = dOut.at(m, row, 0) + lane;
        if (rectifies) {
          VectorPool2d.rectifyBackward(memory, out.at(m, row, 0) + lane, dy, columns, dbias + lane);
        } else {
          DenseGradient.addPositions(memory, dy, columns, LANES, dbias + lane);
        }
      }
    }
  }

  VectorConv2d(Conv2d spec, Place place, CpuParameters parameters, Loops loops, NetworkMemory network) {
    super(spec, place, parameters, loops);
    MemoryPlan memory = network.worker();
    winograd = place.pooled() && Winograd.fits(spec, in.shape()) ? new Winograd(in, out, memory) : null;
    plan = winograd == null ? new Correlation(in, out, spec.kernelSize(), spec.padding(), place.pooled()) : null;
    packedBias = new float[plan == null ? spec.outChannels() : Arrays.stream(plan.widths).sum()];
    packing = winograd == null ? plan.packing(false) : null;
    packed = winograd == null ? new float[plan.packedLength()] : null;
    boolean narrow = needsGradient && !passesGradient && place.pooled() && NarrowGradient.fits(spec);
    pooling = !place.pooled() ? null : new Pooling(spec.activation() == Activation.RELU,
        memory.reserve(winograd == null ? 6 * 2 * 2 * out.shape().width() * LANES : 0), memory.reserve(out.shape().size() * LANES),
        narrow ? NarrowGradient.right(spec) : 1, narrow ? NarrowGradient.below(spec, in) : 2);
    ink = plan != null && pooling != null && InkedTaps.fits(plan) ? new InkedTaps(plan, memory) : null;
    if (!needsGradient) {
      gradient = null;
    } else if (narrow) {
      gradient = new NarrowGradient(spec, place, loops, pooling, memory);
    } else if (pooling != null && spec.kernelSize() * in.shape().channels() >= LONG_ROW) {
      ChosenDataGradient data = passesGradient ? new ChosenDataGradient(spec, dOut, dIn, pooling.choice, network) : null;
      gradient = new ChosenGradient(spec, place, pooling, trained, data, memory);
    } else {
      assert plan != null : "rows of Winograd's filters are long";
      gradient = new DenseGradient(spec, place, plan, pooling, ink, trained, memory);
    }
  }

  @Override public void load() {
    System.arraycopy(parameters.theta, bias.from(), packedBias, 0, bias.to() - bias.from());
    if (winograd != null) {
      winograd.load(parameters.theta, weight.from());
    } else {
      Correlation.pack(packing, parameters.theta, weight.from(), packed);
    }
    if (gradient != null) {
      gradient.load(parameters.theta, weight.from());
    }
  }

  @Override public void forward(Scratch s, boolean training) {
    if (winograd != null) {
      winograd.forward(s.memory, packedBias, pooling.least(), pooling.choice);
    } else if (pooling != null) {
      correlateAndPool(s);
    } else {
      correlate(plan, s.memory, packed, packedBias);
      activation.forward(s.memory, out);
    }
  }

  private void correlateAndPool(Scratch s) {
    float[] memory = s.memory;
    boolean sparse = ink != null && ink.find(s);
    int columns = out.shape().width();
    int rows = out.shape().height();
    int sumsRow = 2 * columns * S.length();
    for (int row = 0; row < rows; row++) { // outermost: its input is used by all channels
      if (sparse) {
        ink.listRow(s, row);
      }
      for (int lane = 0; lane < LANES; lane += S.length()) {
        int m = 0;
        for (int width : plan.widths) {
          for (int column = 0; column < columns; column++) {
            int block = row * columns + column;
            int upper = pooling.sums + 2 * column * S.length();
            int lower = upper + sumsRow;
            int[] taps = sparse ? s.indices : plan.taps[plan.tapList[block]];
            int first = sparse ? ink.first(s, column) : 0;
            int end = sparse ? ink.first(s, column + 1) : taps.length;
            correlate(plan, width, m, block, taps, first, end, lane, memory, packed, packedBias, upper, upper + S.length(),
                lower, lower + S.length(), 2 * sumsRow);
          }
          for (int i = 0; i < width && m + i < plan.outChannels(); i++) {
            VectorPool2d.pool(memory, pooling.sums + i * 2 * sumsRow, sumsRow, columns, pooling.least(),
                out.at(m + i, row, 0) + lane, pooling.choice + ((m + i) * rows + row) * columns * LANES + lane, pooling.right,
                pooling.below);
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
  static void correlate(Correlation plan, float[] memory, float[] w, float[] bias) {
    int[] yp = plan.yPosition;
    int plane = plan.y.plane();
    for (int lane = 0; lane < LANES; lane += S.length()) {
      int m = 0;
      for (int width : plan.widths) {
        int to = m * plane + lane;
        for (int block = 0; block < plan.tapList.length; block++) {
          int p = 4 * block;
          int[] taps = plan.taps[plan.tapList[block]];
          correlate(plan, width, m, block, taps, 0, taps.length, lane, memory, w, bias, yp[p] + to, yp[p + 1] + to,
              yp[p + 2] + to, yp[p + 3] + to, plane);
        }
        m += width;
      }
    }
  }

  /** One block: {@code width} channels from m on at four positions. */
  private static void correlate(Correlation plan, int width, int m, int block, int[] taps, int first, int end, int lane,
      float[] memory, float[] w, float[] bias, int y0, int y1, int y2, int y3, int plane) {
    int channels = Math.min(width, plan.outChannels() - m);
    int w0 = m * plan.tapCount();
    int x0 = plan.xPosition[4 * block] + lane;
    int x1 = plan.xPosition[4 * block + 1] + lane;
    int x2 = plan.xPosition[4 * block + 2] + lane;
    int x3 = plan.xPosition[4 * block + 3] + lane;
    Tiles.correlate(width, memory, x0, x1, x2, x3, taps, first, end, plan.offsets, w, w0, bias, m, memory, y0, y1, y2, y3, plane,
        channels);
  }

  @Override public void backward(Scratch s) {
    gradient.backward(s);
    if (passesGradient) {
      below.backward(s.memory, in, dIn);
    }
  }

  @Override public void beginSlot(Scratch s) {
    gradient.beginSlot(s.memory);
  }

  @Override public void endSlot(Scratch s, float[] slot) {
    gradient.endSlot(s.memory, slot, slotOffset);
  }
}
