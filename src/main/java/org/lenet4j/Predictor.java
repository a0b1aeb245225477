package org.lenet4j;

import java.awt.image.BufferedImage;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import org.lenet4j.backend.Program;
import org.lenet4j.data.Preprocess;

/**
 * Answers predictions from any number of threads. It holds the parameters that the model had when it was made.
 */
public final class Predictor implements AutoCloseable {
  private final Device device;
  private final Model model;
  private final Semaphore permits; // one for each program that may exist
  private final ArrayDeque<Program> idle = new ArrayDeque<>();
  private volatile PredictListener listener; // or null
  private boolean closed;

  /**
   * Compiles a copy of the model.
   *
   * @param device where it runs; stays open at least as long as this predictor
   * @param model  layers and parameters
   */
  public Predictor(Device device, Model model) {
    this.device = device;
    this.model = model.copy();
    permits = new Semaphore(Runtime.getRuntime().availableProcessors());
    idle.push(compile());
  }

  /** Sets who is told of each call that has answered. */
  public Predictor listener(PredictListener listener) {
    this.listener = listener;
    return this;
  }

  private Program compile() {
    return device.backend().compile(model, 1024);
  }

  /**
   * Reads a digit from an image of any size and polarity; {@link Preprocess} makes it what the network was trained on.
   *
   * @throws IllegalArgumentException if the model does not take grey 28x28 images
   */
  public Prediction predict(BufferedImage image) {
    if (!model.input().equals(LeNet5.INPUT)) {
      throw new IllegalArgumentException("an image becomes " + LeNet5.INPUT + ", the model takes " + model.input()
          + "; give it bytes of that shape");
    }
    return predict(Preprocess.digit(image));
  }

  /**
   * Reads one image that is already as the network takes it.
   *
   * @param pixels {@code (channels, height, width)} of the model's input, unsigned bytes
   */
  public Prediction predict(byte[] pixels) {
    return predict(pixels, 1)[0];
  }

  /**
   * Reads several images.
   *
   * @param images {@code (count, channels, height, width)}, unsigned bytes
   * @param count  number of images, at least 1
   */
  public Prediction[] predict(byte[] images, int count) {
    float[] logits = new float[Math.multiplyExact(count, model.outputSize())];
    logits(images, count, logits);
    Prediction[] predictions = new Prediction[count];
    for (int i = 0; i < count; i++) {
      predictions[i] = Prediction.of(logits, i * model.outputSize(), model.outputSize());
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
    PredictListener told = listener;
    long start = told == null ? 0 : System.nanoTime();
    permits.acquireUninterruptibly();
    try {
      Program program = take();
      try {
        program.forward(images, count, logits);
      } finally {
        giveBack(program);
      }
    } finally {
      permits.release();
    }
    if (told != null) {
      told.predicted(count, System.nanoTime() - start);
    }
  }

  private synchronized Program take() {
    if (closed) {
      throw new IllegalStateException("the predictor is closed");
    }
    return idle.isEmpty() ? compile() : idle.pop();
  }

  private synchronized void giveBack(Program program) {
    if (closed) {
      program.close();
    } else {
      idle.push(program);
    }
  }

  /** Frees the device's memory; predictions under way finish first. */
  @Override public synchronized void close() {
    closed = true;
    while (!idle.isEmpty()) {
      idle.pop().close();
    }
  }
}
