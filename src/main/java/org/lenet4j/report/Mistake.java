package org.lenet4j.report;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.lenet4j.Device;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;

/**
 * An image that a model takes for something else.
 *
 * @param image       {@code (28, 28)} unsigned bytes
 * @param label       what it is
 * @param prediction  what it was taken for
 * @param probability the probability that the model gives its answer
 */
record Mistake(byte[] image, int label, int prediction, float probability) {
  /** The mistakes that a model is most sure of, the surest first; one-channel images only, else none. */
  static List<Mistake> of(Device device, Model model, Dataset data, int most) {
    if (data.shape().channels() != 1) {
      return List.of();
    }
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
}
