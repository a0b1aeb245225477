package org.lenet4j;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;
import org.lenet4j.backend.Program;
import org.lenet4j.data.Blanks;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;

/**
 * Measures from where on a model's answers are sure, see {@link Model#sureFrom()}.
 *
 * <p>The score of an answer is its largest output (D. Hendrycks et al., "Scaling out-of-distribution detection for real-world settings",
 * ICML 2022): a letter, a scribble or two digits in one image excite no class as much as a digit does its own. Among the scores that cost
 * nothing it was the best on drawn images that are no digits, together with the energy (W. Liu et al., NeurIPS 2020); the largest
 * probability and the margin were worse, and what the layer below the outputs knows (K. Lee et al., NeurIPS 2018) added nothing. A bound
 * for each class is better than one for all. {@code src/it/NotADigit.java} has the figures.
 */
public final class Calibration {
  /** Share of the images measured on whose answers are not sure. */
  public static final double SHARE = 0.005;

  private static final int FEWEST = 50; // images; fewer say nothing about one in 200

  private Calibration() {}

  /**
   * Sets {@link Model#sureFrom} so that of these images one answer in 200 is not sure, of each class alike, and {@link Model#blankClass}
   * if a class is one of empty images. A class with fewer than 200 answers gets the bound of all together. With fewer than 50 images
   * with ink nothing can be said, and all answers are sure.
   *
   * <p>Best are images that the model was not trained on. It is surer of those that it was: with those of MNIST's training part, one in
   * 100 of the test part is not sure.
   *
   * @param device where the model runs
   * @param model  a classifier
   * @param images of its classes, with labels
   * @return the model
   * @throws IllegalArgumentException if the data set has real-valued targets or does not fit the model
   */
  public static Model calibrate(Device device, Model model, Dataset images) {
    if (images.isRegression()) {
      throw new IllegalArgumentException("from where on a classifier is sure is measured on images with labels, this data set has"
          + " real-valued targets");
    }
    model.blankClass(model.hasBlankClass() || Blanks.haveClass(images));
    BitSet nothing = Prediction.ofNothing(model, images);
    int inked = images.size() - nothing.cardinality();
    return model.sureFrom(inked < FEWEST ? null : bounds(device, model, inked == images.size() ? images
        : images.subset(IntStream.range(0, images.size()).filter(i -> !nothing.get(i)).toArray())));
  }

  private static float[] bounds(Device device, Model model, Dataset images) {
    int outputs = model.outputSize();
    float[] scores = new float[images.size()];
    int[] answers = new int[images.size()];
    try (Program program = device.backend().compile(model, 1024)) {
      images.blocks((block, first, count) -> {
        float[] logits = new float[Math.multiplyExact(count, outputs)];
        program.forward(block, count, logits);
        for (int i = 0; i < count; i++) {
          int label = 0;
          for (int k = 1; k < outputs; k++) {
            label = logits[i * outputs + k] > logits[i * outputs + label] ? k : label;
          }
          scores[first + i] = logits[i * outputs + label];
          answers[first + i] = label;
        }
      });
    }
    float together = lowest(scores.clone());
    float[] bounds = new float[outputs];
    for (int k = 0; k < outputs; k++) {
      float[] own = of(k, scores, answers);
      bounds[k] = SHARE * own.length < 1 ? together : lowest(own);
    }
    return bounds;
  }

  /** The scores of a class's answers. */
  private static float[] of(int label, float[] scores, int[] answers) {
    float[] own = new float[(int) IntStream.of(answers).filter(answer -> answer == label).count()];
    int next = 0;
    for (int i = 0; i < scores.length; i++) {
      if (answers[i] == label) {
        own[next++] = scores[i];
      }
    }
    return own;
  }

  /** The score below which the share lies, or the lowest of few; sorts them. */
  private static float lowest(float... scores) {
    Arrays.sort(scores);
    return scores[(int) (SHARE * scores.length)];
  }
}
