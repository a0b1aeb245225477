package org.lenet4j.tune;

import java.io.Serializable;
import org.lenet4j.Device;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Totals;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/**
 * How a model does on the data that it is tuned to and on the data that it came from; NaN where there is none, or where the model has
 * too few outputs for the labels. Accuracies are NaN for regression.
 *
 * @param targetAccuracy accuracy on the new data, 0 to 1
 * @param targetLoss     mean loss on the new data, without label smoothing
 * @param sourceAccuracy accuracy on the old data, 0 to 1
 * @param sourceLoss     mean loss on the old data, likewise
 */
public record Score(double targetAccuracy, double targetLoss, double sourceAccuracy, double sourceLoss) implements Serializable {
  /** Evaluates a model; either data set can be null. */
  static Score of(Device device, Model model, Dataset target, Dataset source, Loss loss) {
    try (Program program = device.backend().compile(model, 1024)) {
      Totals onTarget = evaluate(program, model, target, loss);
      Totals onSource = evaluate(program, model, source, loss);
      return new Score(accuracy(onTarget, target), onTarget.loss(), accuracy(onSource, source), onSource.loss());
    }
  }

  private static Totals evaluate(Program program, Model model, Dataset data, Loss loss) {
    boolean possible = data != null && (data.isRegression() ? data.classes() == model.outputSize()
        : TuningData.largestLabel(data) < model.outputSize());
    if (!possible) {
      return new Totals(Double.NaN, 0, 0);
    }
    return program.evaluate(data.isRegression() ? data : data.withClasses(model.outputSize()), loss, null);
  }

  private static double accuracy(Totals totals, Dataset data) {
    return data == null || data.isRegression() ? Double.NaN : totals.accuracy();
  }

  /** What {@link #numbers} gave. */
  static Score of(double[] numbers) {
    return new Score(numbers[0], numbers[1], numbers[2], numbers[3]);
  }

  /** As they are written: (4), in the order of the components. */
  double[] numbers() {
    return new double[] {targetAccuracy, targetLoss, sourceAccuracy, sourceLoss};
  }

  /** The new data's from this, the old data's from another. */
  Score withSource(Score other) {
    return new Score(targetAccuracy, targetLoss, other.sourceAccuracy, other.sourceLoss);
  }
}
