import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.Strength;
import org.lenet4j.tune.TuningData;

/**
 * The pretrained net tuned to 10 and 30 images of each class, measured on the rest of the set: MNIST's test set as it is and turned, and
 * the test sets of other folders.
 *
 * <pre>
 * ./lenet4j info   (builds once)
 * java --add-modules jdk.incubator.vector -cp 'target/*:target/lib/*' benchmarks/finetuning/FewShot.java MNIST-FOLDER [FOLDER...]
 * </pre>
 */
final class FewShot {
  private static final int SIDE = 28;

  private FewShot() {}

  public static void main(String[] args) throws Exception {
    Dataset mnist = Splits.open(args[0]).test();
    Map<String, Dataset> sets = new LinkedHashMap<>();
    for (String folder : Arrays.asList(args).subList(1, args.length)) {
      sets.put(Path.of(folder).getFileName().toString(), Splits.open(folder).test());
    }
    sets.put("MNIST", mnist);
    sets.put("MNIST turned by 30 degrees", turned(mnist, 30));
    sets.put("MNIST turned by 90 degrees", turned(mnist, 90));
    try (Device device = Device.open("cpu")) {
      for (Map.Entry<String, Dataset> set : sets.entrySet()) {
        for (int perClass : new int[] {10, 30}) {
          for (int seed = 1; seed <= 3; seed++) {
            String result = tune(device, set.getValue(), perClass, seed);
            System.out.println(set.getKey() + ", " + perClass + " per class, seed " + seed + ": " + result);
          }
        }
      }
    }
  }

  private static String tune(Device device, Dataset data, int perClass, long seed) {
    Dataset few = data.perClass(perClass, seed);
    Set<String> taken = new HashSet<>();
    IntStream.range(0, few.size()).forEach(i -> taken.add(Arrays.toString(few.image(i))));
    Dataset rest = data.subset(IntStream.range(0, data.size()).filter(i -> !taken.contains(Arrays.toString(data.image(i)))).toArray());
    Model before = LeNet5.pretrained();
    Model after = before.copy();
    TuningData tuningData = new TuningData(few, null);
    FineTuning settings = new FineTuning(Recipe.tune().forFew(few.size())).withSeed(seed);
    Strength strength = Strength.choose(device, before, settings, tuningData);
    try (FineTuner tuner = new FineTuner(device, after, settings.withStrength(strength.chosen()), tuningData)) {
      tuner.fit();
    }
    return String.format(Locale.ROOT, "%.2f%% before, %.2f%% after, strength %.2f", 100 * Metrics.of(device, before, rest).accuracy(),
        100 * Metrics.of(device, after, rest).accuracy(), strength.chosen());
  }

  /** Each pixel is the one that the turn takes it from, or black. */
  private static Dataset turned(Dataset data, double degrees) {
    double cos = Math.cos(Math.toRadians(degrees));
    double sin = Math.sin(Math.toRadians(degrees));
    double centre = (SIDE - 1) / 2.0;
    byte[] images = new byte[data.images().length];
    for (int p = 0; p < images.length; p++) {
      double dx = p % SIDE - centre;
      double dy = p / SIDE % SIDE - centre;
      int x = (int) Math.round(centre + cos * dx - sin * dy);
      int y = (int) Math.round(centre + sin * dx + cos * dy);
      if (x >= 0 && x < SIDE && y >= 0 && y < SIDE) {
        images[p] = data.images()[p / (SIDE * SIDE) * SIDE * SIDE + y * SIDE + x];
      }
    }
    return new Dataset(data.shape(), images, data.labels(), data.classes());
  }
}
