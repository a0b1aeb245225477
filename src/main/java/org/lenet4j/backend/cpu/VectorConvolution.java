package org.lenet4j.backend.cpu;

import java.util.Arrays;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;

/**
 * A direct convolution: no im2col, the taps are walked with the sums in registers. Where the place says so, the 2x2 max-pooling above it
 * is part of it: two rows of outputs at a time are pooled while they are in the first-level cache, and of the rest only which element of
 * a window was the largest is kept.
 */
final class VectorConvolution implements Convolution {
  private static final int LANES = Layout.LANES;

  private final VectorKernels kernels;
  private final Correlation plan;
  private final float[] packed;
  private final float[] packedBias; // padded to whole blocks
  private final float least; // of pooled outputs: 0 is a ReLU
  private final Layout y;
  private final Layout dyPooled;
  private final int sums; // pooled only: two rows of outputs of 6 channels
  private final int choice; // pooled only: (M, windows, LANES), 0 to 3

  private final Layout dy; // of the convolution itself, or of two rows of it that are used at once; null without gradients
  private final Correlation.Band[] bands; // of the filter gradient; null if not wanted
  private final boolean streams; // each band is two rows of outputs, whose gradient is made just before it is used
  private final int dw; // filter gradient, lanes apart
  private final int dbias; // (M, LANES)
  private final Correlation backwardPlan; // dx as a correlation of dy, or null
  private final int[] packing;
  private final int[] turning;
  private final float[] turned;
  private final float[] noBias;

  VectorConvolution(VectorKernels kernels, Conv2d spec, CpuLayer.Place place, boolean frozen, MemoryPlan memory) {
    this.kernels = kernels;
    y = place.out();
    boolean pooled = place.pooled();
    plan = new Correlation(place.in(), y, spec.kernelSize(), spec.padding(), pooled);
    packed = new float[plan.packedLength()];
    packedBias = new float[Arrays.stream(plan.widths).sum()];
    least = spec.activation() == Activation.RELU ? 0 : Float.NEGATIVE_INFINITY;
    sums = pooled ? memory.reserve(6 * 2 * 2 * y.shape().width() * LANES) : -1;
    choice = pooled ? memory.reserve(y.shape().size() * LANES) : -1;

    packing = plan.packing(false);
    boolean gradients = place.needsGradient() && !frozen;
    streams = pooled && !place.passesGradient();
    dyPooled = pooled ? place.dOut() : null;
    if (!pooled || !place.needsGradient()) {
      dy = place.dOut();
    } else if (streams) {
      dy = memory.layout(new Shape(spec.outChannels(), 2, plan.output.width()), 0);
    } else {
      dy = memory.layout(plan.output, Math.min(spec.kernelSize() - 1 - spec.padding(), 1));
    }
    bands = gradients ? plan.bands(streams ? 2 * plan.output.width() : VectorKernels.BAND, Correlation.scan(dy)) : null;
    dw = gradients ? memory.reserve(plan.gradientLength()) : -1;
    dbias = gradients ? memory.reserve(spec.outChannels() * LANES) : -1;
    if (place.passesGradient()) {
      backwardPlan = new Correlation(dy, place.dIn(), spec.kernelSize(), spec.kernelSize() - 1 - spec.padding(), false);
      turning = backwardPlan.packing(true);
      turned = new float[backwardPlan.packedLength()];
      noBias = new float[Arrays.stream(backwardPlan.widths).sum()];
    } else {
      backwardPlan = null;
      turning = null;
      turned = null;
      noBias = null;
    }
  }

  @Override public void load(float[] theta, int weight, int bias) {
    Correlation.pack(packing, theta, weight, packed);
    System.arraycopy(theta, bias, packedBias, 0, plan.outChannels());
    if (backwardPlan != null) {
      Correlation.pack(turning, theta, weight, turned);
    }
  }

  @Override public void forward(int worker, float[] memory) {
    if (sums < 0) {
      kernels.correlate(plan, memory, packed, packedBias);
    } else {
      kernels.correlateAndPool(plan, memory, packed, packedBias, least, sums, choice);
    }
  }

  @Override public void clearGradient(int worker, float[] memory) {
    Arrays.fill(memory, dw, dw + plan.gradientLength(), 0);
    Arrays.fill(memory, dbias, dbias + plan.outChannels() * LANES, 0);
  }

  @Override public void backward(int worker, float[] memory) {
    if (streams) {
      for (int row = 0; bands != null && row < y.shape().height(); row++) {
        kernels.unpool(memory, y, dyPooled, row, dy, 0, choice, least == 0);
        kernels.filterGradient(plan, memory, bands[row], dy.plane(), dw, dbias);
      }
      return;
    }
    for (int row = 0; dyPooled != null && row < y.shape().height(); row++) {
      kernels.unpool(memory, y, dyPooled, row, dy, 2 * row, choice, least == 0);
    }
    for (int i = 0; bands != null && i < bands.length; i++) {
      kernels.filterGradient(plan, memory, bands[i], dy.plane(), dw, dbias);
    }
    if (backwardPlan != null) {
      kernels.correlate(backwardPlan, memory, turned, noBias);
    }
  }

  @Override public void gradient(int worker, float[] memory, float[] slot, int offset) {
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

  @Override public void close() {}
}
