package org.lenet4j.nn;

import java.util.List;
import org.lenet4j.data.Shape;

/**
 * Two-dimensional cross-correlation with stride 1, zero padding and a bias, then an activation:
 * {@code y[o,i,j] = f(b[o] + sum_{c,u,v} w[o,c,u,v] x[c,i+u-p,j+v-p])} (PyTorch's {@code nn.Conv2d}).
 * Input {@code (inChannels, h, w)}, output {@code (outChannels, h + 2p - k + 1, w + 2p - k + 1)}.
 *
 * @param name        layer name; parameters are {@code name.weight (out, in, k, k)} and {@code name.bias (out)}
 * @param inChannels  channels of the input
 * @param outChannels channels of the output
 * @param kernelSize  side k of the square kernel
 * @param padding     rows and columns of zeros on each side, p, less than k
 * @param activation  applied to each output
 */
public record Conv2d(String name, int inChannels, int outChannels, int kernelSize, int padding, Activation activation)
    implements LayerSpec {
  /** Checks the sizes. */
  public Conv2d {
    LayerChecks.name(name);
    LayerChecks.atLeast(name, "inChannels", inChannels, 1);
    LayerChecks.atLeast(name, "outChannels", outChannels, 1);
    LayerChecks.atLeast(name, "kernelSize", kernelSize, 1);
    LayerChecks.atLeast(name, "padding", padding, 0);
    if (padding >= kernelSize) {
      throw new IllegalArgumentException("layer " + name + ": padding must be less than kernelSize " + kernelSize + ", got " + padding);
    }
  }

  @Override public Shape output(Shape input) {
    int height = input.height() + 2 * padding - kernelSize + 1;
    int width = input.width() + 2 * padding - kernelSize + 1;
    if (input.channels() != inChannels || height < 1 || width < 1) {
      throw new IllegalArgumentException("layer " + name + ": expects " + inChannels + " channels of at least "
          + Math.max(1, kernelSize - 2 * padding) + "x" + Math.max(1, kernelSize - 2 * padding) + " pixels, got " + input);
    }
    return new Shape(outChannels, height, width);
  }

  @Override public List<ParameterSpec> parameters() {
    int taps = kernelSize * kernelSize;
    return List.of(
        new ParameterSpec("weight", List.of(outChannels, inChannels, kernelSize, kernelSize), inChannels * taps, outChannels * taps),
        new ParameterSpec("bias", List.of(outChannels), inChannels * taps, outChannels * taps));
  }

  @Override public String describe() {
    return "convolution " + kernelSize + "x" + kernelSize + (padding == 0 ? "" : ", padding " + padding) + activation.suffix();
  }
}
