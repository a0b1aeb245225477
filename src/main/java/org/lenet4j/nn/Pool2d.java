package org.lenet4j.nn;

import org.lenet4j.data.Shape;

/**
 * Pooling over windows of {@code size x size} that do not overlap. Rows and columns that do not fill a window are left out, as
 * PyTorch's {@code nn.MaxPool2d} and {@code nn.AvgPool2d} do. Input {@code (c, h, w)}, output {@code (c, h / size, w / size)}.
 * The gradient of a maximum goes to the first largest element of its window, in row order.
 *
 * @param name layer name
 * @param kind maximum or average
 * @param size side of the window and the step from one to the next
 */
public record Pool2d(String name, Kind kind, int size) implements LayerSpec {
  /** How a window becomes one value. */
  public enum Kind {
    /** The largest element. */
    MAX,
    /** The arithmetic mean. */
    AVERAGE
  }

  /** Checks the sizes. */
  public Pool2d {
    LayerChecks.name(name);
    LayerChecks.atLeast(name, "size", size, 1);
  }

  @Override public Shape output(Shape input) {
    if (input.height() < size || input.width() < size) {
      throw new IllegalArgumentException("layer " + name + ": a " + size + "x" + size + " window does not fit into " + input);
    }
    return new Shape(input.channels(), input.height() / size, input.width() / size);
  }

  @Override public String describe() {
    return (kind == Kind.MAX ? "maximum " : "average ") + size + "x" + size;
  }
}
