package org.lenet4j.backend.cpu;

import java.util.Arrays;
import org.lenet4j.layer.Conv2d;

/** A direct convolution: no im2col, the taps are walked with the sums in registers. */
final class VectorConvolution implements Convolution {
  private final VectorKernels kernels;
  final Correlation plan;
  final float[] packed;
  final float[] packedBias; // padded to whole blocks

  private final Correlation backwardPlan; // dx as a correlation of dy, or null
  private final float[] turned;
  private final float[] noBias;
  private final Layout dyLayout;
  private final int[] scan; // positions of dy
  private final float[][] dw; // (workers): filter gradient, lanes apart; no workers if not wanted
  private final float[][] dbias; // (workers)(outChannels, LANES)

  VectorConvolution(VectorKernels kernels, Conv2d spec, CpuLayer.Place place, boolean frozen, int workers) {
    this.kernels = kernels;
    plan = new Correlation(place.in(), place.out(), spec.kernelSize(), spec.padding());
    packed = new float[plan.packedLength()];
    packedBias = new float[Arrays.stream(plan.widths).sum()];
    boolean gradients = place.needsGradient() && !frozen;
    dw = new float[gradients ? workers : 0][plan.gradientLength()];
    dbias = new float[gradients ? workers : 0][spec.outChannels() * Kernels.LANES];
    dyLayout = place.dOut();
    scan = gradients ? Correlation.scan(dyLayout) : null;
    if (place.passesGradient()) {
      backwardPlan = new Correlation(dyLayout, place.dIn(), spec.kernelSize(), spec.kernelSize() - 1 - spec.padding());
      turned = new float[backwardPlan.packedLength()];
      noBias = new float[Arrays.stream(backwardPlan.widths).sum()];
    } else {
      backwardPlan = null;
      turned = null;
      noBias = null;
    }
  }

  @Override public void load(float[] theta, int weight, int bias) {
    plan.pack(theta, weight, packed);
    System.arraycopy(theta, bias, packedBias, 0, plan.outChannels());
    if (backwardPlan != null) {
      backwardPlan.packTurned(theta, weight, turned);
    }
  }

  @Override public void forward(int worker, float[] x, float[] y) {
    kernels.correlate(plan, x, packed, packedBias, y);
  }

  @Override public void clearGradient(int worker) {
    Arrays.fill(dw[worker], 0);
    Arrays.fill(dbias[worker], 0);
  }

  @Override public void backward(int worker, float[] x, float[] dy, float[] dx) {
    if (dw.length > 0) {
      kernels.filterGradient(plan, x, dy, dyLayout, scan, dw[worker], dbias[worker]);
    }
    if (dx != null) {
      kernels.correlate(backwardPlan, dy, turned, noBias, dx);
    }
  }

  @Override public void gradient(int worker, float[] slot, int offset) {
    int at = offset;
    int stride = plan.gradientTap.length;
    for (int m = 0; m < plan.outChannels(); m++) {
      for (int t = 0; t < plan.tapCount(); t++) {
        slot[at++] = TrainableLayer.sumLanes(dw[worker], (m * stride + t) * Kernels.LANES);
      }
    }
    for (int m = 0; m < plan.outChannels(); m++) {
      slot[at++] = TrainableLayer.sumLanes(dbias[worker], m * Kernels.LANES);
    }
  }

  @Override public void close() {}
}
