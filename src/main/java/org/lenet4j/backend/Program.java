package org.lenet4j.backend;

import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/**
 * A model compiled for one device and one batch size. It belongs to one thread at a time. After {@link #close} every call throws
 * {@link IllegalStateException}; closing twice is fine.
 */
public interface Program extends AutoCloseable {
  /** Takes the training data; images and labels are uploaded once where the device has its own memory. */
  void bind(Dataset data, Augment augment);

  /** The sample order of an epoch, made on the host so that it is the same on every device; the epoch also keys the random numbers. */
  void order(int epoch, int[] indices);

  /**
   * Forward, loss, backward and update for the samples {@code order[first .. first + count)}.
   *
   * @param rateFactor multiplies every learning rate
   */
  void step(int first, int count, float rateFactor);

  /** Sums of the training steps since the last call: the one download of an epoch. */
  Totals drain();

  /**
   * Evaluates a data set, without dropout or augmentation.
   *
   * @param loss        what is summed
   * @param predictions {@code (data.size())}, receives the class with the largest output, or null if not wanted
   */
  Totals evaluate(Dataset data, Loss loss, int[] predictions);

  /**
   * The network's raw outputs.
   *
   * @param images {@code (count, channels, height, width)}, unsigned bytes
   * @param count  any number of images, 1 or more
   * @param logits {@code (count, outputs)}, receives the outputs
   */
  void forward(byte[] images, int count, float[] logits);

  /** Copies the parameters into {@code target}, a model of the same layers. */
  void read(Model target);

  /**
   * As {@link #read}, with the average in place of the trained parameters if the program keeps one ({@link TrainConfig#ema}). Frozen
   * parameters are as they are.
   */
  void readAverage(Model target);

  /** Takes the parameters of {@code source}, a model of the same layers; the average starts again with them. */
  void write(Model source);

  /** The optimizer's state, the average among it: {@code ema.conv1.weight} and so on. */
  OptimizerState state();

  /** Continues from a state; what it lacks starts at zero, an average at the present parameters. */
  void restore(OptimizerState state);

  /** Which kernels the device chose and why, or null if it was not left to choose. */
  default KernelChoice kernels() {
    return null;
  }

  @Override void close();
}
