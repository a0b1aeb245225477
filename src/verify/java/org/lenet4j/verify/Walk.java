package org.lenet4j.verify;

import org.lenet4j.backend.Backend;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.optim.Recipe;

/** Training steps one after the other, over as many epochs as it takes; what is left of an epoch after its last whole batch is dropped. */
final class Walk implements AutoCloseable {
  private static final long SEED = 1;
  private static final int ORDERS = 4; // made in advance: shuffling 60,000 numbers takes as long as hundreds of steps

  private final TrainingProgram program;
  private final Recipe recipe;
  private final int batchSize;
  private long steps;
  private final int[][] orders = new int[ORDERS][];
  private int epoch;
  private int next;

  Walk(Backend backend, Digits digits, Recipe recipe, int batchSize) {
    this.recipe = recipe;
    this.batchSize = batchSize;
    Dataset train = digits.train();
    program = backend.compile(digits.model(recipe, SEED), recipe.withBatchSize(batchSize), SEED);
    program.bind(train, recipe.augment());
    for (int i = 0; i < ORDERS; i++) {
      orders[i] = Batches.order(train.size(), SEED, i);
    }
    program.order(0, orders[0]);
  }

  TrainingProgram program() {
    return program;
  }

  void step() {
    if (next + batchSize > orders[0].length) {
      epoch++;
      next = 0;
      program.order(epoch, orders[epoch % ORDERS]);
    }
    long total = (long) recipe.epochs() * (orders[0].length / batchSize); // a longer walk stays at the schedule's end
    program.step(next, batchSize, recipe.schedule().factor(Math.min(steps++, total - 1), total));
    next += batchSize;
  }

  @Override public void close() {
    program.close();
  }
}
