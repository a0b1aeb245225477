package org.lenet4j.data.photo;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Mnist;
import org.lenet4j.data.Preprocess;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;

/** Each kind of picture that people bring is read, and a page without a digit is blank. */
@Tag("slow")
class PaperKindsTest {
  private static final byte[] BLANK = new byte[784];
  private static Device device;
  private static Predictor predictor;
  private static Dataset mnist; // or null

  @BeforeAll static void open() throws IOException {
    device = Device.open("cpu", 1);
    predictor = new Predictor(device, LeNet5.pretrained());
    String root = System.getenv("LENET4J_DATA");
    mnist = root == null ? null : Mnist.load(Path.of(root, "mnist")).test();
  }

  @AfterAll static void close() {
    predictor.close();
    device.close();
  }

  static Set<String> kinds() {
    return PaperKinds.ALL.keySet();
  }

  /** The class that is read, or -1 for a blank. */
  private static int read(byte[] digit) {
    return Arrays.equals(digit, BLANK) ? -1 : predictor.predict(digit).label();
  }

  /** Of digits that the net reads as they are. */
  @ParameterizedTest
  @MethodSource("kinds")
  void drawnDigitsAreRead(String name) {
    PaperKinds.Kind kind = PaperKinds.ALL.get(name);
    Dataset digits = SyntheticDigits.create(40, 3);
    int right = 0;
    int all = 0;
    for (int i = 0; all < 20; i++) {
      byte[] digit = digits.image(i);
      if (read(digit) == digits.labels()[i]) {
        right += read(Preprocess.digit(kind.draw(digit, i).image())) == (kind.blank() ? -1 : digits.labels()[i]) ? 1 : 0;
        all++;
      }
    }
    assertTrue(right >= (kind.blank() ? 17 : 14), right + " of " + all); // what is reached, not what is wanted: PaperTable has the bars
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void mnistsDigitsAreRead(String name) {
    Assumptions.assumeTrue(mnist != null, "LENET4J_DATA is not set: no test on real data");
    PaperKinds.Kind kind = PaperKinds.ALL.get(name);
    int count = 60;
    int right = 0;
    for (int i = 0; i < count; i++) {
      int sample = 163 * i + 11;
      byte[] seen = Preprocess.digit(kind.draw(mnist.image(sample), 1000 + i).image());
      right += read(seen) == (kind.blank() ? -1 : mnist.labels()[sample]) ? 1 : 0;
    }
    assertTrue(right >= Math.floor((kind.bar() - 0.05) * count), right + " of " + count); // five of a hundred for chance
  }
}
