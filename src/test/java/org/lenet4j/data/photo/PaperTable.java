package org.lenet4j.data.photo;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Mnist;
import org.lenet4j.data.Preprocess;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;

/**
 * Prints how many pictures of each kind the pretrained net reads: {@code mvn test-compile}, then
 * {@code java -cp target/classes:target/test-classes:DEPENDENCIES org.lenet4j.data.photo.PaperTable FOLDER train|test|drawn COUNT SEED};
 * FOLDER holds MNIST. A KIND may follow, the beginning of a kind's name, and OUT, which gets the pictures that are read wrongly.
 */
final class PaperTable {
  private PaperTable() {}

  public static void main(String[] args) throws Exception {
    Dataset digits = args[1].equals("drawn") ? SyntheticDigits.create(2000, 77)
        : args[1].equals("train") ? Mnist.load(Path.of(args[0])).train() : Mnist.load(Path.of(args[0])).test();
    ThreadMXBean cpu = ManagementFactory.getThreadMXBean();
    int count = Integer.parseInt(args[2]);
    long seed = Long.parseLong(args[3]);
    String only = args.length > 4 ? args[4] : "";
    Path out = args.length > 5 ? Files.createDirectories(Path.of(args[5])) : null;
    try (Device device = Device.open("cpu", 1); Predictor predictor = new Predictor(device, LeNet5.pretrained())) {
      for (Map.Entry<String, PaperKinds.Kind> entry : PaperKinds.ALL.entrySet()) {
        if (!entry.getKey().startsWith(only)) {
          continue;
        }
        int right = 0;
        int blank = 0;
        long nanos = 0;
        for (int i = 0; i < count; i++) {
          int sample = (int) ((i * 7919L + seed * 104729) % digits.size());
          Papers picture = entry.getValue().draw(digits.image(sample), seed * 1_000_003 + i);
          long start = cpu.getCurrentThreadCpuTime();
          byte[] digit = Preprocess.digit(picture.image());
          nanos += cpu.getCurrentThreadCpuTime() - start;
          boolean empty = Arrays.equals(digit, new byte[784]);
          int answer = empty ? -1 : predictor.predict(digit).label();
          blank += empty ? 1 : 0;
          boolean ok = answer == (entry.getValue().blank() ? -1 : digits.labels()[sample]);
          right += ok ? 1 : 0;
          if (!ok && out != null) {
            String name = entry.getKey().replaceAll("[^a-z0-9]+", "-") + "_" + i + "_" + digits.labels()[sample] + "_as_" + answer;
            ImageIO.write(picture.image(), "png", out.resolve(name + ".png").toFile());
            Papers seen = new Papers(28, 28, 0, null);
            for (int k = 0; k < 784; k++) {
              seen.grey[k] = digit[k] & 0xFF;
            }
            ImageIO.write(seen.image(), "png", out.resolve(name + "_seen.png").toFile());
          }
        }
        double share = (double) right / count;
        System.out.printf(Locale.ROOT, "%-28s %4d  %6.1f%%  bar %3.0f%%  blank %3d  %5.2f ms %s%n", entry.getKey(), count, 100 * share,
            100 * entry.getValue().bar(), blank, nanos / 1e6 / count, share < entry.getValue().bar() ? "<" : "");
      }
    }
  }
}
