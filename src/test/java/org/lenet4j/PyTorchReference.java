package org.lenet4j;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import org.lenet4j.data.Dataset;

/** What {@code benchmarks/pytorch/make_reference.py} wrote: that script says what the names mean. */
public final class PyTorchReference {
  private static final Map<String, float[]> TENSORS = read();

  private PyTorchReference() {}

  /** One tensor, row-major. */
  public static float[] tensor(String name) {
    float[] values = TENSORS.get(name);
    if (values == null) {
      throw new IllegalArgumentException("no tensor '" + name + "' in " + TENSORS.keySet());
    }
    return values;
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

  private static Map<String, float[]> read() {
    try (InputStream in = PyTorchReference.class.getResourceAsStream("/pytorch-reference.safetensors")) {
      ByteBuffer file = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      int header = (int) file.getLong();
      ByteBuffer data = file.slice(8 + header, file.capacity() - 8 - header).order(ByteOrder.LITTLE_ENDIAN);
      Map<String, float[]> tensors = new HashMap<>();
      try (JsonParser json = new JsonFactory().createParser(file.array(), 8, header)) {
        String tensor = null;
        for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
          if (token == JsonToken.START_OBJECT) {
            tensor = json.currentName();
          } else if (token == JsonToken.FIELD_NAME && json.currentName().equals("data_offsets")) {
            json.nextToken();
            int from = json.nextIntValue(-1);
            float[] values = new float[(json.nextIntValue(-1) - from) / 4];
            data.position(from);
            data.asFloatBuffer().get(values);
            tensors.put(tensor, values);
          }
        }
      }
      return tensors;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
