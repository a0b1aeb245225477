package modular;

import org.lenet4j.Device;
import org.lenet4j.LeNet5;
import org.lenet4j.Model;
import org.lenet4j.Recipe;
import org.lenet4j.Trainer;
import org.lenet4j.data.SyntheticDigits;

/** Trains from the module path or the class path. {@code TrainOneEpoch module|classpath vector|plain} says what it has to find there. */
final class TrainOneEpoch {
  private TrainOneEpoch() {}

  public static void main(String[] args) {
    check(Device.class.getModule().isNamed() == args[0].equals("module"), "not from the " + args[0]);
    try (Device device = Device.open()) {
      System.out.println(Device.class.getModule() + ", " + device.describe());
      check(device.describe().contains("Vector API") == args[1].equals("vector"), "not the " + args[1] + " kernels");
      Model model = LeNet5.create(10, 42);
      try (Trainer trainer = new Trainer(device, model, Recipe.fast(), 42)) {
        double loss = trainer.fit(SyntheticDigits.create(1000, 1), 1, SyntheticDigits.create(200, 2)).last().testLoss();
        System.out.println("test loss " + loss);
        check(loss < 2.3, "no better than guessing"); // ln 10 = 2.30
      }
    }
  }

  private static void check(boolean condition, String message) {
    if (!condition) {
      throw new IllegalStateException(message);
    }
  }
}
