package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.TuningCheckpoint;
import org.lenet4j.tune.TuningData;

/** Fine-tunes as a user's program does that wants a checkpoint after every epoch; the command writes none in its first seconds. */
final class TuneEachEpoch {
  private TuneEachEpoch() {}

  /** {@code TuneEachEpoch FROM DATA OUT}: goes on where the checkpoint beside OUT says. */
  public static void main(String[] args) throws IOException {
    Path out = Path.of(args[2]);
    Path checkpoint = Path.of(out + ".ckpt");
    Splits splits = Splits.open(args[1]);
    TuningData data = new TuningData(splits.train(), splits.test());
    try (Device device = Device.open("openblas", new DeviceSettings().withThreads(1))) {
      Model model = Model.load(Path.of(args[0]));
      FineTuning settings = new FineTuning(Recipe.tune().withEpochs(4).withBatchSize(16)).withSeed(42);
      try (FineTuner tuner = Files.exists(checkpoint) ? FineTuner.resume(device, TuningCheckpoint.load(checkpoint), data)
          : new FineTuner(device, model, settings, data)) {
        while (!tuner.isDone()) {
          tuner.epoch();
          tuner.checkpoint(Map.of()).save(checkpoint);
        }
        tuner.finish();
        tuner.model().save(out);
        Files.deleteIfExists(checkpoint);
      }
    }
  }
}
