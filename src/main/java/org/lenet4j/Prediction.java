package org.lenet4j;

import java.util.BitSet;
import java.util.List;
import org.lenet4j.data.Blanks;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;

/**
 * What a model says of one image. An image without ink has no class, and then nothing here can be taken for one: the label is -1, which
 * no array has, the name says so, and all probabilities are 0.
 *
 * @param label         the class with the largest probability; -1 if there is none
 * @param name          the name of that class, as the model has it: a number such as {@code 7}, or a word such as {@code cat};
 *                      {@link #NO_DIGIT} if there is none
 * @param probability   the probability of that class, 0 to 1
 * @param probabilities the probabilities of all classes, softmax of the outputs; all 0 if there is no class
 * @param verdict       whether it can be relied on
 */
public record Prediction(int label, String name, float probability, float[] probabilities, Verdict verdict) {
  /** The name where there is no class. */
  public static final String NO_DIGIT = "no digit";

  /** How far an answer can be relied on. */
  public enum Verdict {
    /** The image looks like those that the model was trained on. */
    SURE,
    /** It may be no image of any class, or a bad one: the label is the likeliest all the same. See {@link Model#sureFrom()}. */
    NOT_SURE,
    /** There is no ink in the image, and no class for such images ({@link Model#hasBlankClass()}). */
    NO_DIGIT
  }

  /** What outputs mean, one for each class, that begin at {@code from}. */
  static Prediction of(float[] logits, int from, List<String> names, float[] sureFrom) {
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
    boolean sure = sureFrom == null || logits[from + label] >= sureFrom[label];
    return new Prediction(label, names.get(label), probabilities[label], probabilities, sure ? Verdict.SURE : Verdict.NOT_SURE);
  }

  /** Of an image without ink. */
  static Prediction ofNothing(int classes) {
    return new Prediction(-1, NO_DIGIT, 0, new float[classes], Verdict.NO_DIGIT);
  }

  /**
   * Whether an image is empty and has therefore no class: all zero, as {@link org.lenet4j.data.Preprocess} leaves a picture in which
   * it finds no ink. A model with a class for empty images answers them, and so does one of another input, whose zeros may mean anything.
   */
  static boolean isOfNothing(Model model, byte[] images, int sample) {
    return !model.hasBlankClass() && model.input().equals(LeNet5.INPUT) && Blanks.is(images, sample);
  }

  /** Which images of a data set are. */
  static BitSet ofNothing(Model model, Dataset data) {
    return !model.hasBlankClass() && model.input().equals(LeNet5.INPUT) ? Blanks.among(data) : new BitSet();
  }

  @Override public String toString() {
    return verdict == Verdict.NO_DIGIT ? name : name + ", probability " + probability + (verdict == Verdict.SURE ? "" : ", not sure");
  }
}
