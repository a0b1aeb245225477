package org.lenet4j;

import java.util.stream.IntStream;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** Old digits, a model that knows them, and new digits: the old ones mirrored and turned, which the model reads badly. */
public final class Digits {
  public static final Dataset OLD = SyntheticDigits.create(2000, 1);
  public static final Dataset OLD_TEST = SyntheticDigits.create(500, 2);
  public static final Dataset NEW = transposed(SyntheticDigits.create(600, 3));
  public static final Dataset NEW_TEST = transposed(SyntheticDigits.create(300, 4));

  private static Model trained;

  private Digits() {}

  private static Dataset transposed(Dataset data) {
    byte[] images = new byte[data.images().length];
    IntStream.range(0, images.length).forEach(i -> images[i / 784 * 784 + i % 28 * 28 + i % 784 / 28] = data.images()[i]);
    return new Dataset(data.shape(), images, data.labels(), data.classes());
  }

  /** A copy of a model trained on the old digits. */
  public static synchronized Model trained(Device device) {
    if (trained == null) {
      trained = LeNet5.create(10, 1).normalization(OLD.normalization());
      try (Trainer trainer = new Trainer(device, trained, Recipe.fast().withEpochs(6).withBatchSize(32), 1)) {
        trainer.fit(OLD, null);
      }
    }
    return trained.copy();
  }

  public static double accuracy(Device device, Model model, Dataset data) {
    return Metrics.of(device, model, data.withClasses(model.outputSize())).accuracy();
  }
}
