package examples;

import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.DeviceUnavailableException;
import org.lenet4j.EpochResult;
import org.lenet4j.Trainer;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.optim.Recipe;

/** Trains the same net on every device that there is, and compares times and results. {@code CompareDevices [SAMPLES]} */
final class CompareDevices {
  private static final int EPOCHS = 3; // the last is timed: by then the JVM has compiled what runs often
  private static final double SLACK = 0.01; // CUDA sums in another order than OpenBLAS, and training makes more of that

  private final Dataset train;
  private final Dataset test = SyntheticDigits.create(2000, 2);
  private double expected = Double.NaN; // accuracy, of the first device

  private CompareDevices(int samples) {
    train = SyntheticDigits.create(samples, 1);
  }

  public static void main(String[] args) {
    CompareDevices compare = new CompareDevices(args.length > 0 ? Integer.parseInt(args[0]) : 20_000);
    System.out.printf("%-22s %9s %9s %9s%n", "device", "images/s", "accuracy", "loss");
    compare.run("openblas", 1);
    compare.run("openblas", Runtime.getRuntime().availableProcessors());
    compare.run("cuda", 1);
  }

  private void run(String name, int threads) {
    try (Device device = Device.open(name, new DeviceSettings().withThreads(threads))) {
      EpochResult last;
      try (Trainer trainer = new Trainer(device, LeNet5.create(10, 42), Recipe.fast().withEpochs(EPOCHS), 42)) {
        last = trainer.fit(train, test).last();
      }
      String row = name.equals("cuda") ? name : name + ", threads: " + threads;
      System.out.printf("%-22s %,9.0f %8.2f%% %9.4f%n", row, train.size() / last.seconds(), 100 * last.testAccuracy(), last.testLoss());
      check(last.testAccuracy(), name.equals("cuda") ? SLACK : 0); // OpenBLAS gives the same bits with any number of threads
    } catch (DeviceUnavailableException e) {
      System.out.printf("%-22s not usable here: %s%n", name, e.getMessage());
    }
  }

  private void check(double accuracy, double slack) {
    if (Math.abs(accuracy - expected) > slack) { // not if the first is NaN
      throw new AssertionError("accuracy " + accuracy + ", but the first device came to " + expected);
    }
    expected = accuracy;
  }
}
