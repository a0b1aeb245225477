import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.ReplayBuffer;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.TuningData;

/**
 * Class-incremental split MNIST: 0 and 1 are learned from fresh weights, then 2 and 3 join, and so on, five tasks in all, with one head and
 * no word of which task an image is from. Of earlier classes there is only a bounded buffer.
 *
 * <pre>
 * ./lenet4j info   (builds once)
 * java --add-modules jdk.incubator.vector -cp 'target/*:target/lib/*' benchmarks/finetuning/SplitMnist.java MNIST-FOLDER
 *     [seeds=5] [buffer=200] [epochs=5] [rate=0.002] [validate]
 * </pre>
 *
 * <p>With {@code validate} a sixth of the training images is held out and measured on, and the test set is not touched: settings were
 * chosen like this.
 */
final class SplitMnist {
  private SplitMnist() {}

  public static void main(String[] args) throws IOException {
    Splits mnist = Splits.open(args[0]);
    int seeds = Integer.parseInt(option(args, "seeds", "5"));
    List<Double> accuracies = new ArrayList<>();
    try (Device device = Device.open()) {
      for (int seed = 1; seed <= seeds; seed++) {
        double accuracy = run(device, mnist, seed, args);
        System.out.printf(Locale.ROOT, "seed %d: %.2f%%%n", seed, 100 * accuracy);
        accuracies.add(accuracy);
      }
    }
    double mean = accuracies.stream().mapToDouble(a -> 100 * a).average().orElse(Double.NaN);
    System.out.printf(Locale.ROOT, "mean %.2f%% (%.2f to %.2f)%n", mean, 100 * accuracies.stream().mapToDouble(a -> a).min().orElse(0),
        100 * accuracies.stream().mapToDouble(a -> a).max().orElse(0));
  }

  private static double run(Device device, Splits mnist, long seed, String... args) {
    int perClass = Integer.parseInt(option(args, "buffer", "200"));
    Splits parts = List.of(args).contains("validate") ? mnist.train().holdOut(1 / 6.0, 99) : mnist;
    Dataset train = parts.train();
    Dataset test = parts.test();
    Recipe recipe = Recipe.tune().withEpochs(Integer.parseInt(option(args, "epochs", "5"))).withAugment(Augment.STRONG).withBatchSize(64)
        .withOptimizer(new AdamW(Float.parseFloat(option(args, "rate", "0.002")), 0.01f));
    ReplayBuffer buffer = new ReplayBuffer(perClass, seed);
    Model model = LeNet5.create(2, seed);
    for (int first = 0; first < 10; first += 2) {
      Dataset task = train.ofClasses(first, first + 1).withClasses(first + 2);
      if (first == 0) {
        model.normalization(task.normalization());
      } else {
        model.growHead(first + 2, seed);
      }
      TuningData data = new TuningData(task, null).withReplay(first == 0 ? null : buffer.samples().withClasses(first + 2));
      try (FineTuner tuner = new FineTuner(device, model, new FineTuning(recipe).withSeed(seed), data)) {
        tuner.fit();
      }
      buffer.add(task);
    }
    return Metrics.of(device, model, test).accuracy();
  }

  private static String option(String[] args, String name, String otherwise) {
    for (String arg : args) {
      if (arg.startsWith(name + "=")) {
        return arg.substring(name.length() + 1);
      }
    }
    return otherwise;
  }
}
