package examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.lenet4j.Device;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.data.ImageFile;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Mnist;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.Strength;
import org.lenet4j.tune.TuningData;

/**
 * Tunes the pretrained net to a folder of photographs, one sub-folder for each digit, and reads one of them.
 *
 * <p>{@code FineTuneMyDigits [FOLDER]}: without a name it is {@code photos}, and pictures are drawn there if there are none.
 */
final class FineTuneMyDigits {
  private FineTuneMyDigits() {}

  public static void main(String[] args) throws IOException {
    Path folder = args.length > 0 ? Path.of(args[0]) : Photographs.draw(Path.of("photos"));
    if (!Files.isDirectory(folder)) {
      System.err.println("there is no folder " + folder + "; make it, with a sub-folder of pictures for each digit: " + folder.resolve("0")
          + " to " + folder.resolve("9"));
      System.exit(1);
    }
    Splits photos = Splits.open(folder.toString()); // any size, dark on light or light on dark; a fifth is held out as the test set
    Splits mnist = Mnist.cached();
    Dataset old = mnist != null ? mnist.train() : SyntheticDigits.create(6000, 1); // replayed, so that they are not forgotten
    Path file = Path.of("mine.safetensors");

    FineTuning settings = new FineTuning(Recipe.tune()).withReplayShare(0.5f);
    TuningData data = new TuningData(photos.train(), null).withReplay(old).withTarget(photos.test())
        .withSource(mnist != null ? mnist.test() : SyntheticDigits.create(2000, 2));
    Model model = LeNet5.pretrained();
    try (Device device = Device.open()) {
      float strength = Strength.choose(device, model, settings, data).chosen(); // by cross-validation: 0 leaves the net as it is
      FineTuner.Result result;
      try (FineTuner tuner = new FineTuner(device, model, settings.withStrength(strength), data)) {
        result = tuner.fit();
      }
      System.out.printf("strength     %.2f%n", strength);
      System.out.printf("photographs  %d to learn from, %d to test%n", photos.train().size(), photos.test().size());
      System.out.printf("yours        %.2f%% before, %.2f%% now%n", 100 * result.before().targetAccuracy(),
          100 * result.after().targetAccuracy());
      System.out.printf("old digits   %.2f%% before, %.2f%% now%n", 100 * result.before().sourceAccuracy(),
          100 * result.after().sourceAccuracy());
      model.save(file);

      try (Predictor predictor = new Predictor(device, Model.load(file)); Stream<Path> files = Files.walk(folder)) {
        Path photo = files.filter(Files::isRegularFile).sorted().findFirst().orElseThrow();
        Prediction prediction = predictor.predict(ImageFile.read(photo));
        System.out.printf("%s  is a %s, %.1f%% sure%n", photo, prediction.name(), 100 * prediction.probability());
      }
    }
    System.out.println("weights      " + file);
  }
}
