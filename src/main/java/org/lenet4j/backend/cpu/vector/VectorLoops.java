package org.lenet4j.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.memory.Layout;

/** In Java's Vector API. Loaded only when the module {@code jdk.incubator.vector} is there. */
final class VectorLoops implements Loops {
  /** The widest vectors of the processor, as far as a chunk fills them. */
  static final VectorSpecies<Float> S = preferred();

  private static VectorSpecies<Float> preferred() {
    VectorSpecies<Float> widest = FloatVector.SPECIES_PREFERRED;
    return widest.length() > Layout.LANES ? FloatVector.SPECIES_512 : widest;
  }

  @Override public void add(float[] y, int to, float[] x, int from, int count) {
    int i = 0;
    for (; i <= count - S.length(); i += S.length()) {
      FloatVector.fromArray(S, y, to + i).add(FloatVector.fromArray(S, x, from + i)).intoArray(y, to + i);
    }
    for (; i < count; i++) {
      y[to + i] += x[from + i];
    }
  }

  @Override public void rectify(float[] y, int from, int to) {
    for (int i = from; i < to; i += S.length()) {
      FloatVector v = FloatVector.fromArray(S, y, i);
      v.blend(0, v.compare(VectorOperators.LT, 0)).intoArray(y, i);
    }
  }

  @Override public void rectifyBackward(float[] memory, int o, int d, int count) {
    FloatVector zero = FloatVector.zero(S);
    for (int i = 0; i < count; i += S.length()) {
      var positive = FloatVector.fromArray(S, memory, o + i).compare(VectorOperators.GT, zero);
      zero.blend(FloatVector.fromArray(S, memory, d + i), positive).intoArray(memory, d + i);
    }
  }

  @Override public void adam(float[] theta, float[] gradient, float[] mean, float[] square, int from, int to, AdamStep step) {
    FloatVector beta1 = FloatVector.broadcast(S, step.beta1());
    FloatVector beta2 = FloatVector.broadcast(S, step.beta2());
    FloatVector rest1 = FloatVector.broadcast(S, 1 - step.beta1());
    FloatVector rest2 = FloatVector.broadcast(S, 1 - step.beta2());
    FloatVector epsilon = FloatVector.broadcast(S, step.epsilon());
    FloatVector stepSize = FloatVector.broadcast(S, step.stepSize());
    FloatVector root = FloatVector.broadcast(S, step.root());
    FloatVector l2 = FloatVector.broadcast(S, step.l2());
    FloatVector shrink = FloatVector.broadcast(S, step.shrink());
    int i = from;
    for (; i <= to - S.length(); i += S.length()) {
      FloatVector t = FloatVector.fromArray(S, theta, i);
      FloatVector g = l2.fma(t, FloatVector.fromArray(S, gradient, i));
      FloatVector m = beta1.fma(FloatVector.fromArray(S, mean, i), rest1.mul(g));
      FloatVector v = beta2.fma(FloatVector.fromArray(S, square, i), rest2.mul(g).mul(g));
      m.intoArray(mean, i);
      v.intoArray(square, i);
      t.mul(shrink).sub(stepSize.mul(m).div(v.sqrt().fma(root, epsilon))).intoArray(theta, i);
    }
    for (; i < to; i++) {
      step.apply(theta, gradient, mean, square, i);
    }
  }
}
