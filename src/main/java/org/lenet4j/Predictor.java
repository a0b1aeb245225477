package org.lenet4j;

import java.awt.image.BufferedImage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.Program;
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
  /** A program, and the model that it was compiled from, a copy that nobody changes. */
  private record Compiled(Model model, Program program) {}

  /** Outputs, {@code (count, outputs)}, and the model that gave them. */
  private record Answer(float[] logits, Model model) {}

  private static final int MOST = Runtime.getRuntime().availableProcessors(); // programs at work

  private final Backend backend;
  private final Shape input;
  private final Semaphore permits = new Semaphore(MOST);
  private final Deque<Compiled> idle = new ArrayDeque<>(); // all of the present model
  private Model model; // a copy that nobody changes
  private int used; // programs at work
  private volatile PredictListener listener; // or null
  private boolean closed;

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
    this.backend = backend;
    this.input = model.input();
    this.model = model.copy();
    idle.push(compile(this.model));
  }

  /** Adds one who is told of each call that has answered, after those that were added before. */
  public synchronized Predictor addListener(PredictListener added) {
    checkOpen();
    PredictListener before = listener;
    listener = before == null ? added : (images, nanos) -> {
      before.predicted(images, nanos);
      added.predicted(images, nanos);
    };
    return this;
  }

  private Compiled compile(Model of) {
    return new Compiled(of, backend.compile(of, 1024));
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
    Answer answer = answer(images, count, null);
    List<String> names = answer.model.classNames();
    float[] sureFrom = answer.model.sureFrom();
    Prediction[] predictions = new Prediction[count];
    for (int i = 0; i < count; i++) {
      predictions[i] = Prediction.isOfNothing(answer.model, images, i) ? Prediction.ofNothing(names.size())
          : Prediction.of(answer.logits, i * names.size(), names, sureFrom);
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
  private Answer answer(byte[] images, int count, float[] logits) {
    PredictListener told = listener;
    long start = told == null ? 0 : System.nanoTime();
    Answer out;
    permits.acquireUninterruptibly();
    try {
      Compiled compiled = take();
      try {
        out = new Answer(logits != null ? logits : new float[Math.multiplyExact(count, compiled.model.outputSize())],
            compiled.model);
        compiled.program.forward(images, count, out.logits);
      } finally {
        giveBack(compiled);
      }
    } finally {
      permits.release();
    }
    if (told != null) {
      told.predicted(count, System.nanoTime() - start);
    }
    return out;
  }

  private synchronized Compiled take() {
    checkOpen();
    Compiled compiled = idle.isEmpty() ? compile(model) : idle.pop();
    used++;
    return compiled;
  }

  private synchronized void giveBack(Compiled compiled) {
    used--;
    notifyAll(); // close waits
    if (closed || compiled.model != model) { // of a model that was exchanged meanwhile
      compiled.program.close();
    } else {
      idle.push(compiled);
    }
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
    Model copy = next.copy();
    Deque<Compiled> ready = new ArrayDeque<>();
    try {
      for (int programs = programs(); ready.size() < programs;) {
        ready.push(compile(copy));
      }
      synchronized (this) {
        checkOpen();
        Deque<Compiled> old = new ArrayDeque<>(idle);
        idle.clear();
        idle.addAll(ready);
        model = copy;
        ready = old;
      }
    } finally {
      ready.forEach(compiled -> compiled.program.close());
    }
  }

  private synchronized int programs() {
    checkOpen();
    return Math.max(1, Math.min(MOST, idle.size() + used)); // some that are used may be of older models
  }

  @Override public synchronized String toString() {
    return (closed ? "closed, " : "") + "on " + backend.name() + ": " + model;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the predictor is closed");
    }
  }

  /** Frees the device's memory; predictions under way finish first, and this waits for them. */
  @Override public synchronized void close() {
    closed = true;
    while (!idle.isEmpty()) {
      idle.pop().program.close();
    }
    boolean interrupted = false;
    while (used > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
