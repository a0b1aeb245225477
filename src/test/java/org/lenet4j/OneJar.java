package org.lenet4j;

import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** Trains, predicts, and writes what it ran on and the hash of the weights; for a class path without native libraries. */
final class OneJar {
  private OneJar() {}

  public static void main(String[] args) throws Exception {
    try (Device device = args.length == 0 ? Device.open() : Device.open(args[0], 1)) {
      System.out.println(device.describe());
      Dataset data = SyntheticDigits.create(256, 1);
      Model model = LeNet5.create(10, 1);
      try (Trainer trainer = new Trainer(device, model, Recipe.fast().withEpochs(1), 1)) {
        trainer.fit(data, data);
      }
      try (Predictor predictor = new Predictor(device, model)) {
        predictor.predict(data.image(0));
        predictor.predict(data.images(), data.size());
      }
      System.out.println(Model.fromBytes(model.toBytes()).sha256());
    }
  }
}
