package examples;

import java.io.IOException;
import java.nio.file.Path;
import org.lenet4j.Device;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.EarlyStopping;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.TuningData;

/** The program of docs/fine-tuning.md. {@code FineTuneExample [DATA]}: a folder of images, the embedded digits if not given. */
final class FineTuneExample {
  private FineTuneExample() {}

  public static void main(String[] args) throws IOException {
    tune(args.length > 0 ? args[0] : "digits");
  }

  private static void tune(String photos) throws IOException {
    Splits digits = Splits.open(photos);
    Splits own = digits.train().holdOut(0.1, 42); // 42 is the seed: the same images are held out every time
    FineTuning settings = new FineTuning(Recipe.tune().withEpochs(10)).withUnfreezing(3, "conv1").withStopping(new EarlyStopping(4));
    TuningData data = new TuningData(own.train(), own.test()).withTarget(digits.test())
        .withReplay(SyntheticDigits.create(1000, 7)); // your old data
    Model model = LeNet5.pretrained().freeze("conv1");
    try (Device device = Device.open(); FineTuner tuner = new FineTuner(device, model, settings, data)) {
      FineTuner.Result result = tuner.fit();
      System.out.println(result.before() + " became " + result.after());
    }
    model.save(Path.of("mine.safetensors"));
  }
}
