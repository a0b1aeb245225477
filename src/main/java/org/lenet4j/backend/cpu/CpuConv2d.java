package org.lenet4j.backend.cpu;

import java.util.Arrays;
import org.lenet4j.layer.Activation;
import org.lenet4j.layer.Conv2d;

/** A direct convolution: no im2col, the taps are walked with the sums in registers. */
final class CpuConv2d extends CpuLayer implements TrainableLayer {
  private final Kernels kernels;
  private final CpuParameters parameters;
  private final CpuParameters.Range weight;
  private final CpuParameters.Range bias;
  final CpuActivation activation;
  final Correlation plan;
  final float[] packed;
  final float[] packedBias; // padded to whole blocks

  private final Correlation backwardPlan; // dx as a correlation of dz, or null
  private final float[] turned;
  private final float[] noBias;
  private final int[] scan; // positions of dz
  private final float[][] dw; // (workers): filter gradient of a slot, lanes apart
  private final float[][] dbias; // (workers)(outChannels, LANES)
  private final int slotOffset;

  CpuConv2d(Conv2d spec, Place place, Kernels kernels, CpuParameters parameters, int slotOffset, int workers) {
    super(place);
    this.kernels = kernels;
    this.parameters = parameters;
    this.slotOffset = slotOffset;
    weight = parameters.range(spec.name() + ".weight");
    bias = parameters.range(spec.name() + ".bias");
    activation = new CpuActivation(kernels, place.poolRectifies() ? Activation.NONE : spec.activation());
    plan = new Correlation(in, out, spec.kernelSize(), spec.padding());
    packed = new float[plan.packedLength()];
    packedBias = new float[Arrays.stream(plan.widths).sum()];
    boolean gradients = needsGradient && !weight.frozen();
    dw = new float[gradients ? workers : 0][plan.gradientLength()];
    dbias = new float[gradients ? workers : 0][spec.outChannels() * Kernels.LANES];
    scan = needsGradient ? Correlation.scan(dOut) : null;
    if (passesGradient) {
      backwardPlan = new Correlation(dOut, dIn, spec.kernelSize(), spec.kernelSize() - 1 - spec.padding());
      turned = new float[backwardPlan.packedLength()];
      noBias = new float[Arrays.stream(backwardPlan.widths).sum()];
    } else {
      backwardPlan = null;
      turned = null;
      noBias = null;
    }
    load();
  }

  @Override void forward(Scratch s, boolean training) {
    kernels.correlate(plan, x(s), packed, packedBias, s.y[index]);
    activation.forward(s.y[index], out);
  }

  @Override void backward(Scratch s) {
    if (!weight.frozen()) {
      kernels.filterGradient(plan, x(s), s.dz[index], dOut, scan, dw[s.worker], dbias[s.worker]);
    }
    if (passesGradient) {
      kernels.correlate(backwardPlan, s.dz[index], turned, noBias, dx(s));
      below.backward(x(s), in, dx(s), dIn);
    }
  }

  @Override public void beginSlot(int worker) {
    Arrays.fill(dw[worker], 0);
    Arrays.fill(dbias[worker], 0);
  }

  @Override public void endSlot(int worker, float[] slot) {
    int at = slotOffset;
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

  @Override public int slotLength() {
    return weight.to() - weight.from() + bias.to() - bias.from();
  }

  @Override public int gradientTasks() {
    return 1;
  }

  @Override public void gradient(int task, int chunks, float[][] slots, int slotCount) {
    assert weight.to() == bias.from();
    TrainableLayer.sumSlots(slots, slotCount, slotOffset, parameters.gradient, weight.from(), bias.to());
  }

  @Override public double gradientSquares(int task) {
    return parameters.squares(weight.from(), bias.to());
  }

  @Override public void update(int task, float rateFactor, float gradientScale) {
    parameters.update(weight, weight.from(), weight.to(), rateFactor, gradientScale);
    parameters.update(bias, bias.from(), bias.to(), rateFactor, gradientScale);
    load();
  }

  @Override public void load() {
    plan.pack(parameters.theta, weight.from(), packed);
    System.arraycopy(parameters.theta, bias.from(), packedBias, 0, bias.to() - bias.from());
    if (backwardPlan != null) {
      backwardPlan.packTurned(parameters.theta, weight.from(), turned);
    }
  }

  @Override public boolean frozen() {
    return weight.frozen();
  }

  @Override public void close() {}
}
