package org.lenet4j.reference;

import java.util.Map;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Pool2d;

/** One layer for one sample; x and y are in (channels, height, width) order. */
interface ReferenceLayer {
  /**
   * The layer's output.
   *
   * @param x    its input
   * @param draw random numbers while training, null at evaluation
   */
  double[] forward(double[] x, Draw draw);

  /**
   * Adds to the gradients of the parameters and returns the gradient of the input.
   *
   * @param x    the input of forward
   * @param y    the output of forward
   * @param dy   gradient of y
   * @param draw what forward had
   */
  double[] backward(double[] x, double[] y, double[] dy, Draw draw);

  /** The layer {@code spec} at {@code index} of its model, working on the arrays of {@code parameters} and {@code gradients}. */
  static ReferenceLayer of(LayerSpec spec, int index, Shape in, Map<String, double[]> parameters, Map<String, double[]> gradients) {
    String weight = spec.name() + ".weight";
    String bias = spec.name() + ".bias";
    if (spec instanceof Conv2d conv) {
      return new ReferenceConv2d(conv, in, parameters.get(weight), parameters.get(bias), gradients.get(weight), gradients.get(bias));
    } else if (spec instanceof Linear linear) {
      return new ReferenceLinear(linear, parameters.get(weight), parameters.get(bias), gradients.get(weight), gradients.get(bias));
    } else if (spec instanceof Pool2d pool) {
      return new ReferencePool2d(pool, in);
    } else if (spec instanceof Dropout dropout) {
      return new ReferenceDropout(dropout, index);
    }
    throw new AssertionError("the reference has no layer for " + spec);
  }
}
