package org.lenet4j.reference;

import org.lenet4j.data.Shape;
import org.lenet4j.nn.Pool2d;

/** Windows of S x S that do not overlap: x (C, H, W), y (C, H / S, W / S). */
final class ReferencePool2d implements ReferenceLayer {
  private final Pool2d spec;
  private final Shape in; // C, H, W
  private final Shape out; // C, H / S, W / S

  ReferencePool2d(Pool2d spec, Shape in) {
    this.spec = spec;
    this.in = in;
    this.out = spec.output(in);
  }

  @Override public double[] forward(double[] x, Draw draw) {
    double[] y = new double[out.size()]; // (C, H / S, W / S)
    for (int at = 0; at < y.length; at++) {
      if (spec.kind() == Pool2d.Kind.MAX) {
        y[at] = x[largest(x, at)];
      } else {
        double sum = 0;
        for (int element = 0; element < spec.size() * spec.size(); element++) {
          sum += x[pixel(at, element)];
        }
        y[at] = sum / (spec.size() * spec.size());
      }
    }
    return y;
  }

  @Override public double[] backward(double[] x, double[] y, double[] dy, Draw draw) {
    double[] dx = new double[in.size()]; // (C, H, W); pixels in no window stay 0
    for (int at = 0; at < y.length; at++) {
      if (spec.kind() == Pool2d.Kind.MAX) {
        dx[largest(x, at)] += dy[at];
      } else {
        for (int element = 0; element < spec.size() * spec.size(); element++) {
          dx[pixel(at, element)] += dy[at] / (spec.size() * spec.size());
        }
      }
    }
    return dx;
  }

  /** The pixel with the first largest value of window {@code at}, in row order. */
  private int largest(double[] x, int at) {
    int best = pixel(at, 0);
    for (int element = 1; element < spec.size() * spec.size(); element++) {
      if (x[pixel(at, element)] > x[best]) {
        best = pixel(at, element);
      }
    }
    return best;
  }

  /** Index into x of an element, in row order, of the window that makes y[at]. */
  private int pixel(int at, int element) {
    int column = at % out.width() * spec.size() + element % spec.size();
    int row = at / out.width() % out.height() * spec.size() + element / spec.size();
    int channel = at / (out.width() * out.height());
    return (channel * in.height() + row) * in.width() + column;
  }
}
