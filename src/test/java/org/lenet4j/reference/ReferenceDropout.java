package org.lenet4j.reference;

import org.lenet4j.nn.Dropout;
import org.lenet4j.random.Philox;

/** y = x * mask / (1 - rate) while training, y = x at evaluation. */
final class ReferenceDropout implements ReferenceLayer {
  private final Dropout spec;
  private final int index; // of the layer in its model: each draws its own mask

  ReferenceDropout(Dropout spec, int index) {
    this.spec = spec;
    this.index = index;
  }

  @Override public double[] forward(double[] x, Draw draw) {
    double[] y = new double[x.length];
    for (int e = 0; e < x.length; e++) {
      y[e] = x[e] * scale(e, draw);
    }
    return y;
  }

  @Override public double[] backward(double[] x, double[] y, double[] dy, Draw draw) {
    double[] dx = new double[x.length];
    for (int e = 0; e < x.length; e++) {
      dx[e] = dy[e] * scale(e, draw);
    }
    return dx;
  }

  private float scale(int element, Draw draw) {
    if (draw == null) {
      return 1;
    }
    float uniform = (Philox.bits(draw.seed(), draw.epoch(), draw.sample(), 1 + index, element) >>> 8) * 0x1p-24f;
    return uniform >= spec.rate() ? 1 / (1 - spec.rate()) : 0;
  }
}
