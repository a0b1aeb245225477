package org.lenet4j.nn;

import org.lenet4j.data.Shape;

/** What the layers of a network need together, added up while they are described and before anything of that size is made. */
final class NetworkSize {
  private static final int MOST_PARAMETERS = 1 << 25; // 128 MB; a training needs five times as much

  /**
   * Numbers that one image becomes on its way, with what is copied for convolutions. A worker keeps them for 16 images, twice when it
   * trains, so this is 128 MB of each. LeNet-5 has about 20,000.
   */
  private static final int MOST_VALUES = 1 << 21;

  /** Multiplications for one image, a second of one core at most. LeNet-5 has 416,520. */
  private static final int MOST_PRODUCTS = 1 << 30;

  private long parameters;
  private long values;
  private long products;

  /**
   * Of no layers yet.
   *
   * @throws IllegalArgumentException if the images alone are too large
   */
  NetworkSize(Shape input) {
    check("the input of " + input, "values between its layers", input.size(), MOST_VALUES);
    values = input.size();
  }

  /**
   * Adds a layer.
   *
   * @return the shape of its output
   * @throws IllegalArgumentException if it does not fit its input, or they are too large together
   */
  Shape add(LayerSpec layer, Shape input) {
    Shape output = layer.output(input);
    values += output.size();
    if (layer instanceof Conv2d conv) {
      double rows = output.height() + conv.kernelSize() - 1.0;
      add(layer, (double) conv.inChannels() * conv.outChannels() * conv.kernelSize() * conv.kernelSize(),
          (conv.inChannels() * (double) conv.kernelSize() + 1) * rows * output.width(), (double) output.height() * output.width());
    } else if (layer instanceof Linear linear) {
      add(layer, (double) linear.inFeatures() * linear.outFeatures() + linear.outFeatures(), 0, 1);
    } else {
      add(layer, 0, 0, 0);
    }
    return output;
  }

  /** As doubles, none of these can wrap around. */
  private void add(LayerSpec layer, double weights, double copied, double times) {
    String name = "layer " + layer.name();
    check(name, "parameters", parameters + weights, MOST_PARAMETERS);
    check(name, "values between its layers", values + copied, MOST_VALUES);
    check(name, "multiplications for an image", products + weights * times, MOST_PRODUCTS);
    parameters += (long) weights;
    values += (long) copied;
    products += (long) (weights * times);
  }

  private static void check(String name, String what, double all, int most) {
    if (all > most) {
      throw new IllegalArgumentException(name + ": with it the network has more than " + most + " " + what
          + ", which is beyond any for images of digits");
    }
  }
}
