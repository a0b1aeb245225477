package org.lenet4j.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
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
      Prediction[] predictions = predictor.predict(data.images(), data.size());
      return IntStream.range(0, data.size())
          .filter(i -> predictions[i].label() >= 0 && predictions[i].label() != data.labels()[i]).boxed() // -1: no ink, taken for nothing
          .sorted(Comparator.comparingDouble(i -> -predictions[i].probability())).limit(most)
          .map(i -> new Mistake(data.image(i), data.labels()[i], predictions[i].label(),
              predictions[i].probability()))
          .toList();
    }
  }

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
