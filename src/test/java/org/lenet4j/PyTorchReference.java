package org.lenet4j;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.lenet4j.data.Dataset;
import org.lenet4j.file.Safetensors;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;

/** What {@code benchmarks/pytorch/make_reference.py} wrote: that script says what the names mean. */
public final class PyTorchReference {
  private static final Map<String, Safetensors.Tensor> TENSORS = read();

  private PyTorchReference() {}

  /** One tensor, row-major. */
  public static float[] tensor(String name) {
    Safetensors.Tensor tensor = TENSORS.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor '" + name + "' in " + TENSORS.keySet());
    }
    return tensor.values();
  }

  /** {@code model} with PyTorch's weights. */
  public static Model withWeights(Model model) {
    for (Parameter parameter : model.parameters()) {
      System.arraycopy(tensor(parameter.name()), 0, parameter.values(), 0, parameter.values().length);
    }
    return model;
  }

  /** The batch of 16. */
  public static Dataset batch() {
    float[] pixels = tensor("images");
    byte[] images = new byte[pixels.length];
    for (int i = 0; i < images.length; i++) {
      images[i] = (byte) (int) pixels[i];
    }
    float[] labels = tensor("labels");
    int[] classes = new int[labels.length];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = (int) labels[i];
    }
    return new Dataset(LeNet5.INPUT, images, classes, 10);
  }

  private static Map<String, Safetensors.Tensor> read() {
    String name = "pytorch-reference.safetensors";
    try (InputStream in = PyTorchReference.class.getResourceAsStream("/" + name)) {
      return Safetensors.read(in.readAllBytes(), name).tensors();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
