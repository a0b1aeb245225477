package org.lenet4j;

import java.awt.image.BufferedImage;
import java.util.List;
import org.lenet4j.backend.Backend;
import org.lenet4j.data.Picture;
import org.lenet4j.data.Preprocess;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;

/**
 * Answers predictions from any number of threads. It holds the parameters that the model had when it was given; {@link #swap} gives it
 * another model while it answers.
 */
public final class Predictor implements AutoCloseable {
  private final Shape input;
  private final ProgramPool programs;
  private volatile PredictListener listener; // or null

  /**
   * Compiles a copy of the model.
   *
   * @param device where it runs; stays open at least as long as this predictor
   * @param model  layers and parameters
   */
  public Predictor(Device device, Model model) {
    this(device.backend(), model);
  }

  Predictor(Backend backend, Model model) {
    input = model.input();
    programs = new ProgramPool(backend, model.copy());
  }

  /** Adds one who is told of each call that has answered, after those that were added before. */
  public synchronized Predictor addListener(PredictListener added) {
    programs.checkOpen();
    PredictListener before = listener;
    listener = before == null ? added : (images, nanos) -> {
      before.predicted(images, nanos);
      added.predicted(images, nanos);
    };
    return this;
  }

  /**
   * Reads a digit from an image of any size and polarity; {@link Preprocess} makes it what the network was trained on. Where it finds no
   * ink the answer is {@link Prediction.Verdict#NO_DIGIT}.
   *
   * @throws IllegalArgumentException if the image is null or the model does not take grey 28x28 images
   */
  public Prediction predict(BufferedImage image) {
    return predict(Picture.of(image));
  }

  /**
   * As {@link #predict(BufferedImage)}, of a picture as {@link org.lenet4j.data.ImageFile} reads it.
   *
   * @throws IllegalArgumentException if the model does not take grey 28x28 images
   */
  public Prediction predict(Picture picture) {
    if (!input.equals(LeNet5.INPUT)) {
      throw new IllegalArgumentException("an image becomes " + LeNet5.INPUT + ", the model takes " + input
          + "; give it bytes of that shape");
    }
    return predict(Preprocess.digit(picture));
  }

  /**
   * Reads one image that is already as the network takes it. If it is 1x28x28 and all zero, the answer is
   * {@link Prediction.Verdict#NO_DIGIT} unless {@link Model#hasBlankClass()}.
   *
   * @param pixels {@code (channels, height, width)} of the model's input, unsigned bytes
   */
  public Prediction predict(byte[] pixels) {
    return predict(pixels, 1)[0];
  }

  /**
   * Reads several images, all with the same model.
   *
   * @param images {@code (count, channels, height, width)}, unsigned bytes
   * @param count  number of images, at least 1
   */
  public Prediction[] predict(byte[] images, int count) {
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least 1, got " + count);
    }
    ProgramPool.Asked answer = answer(images, count, null);
    Model model = answer.model();
    float[] logits = answer.logits();
    List<String> names = model.classNames();
    float[] sureFrom = model.sureFrom();
    Prediction[] predictions = new Prediction[count];
    for (int i = 0; i < count; i++) {
      predictions[i] = Prediction.isOfNothing(model, images, i) ? Prediction.ofNothing(names.size())
          : Prediction.of(logits, i * names.size(), names, sureFrom);
    }
    return predictions;
  }

  /**
   * The network's raw outputs, which are the answer itself for a regression model.
   *
   * @param images {@code (count, channels, height, width)}, unsigned bytes
   * @param count  number of images, at least 1
   * @param logits {@code (count, outputs)}, receives the outputs
   */
  public void logits(byte[] images, int count, float[] logits) {
    answer(images, count, logits);
  }

  /** Into {@code logits}, or if that is null into an array that fits the model which answers. */
  private ProgramPool.Asked answer(byte[] images, int count, float[] logits) {
    PredictListener told = listener;
    long start = told == null ? 0 : System.nanoTime();
    ProgramPool.Asked asked = new ProgramPool.Asked(images, count, logits);
    programs.answer(asked);
    if (told != null) {
      told.predicted(count, System.nanoTime() - start);
    }
    return asked;
  }

  /**
   * Exchanges the model, at any time and under any load: calls that begin after this has returned are answered by the new one, those under
   * way by the old one or the new one, each by one of them alone. Nobody waits for it: as many programs as there are get compiled before.
   *
   * @param next layers and parameters, which are copied; takes the same input, but may have other layers and outputs
   * @throws IllegalArgumentException if it takes another input
   */
  public void swap(Model next) {
    if (!next.input().equals(input)) {
      throw new IllegalArgumentException("the new model takes " + next.input() + ", the present one " + input
          + "; make another predictor for it");
    }
    programs.swap(next.copy());
  }

  @Override public String toString() {
    return programs.toString();
  }

  /** Frees the device's memory; predictions under way finish first, and this waits for them. */
  @Override public void close() {
    programs.close();
  }
}
