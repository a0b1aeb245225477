package org.lenet4j.backend;

import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** A program that trains: a recipe's loss, optimizer and all else that an update needs are compiled into it, and a seed. */
public interface TrainingProgram extends Program {
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
   * As {@link #read}, with the average in place of the trained parameters if the recipe averages ({@link Recipe#ema}). Frozen parameters
   * are as they are.
   */
  void readAverage(Model target);

  /** Takes the parameters of {@code source}, a model of the same layers; the average starts again with them. */
  @Override void write(Model source);

  /** The optimizer's state, the average among it: {@code ema.conv1.weight} and so on. */
  OptimizerState state();

  /** Continues from a state; what it lacks starts at zero, an average at the present parameters. */
  void restore(OptimizerState state);
}
