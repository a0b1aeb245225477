package org.lenet4j;

/**
 * What a model says of one image.
 *
 * @param digit         the class with the largest probability
 * @param probability   of that class, 0 to 1
 * @param probabilities of all classes, softmax of the outputs
 */
public record Prediction(int digit, float probability, float[] probabilities) {
  /** The softmax of {@code count} outputs that begin at {@code from}. */
  static Prediction of(float[] logits, int from, int count) {
    int digit = 0;
    for (int k = 1; k < count; k++) {
      if (logits[from + k] > logits[from + digit]) {
        digit = k;
      }
    }
    float[] probabilities = new float[count];
    double sum = 0;
    for (int k = 0; k < count; k++) {
      sum += Math.exp(logits[from + k] - logits[from + digit]);
    }
    for (int k = 0; k < count; k++) {
      probabilities[k] = (float) (Math.exp(logits[from + k] - logits[from + digit]) / sum);
    }
    return new Prediction(digit, probabilities[digit], probabilities);
  }
}
