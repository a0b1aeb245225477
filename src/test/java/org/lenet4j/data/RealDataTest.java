package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** MNIST and USPS, where the environment variable LENET4J_DATA names a folder that holds them as {@code mnist} and {@code usps}. */
class RealDataTest {
  private static Path data(String name) {
    String root = System.getenv("LENET4J_DATA");
    Assumptions.assumeTrue(root != null, "LENET4J_DATA is not set: no test on real data");
    Path folder = Path.of(root, name);
    Assumptions.assumeTrue(Files.isDirectory(folder), folder + " does not exist: no test on it");
    return folder;
  }

  @Test void mnistIsMnist() throws IOException {
    Path folder = data("mnist");
    for (Map.Entry<String, String> file : Mnist.SHA256.entrySet()) {
      Path gzip = folder.resolve(file.getKey() + ".gz");
      assertEquals(file.getValue(), Mnist.sha256(Files.exists(gzip) ? gzip : folder.resolve(file.getKey())), file.getKey());
    }
    Splits mnist = Mnist.load(folder);
    assertEquals(60_000, mnist.train().size());
    assertEquals(10_000, mnist.test().size());
    assertEquals(10, mnist.train().classes());
    assertEquals(0.1307, mnist.train().normalization().mean(), 5e-5); // the constants everyone quotes, to their four digits
    assertEquals(0.3081, mnist.train().normalization().std(), 5e-5);
    assertArrayEquals(new int[] {5, 0, 4, 1, 9}, Arrays.copyOf(mnist.train().labels(), 5));
    assertArrayEquals(new int[] {7, 2, 1, 0, 4}, Arrays.copyOf(mnist.test().labels(), 5));
  }

  @Test void mnistsImagesStayAsTheyAre() throws IOException {
    Path folder = data("mnist");
    Splits mnist = Mnist.load(folder);
    assertArrayEquals(mnist.test().images(), Splits.open(folder.toString()).test().images());
    for (int i = 0; i < mnist.test().size(); i++) { // also one by one, as PNG files of MNIST would come
      byte[] image = mnist.test().image(i);
      assertArrayEquals(image, Preprocess.digit(image, 28, 28), "image " + i);
    }
  }

  @Test void uspsLoads() throws IOException {
    Path folder = data("usps");
    Splits raw = Idx.loadFolder(folder);
    assertEquals(new Shape(1, 16, 16), raw.train().shape());
    assertEquals(7291, raw.train().size());
    assertEquals(2007, raw.test().size());
    assertEquals(10, raw.test().classes());
    Splits splits = Splits.open(folder.toString());
    assertEquals(new Shape(1, 28, 28), splits.train().shape());
    assertArrayEquals(raw.train().labels(), splits.train().labels());
    assertEquals(0.13, splits.train().normalization().mean(), 0.02); // as much ink as MNIST has
    assertEquals(List.of(), blank(splits.train()), "training images without ink");
    assertEquals(List.of(), blank(splits.test()), "test images without ink");
  }

  private static List<Integer> blank(Dataset data) {
    byte[] images = data.images();
    return IntStream.range(0, data.size()).filter(i -> IntStream.range(784 * i, 784 * (i + 1)).allMatch(p -> images[p] == 0)).boxed()
        .toList();
  }

  @Test void uspsImagesLoad() throws IOException {
    Path folder = data("usps").resolve("png-sample");
    Splits splits = Splits.open(folder.toString());
    assertEquals(200, splits.train().size() + splits.test().size());
    assertEquals(40, splits.test().size(), 12); // a fifth by what is in the images: two deviations
    assertTrue(Arrays.stream(splits.train().counts()).allMatch(count -> count > 0), Arrays.toString(splits.train().counts()));
    assertEquals(List.of(), blank(splits.train()), "training images without ink");
    assertEquals(List.of(), blank(splits.test()), "test images without ink");
  }
}
