package org.lenet4j.backend.cpu;

import org.lenet4j.data.Philox;
import org.lenet4j.layer.Dropout;

/** Inverted dropout. The mask is a function of (seed, epoch, sample, layer, element), so backward draws it again. */
final class CpuDropout extends CpuLayer {
  private final long seed;
  private final float rate;
  private final float scale;

  CpuDropout(Dropout spec, Place place, long seed) {
    super(place);
    this.seed = seed;
    this.rate = spec.rate();
    this.scale = 1 / (1 - spec.rate());
  }

  @Override void forward(Scratch s, boolean training) {
    apply(s, x(s), in, s.y[index], out, training && rate > 0);
  }

  @Override void backward(Scratch s) {
    if (passesGradient) {
      apply(s, s.dz[index], dOut, dx(s), dIn, rate > 0);
      below.backward(x(s), in, dx(s), dIn);
    }
  }

  private void apply(Scratch s, float[] from, Layout fromLayout, float[] to, Layout toLayout, boolean drop) {
    int element = 0;
    for (int c = 0; c < in.shape().channels(); c++) {
      for (int row = 0; row < in.shape().height(); row++) {
        for (int column = 0; column < in.shape().width(); column++, element++) {
          int f = fromLayout.at(c, row, column);
          int t = toLayout.at(c, row, column);
          for (int lane = 0; lane < Kernels.LANES; lane++) {
            to[t + lane] = drop ? from[f + lane] * mask(s, lane, element) : from[f + lane];
          }
        }
      }
    }
  }

  private float mask(Scratch s, int lane, int element) {
    float uniform = (Philox.bits(seed, s.epoch, s.sample[lane], 1 + index, element) >>> 8) * 0x1p-24f;
    return uniform >= rate ? scale : 0;
  }
}
