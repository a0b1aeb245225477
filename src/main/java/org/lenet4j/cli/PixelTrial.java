package org.lenet4j.cli;

import java.util.stream.IntStream;
import org.lenet4j.Device;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.PixelFixes;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;

/**
 * A quick trial whether a model reads images far better when they are turned, scaled or inverted.
 *
 * @param images    how many were tried
 * @param right     how many of them are right as they are
 * @param better    what makes far more of them right; nothing if they are right as they are
 * @param rightThen how many
 */
record PixelTrial(int images, int right, PixelFixes better, int rightThen) {
  private static final int MOST = 300;
  private static final double FINE = 0.9; // share of right answers from which on nothing else is tried
  private static final double FAR = 0.2; // share that more must be right; with the next two, random labels and weights do not get there
  private static final int FEWEST = 6; // images that more must be right
  private static final double GOOD = 0.5; // share that must be right then

  /** Tries; null if that says nothing, because there is nothing to compare or no way that does far better than others. */
  static PixelTrial of(Device device, Model model, Dataset data) {
    if (data.isRegression() || data.classes() > model.outputSize() || !data.shape().equals(model.input())
        || !data.shape().equals(LeNet5.INPUT)) {
      return null;
    }
    Dataset some = data.spread(MOST);
    int count = some.size();
    try (Predictor predictor = new Predictor(device, model)) {
      int right = right(predictor, some);
      if (right >= FINE * count) {
        return new PixelTrial(count, right, PixelFixes.NONE, right);
      }
      PixelFixes best = PixelFixes.NONE;
      int most = right;
      int ways = PixelFixes.suggested(some).scale() ? 32 : 16; // eight turns, inverted or not, and scaled or not
      for (int way = 1; way < ways; way++) {
        PixelFixes fixes = new PixelFixes(way % 2 == 1, way / 2 % 4 * 90, way >= 16, way / 8 % 2 == 1);
        int then = right(predictor, fixes.apply(some));
        if (then > most) {
          best = fixes;
          most = then;
        }
      }
      boolean far = most - right >= Math.max(FEWEST, FAR * count) && most >= GOOD * count;
      return far ? new PixelTrial(count, right, best, most) : null;
    }
  }

  private static int right(Predictor predictor, Dataset data) {
    int[] right = {0};
    data.blocks((images, first, count) -> {
      Prediction[] predictions = predictor.predict(images, count);
      right[0] += (int) IntStream.range(0, count).filter(i -> predictions[i].label() == data.labels()[first + i]).count();
    });
    return right[0];
  }
}
