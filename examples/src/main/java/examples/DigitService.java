package examples;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.lenet4j.Device;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.TuningData;

/** Answers from any number of threads, and tunes itself in the background. */
final class DigitService implements AutoCloseable {
  private final Device device = Device.open(); // one for all
  private final ExecutorService background = Executors.newSingleThreadExecutor();
  private Model present = LeNet5.pretrained(); // of the background's thread
  private final Predictor predictor = new Predictor(device, present);
  private volatile boolean closing;

  Prediction predict(byte[] image) {
    return predictor.predict(image);
  }

  /** Returns at once; answers come from the new model as soon as it is ready. It is null if the service was closed before. */
  Future<Model> learn(Dataset fresh, Dataset old) {
    return background.submit(() -> {
      Model model = present.copy();
      FineTuning settings = new FineTuning(Recipe.tune().withEpochs(5)).withReplayShare(0.5f);
      try (FineTuner tuner = new FineTuner(device, model, settings, new TuningData(fresh, null).withReplay(old))) {
        while (!tuner.isDone() && !closing) { // so that closing waits for one epoch at most
          tuner.epoch();
        }
        if (closing) {
          return null;
        }
        tuner.finish();
        predictor.swap(model);
        present = model; // the one before is nobody's now
        return model;
      }
    });
  }

  /** Ask no more before this. What was to be learned and has not begun is given up. */
  @Override public void close() throws InterruptedException {
    closing = true;
    background.shutdown();
    background.awaitTermination(1, TimeUnit.MINUTES);
    predictor.close();
    device.close();
  }
}
