package org.lenet4j.spark;

import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;

/** Answers with many models, in the JVM of an executor that has no Vector API. */
final class WithoutVector {
  private WithoutVector() {}

  public static void main(String[] args) {
    byte[] images = SyntheticDigits.create(1024, 1).images();
    int answers = 0;
    for (int seed = 0; seed < OnExecutor.MOST + 4; seed++) {
      answers = OnExecutor.predictor(Weights.of(LeNet5.create(10, seed))).predict(images, 1024).length;
    }
    System.out.println("answers " + answers + ", idle predictors " + OnExecutor.idle());
  }
}
