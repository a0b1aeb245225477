package org.lenet4j.backend.cpu.layer;

import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Pool2d;

/**
 * The zeros that a layer reads around its arrays.
 *
 * @param input    width of the border around its input
 * @param gradient width of the border around the gradient of its output, where it passes one on
 */
public record Borders(int input, int gradient) {
  /** Those of a layer, which are wanted before it can be made. */
  public static Borders of(LayerSpec spec) {
    if (spec instanceof Conv2d conv) {
      return new Borders(conv.padding(), conv.kernelSize() - 1 - conv.padding());
    } else if (spec instanceof Pool2d || spec instanceof Linear || spec instanceof Dropout) {
      return new Borders(0, 0);
    }
    throw new AssertionError("no borders for " + spec);
  }
}
