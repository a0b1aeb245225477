package benchmarks;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Idx;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What comes before training: a thousand digits from IDX files and from a folder of PNG images, drawn, and distorted. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgs = "--enable-native-access=ALL-UNNAMED")
public class DataBenchmark {
  private static final int COUNT = 1000;

  private final Dataset data = SyntheticDigits.create(COUNT, 42);
  private final float[] pixels = new float[28 * 28];
  private Path idx;
  private Path images;
  private int seed;

  @Setup public void write() throws IOException {
    idx = Files.createTempDirectory("idx");
    images = Files.createTempDirectory("images");
    Idx.write(data, idx.resolve("train-images-idx3-ubyte"), idx.resolve("train-labels-idx1-ubyte"));
    for (int i = 0; i < COUNT; i++) {
      BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
      byte[] gray = new byte[28 * 28];
      System.arraycopy(data.images(), i * gray.length, gray, 0, gray.length);
      image.getRaster().setDataElements(0, 0, 28, 28, gray);
      Path label = Files.createDirectories(images.resolve(Integer.toString(data.labels()[i])));
      ImageIO.write(image, "png", label.resolve(i + ".png").toFile());
    }
  }

  @TearDown public void delete() throws IOException {
    for (Path folder : new Path[] {idx, images}) {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> {
          try {
            Files.delete(file);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
      }
    }
  }

  @Benchmark public Splits idx() throws IOException {
    return Splits.open(idx.toString());
  }

  @Benchmark public Splits imageFolder() throws IOException {
    return Splits.open(images.toString());
  }

  @Benchmark public Dataset draw() {
    return SyntheticDigits.create(COUNT, seed++);
  }

  @Benchmark public float[] augment() {
    for (int i = 0; i < COUNT; i++) {
      Augment.STRONG.apply(data.images(), i * pixels.length, data.shape(), 42, 0, i, pixels, 0, 1);
    }
    return pixels;
  }
}
