package org.lenet4j.backend.cpu.layer;

import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Dropout;
import org.lenet4j.random.Philox;

/** Inverted dropout. The mask is a function of (seed, epoch, sample, layer, element), so backward draws it again. */
public final class CpuDropout extends CpuLayer {
  private final int position; // among the model's layers
  private final long seed;
  private final float rate;
  private final float scale;

  /** The model's layer at that position; {@code seed} is that of all masks. */
  public CpuDropout(Dropout spec, Place place, int position, long seed) {
    super(place);
    this.position = position;
    this.seed = seed;
    this.rate = spec.rate();
    this.scale = 1 / (1 - spec.rate());
  }

  @Override public boolean isRandom() {
    return rate > 0;
  }

  @Override public void forward(Scratch s, boolean training) {
    apply(s, in, out, training && rate > 0);
  }

  @Override public void backward(Scratch s) {
    if (passesGradient) {
      apply(s, dOut, dIn, rate > 0);
      below.backward(s.memory, in, dIn);
    }
  }

  private void apply(Scratch s, Layout from, Layout to, boolean drop) {
    int element = 0;
    for (int c = 0; c < in.shape().channels(); c++) {
      for (int row = 0; row < in.shape().height(); row++) {
        for (int column = 0; column < in.shape().width(); column++, element++) {
          int f = from.at(c, row, column);
          int t = to.at(c, row, column);
          for (int lane = 0; lane < Layout.LANES; lane++) {
            s.memory[t + lane] = drop ? s.memory[f + lane] * mask(s, lane, element) : s.memory[f + lane];
          }
        }
      }
    }
  }

  private float mask(Scratch s, int lane, int element) {
    float uniform = (Philox.bits(seed, s.epoch, s.sample[lane], 1 + position, element) >>> 8) * 0x1p-24f;
    return uniform >= rate ? scale : 0;
  }
}
