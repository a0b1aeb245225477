package examples;

import java.io.IOException;
import java.nio.file.Path;
import org.lenet4j.Device;
import org.lenet4j.EpochResult;
import org.lenet4j.Metrics;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.TrainListener;
import org.lenet4j.Trainer;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * Trains, looks at what is still wrong, saves, loads and predicts.
 *
 * <p>{@code TrainMnist [EPOCHS [SAMPLES]]}: reads MNIST from {@code $LENET4J_DATA/mnist}, or draws digits when that is not set.
 */
final class TrainMnist {
  private TrainMnist() {}

  public static void main(String[] args) throws IOException {
    int epochs = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    int samples = args.length > 1 ? Integer.parseInt(args[1]) : Integer.MAX_VALUE;
    String folder = System.getenv("LENET4J_DATA");
    Splits data = Splits.open(folder == null ? "digits" : Path.of(folder, "mnist").toString());
    Dataset train = data.train().head(samples);
    Dataset test = data.test().head(samples);
    Path file = Path.of("lenet5.safetensors");

    try (Device device = Device.open()) {
      System.out.println("device     " + device.describe());
      Model model = LeNet5.create(10, 42);
      try (Trainer trainer = new Trainer(device, model, Recipe.fast().withEpochs(epochs), 42)) {
        trainer.addListener(new TrainListener() {
          @Override public void epoch(EpochResult result) {
            System.out.printf("epoch %d    loss %.4f, test accuracy %.2f%%, %.0f images/s%n", result.epoch(), result.trainLoss(),
                100 * result.testAccuracy(), train.size() / result.seconds());
          }
        });
        trainer.fit(train, test);
      }

      Metrics metrics = Metrics.of(device, model, test);
      System.out.printf("accuracy   %.2f%% of %d%n", 100 * metrics.accuracy(), metrics.samples());
      for (int digit = 0; digit < 10; digit++) {
        System.out.printf("digit %d    precision %.3f, recall %.3f%n", digit, metrics.precision(digit), metrics.recall(digit));
      }

      model.save(file);
      try (Predictor predictor = new Predictor(device, Model.load(file))) {
        Prediction first = predictor.predict(test.image(0));
        System.out.printf("prediction %s, probability %.3f; it is a %d%n", first.name(), first.probability(), test.labels()[0]);
      }
    }
    System.out.println("weights    " + file);
  }
}
