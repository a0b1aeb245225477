package org.lenet4j;

import java.util.List;

/**
 * What a model says of one image.
 *
 * @param label         the class with the largest probability
 * @param name          the name of that class, as the model has it: a number such as {@code 7}, or a word such as {@code cat}
 * @param probability   the probability of that class, 0 to 1
 * @param probabilities the probabilities of all classes, softmax of the outputs
 */
public record Prediction(int label, String name, float probability, float[] probabilities) {
  /** The softmax of the outputs that begin at {@code from}, one for each class. */
  static Prediction of(float[] logits, int from, List<String> names) {
    int count = names.size();
    int label = 0;
    for (int k = 1; k < count; k++) {
      if (logits[from + k] > logits[from + label]) {
        label = k;
      }
    }
    float[] probabilities = new float[count];
    double sum = 0;
    for (int k = 0; k < count; k++) {
      sum += Math.exp(logits[from + k] - logits[from + label]);
    }
    for (int k = 0; k < count; k++) {
      probabilities[k] = (float) (Math.exp(logits[from + k] - logits[from + label]) / sum);
    }
    return new Prediction(label, names.get(label), probabilities[label], probabilities);
  }
}
