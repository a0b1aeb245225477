package org.lenet4j.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import javax.imageio.ImageIO;
import org.lenet4j.Device;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;

/**
 * An image that a model takes for something else.
 *
 * @param image       {@code (height, width)} unsigned bytes
 * @param label       what it is
 * @param prediction  what it was taken for
 * @param probability the probability that the model gives its answer
 */
record Mistake(byte[] image, int label, int prediction, float probability) {
  /** The mistakes that a model is most sure of, the surest first; of one-channel images. */
  static List<Mistake> of(Device device, Model model, Dataset data, int most) {
    try (Predictor predictor = new Predictor(device, model)) {
      List<Wrong> surest = new ArrayList<>();
      data.blocks((images, first, count) -> {
        Prediction[] predictions = predictor.predict(images, count);
        for (int i = 0; i < count; i++) {
          Prediction answer = predictions[i];
          if (answer.label() >= 0 && answer.label() != data.labels()[first + i]) { // -1: no ink, taken for nothing
            surest.add(new Wrong(first + i, answer.label(), answer.probability()));
          }
        }
        surest.sort(Comparator.comparingDouble(wrong -> -wrong.probability));
        surest.subList(Math.min(most, surest.size()), surest.size()).clear();
      });
      return surest.stream()
          .map(wrong -> new Mistake(data.image(wrong.sample), data.labels()[wrong.sample], wrong.prediction, wrong.probability)).toList();
    }
  }

  private record Wrong(int sample, int prediction, float probability) {}

  /** The image as a PNG file, in base 64. */
  String png(int height, int width) {
    BufferedImage grey = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setDataElements(0, 0, width, height, image);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(grey, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // to memory: it does not happen
    }
    return Base64.getEncoder().encodeToString(out.toByteArray());
  }
}
