import java.awt.geom.AffineTransform;
import java.awt.image.AffineTransformOp;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.lenet4j.Device;
import org.lenet4j.Forms;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Preprocess;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;

/**
 * How nets do on each kind of digit: the table of docs/model-card.md.
 *
 * <pre>
 * mvn -q test-compile
 * java --add-modules jdk.incubator.vector -cp 'target/test-classes:target/classes:target/lib/*' benchmarks/pretrained/Kinds.java
 *     choose|test LENET4J_DATA pretrained|FILE... [FOLDER...]
 * </pre>
 *
 * <p>{@code LENET4J_DATA} has {@code mnist/} and {@code usps/} inside. With {@code choose} no test set is looked at: the figures are of
 * 10,000 images held out of MNIST's training set, {@code mnist.train().holdOut(10_000, 777)}, and of USPS's training images. More sets,
 * each a folder with a test part, have a row each. The degraded kinds are made of MNIST's images by Java 2D and plain filters that share
 * nothing with {@link org.lenet4j.data.Scans}, on which nets are trained.
 */
final class Kinds {
  private static final int FORMS = 200; // pictures of each form
  private static final int DEGRADED = 1000; // images of each degraded kind
  private static final int ZOOM = 4;
  private static final int LARGE = 28 * ZOOM;

  private Kinds() {}

  public static void main(String[] args) throws IOException {
    boolean test = args[0].equals("test");
    Splits mnist = Splits.open(Path.of(args[1], "mnist").toString());
    Splits usps = Splits.open(Path.of(args[1], "usps").toString());
    Dataset digits = test ? mnist.test() : mnist.train().holdOut(10_000, 777).test();
    Map<String, Dataset> kinds = new LinkedHashMap<>();
    kinds.put(test ? "MNIST, test" : "MNIST, held out", digits);
    kinds.put(test ? "USPS, test" : "USPS, training images", test ? usps.test() : usps.train());
    kinds.put("embedded digits", SyntheticDigits.create(10_000, test ? 1042 : 1041));
    for (Forms form : Forms.values()) {
      kinds.put(form.title(), form.pictures(FORMS, test ? 2 : 1));
    }
    degraded(digits.head(DEGRADED), kinds);
    String[] models = Stream.of(args).skip(2).filter(a -> a.equals("pretrained") || a.endsWith(".safetensors")).toArray(String[]::new);
    for (String folder : Stream.of(args).skip(2).filter(a -> !Arrays.asList(models).contains(a)).toList()) {
      kinds.put(Path.of(folder).getFileName().toString(), Splits.open(folder).test());
    }
    print(kinds, models);
  }

  private static void print(Map<String, Dataset> kinds, String... models) throws IOException {
    List<String> names = Stream.of(models).map(file -> Path.of(file).getFileName().toString()).toList();
    System.out.println("| kind | images | " + String.join(" | ", names) + " |");
    System.out.println("|---|---|" + "---|".repeat(models.length));
    try (Device device = Device.open()) {
      for (Map.Entry<String, Dataset> kind : kinds.entrySet()) {
        StringBuilder line = new StringBuilder("| " + kind.getKey() + " | " + kind.getValue().size() + " |");
        for (String file : models) {
          Model model = file.equals("pretrained") ? LeNet5.pretrained() : Model.load(Path.of(file));
          line.append(String.format(Locale.ROOT, " %.2f%% |", 100 * Metrics.of(device, model, kind.getValue()).accuracy()));
        }
        System.out.println(line);
      }
    }
  }

  /** What becomes of the larger picture of a digit, ink 0 to 1 in {@code (112, 112)}. */
  private interface Change {
    byte[] of(float[] ink, SplittableRandom random);
  }

  private static void degraded(Dataset digits, Map<String, Dataset> kinds) {
    kinds.put("MNIST, thin", changed(digits, (ink, random) -> framed(spread(ink, 1 + random.nextInt(3), false), 1)));
    kinds.put("MNIST, thick", changed(digits, (ink, random) -> framed(spread(ink, 1 + random.nextInt(3), true), 1)));
    kinds.put("MNIST, slanted by 10 to 20 degrees", changed(digits, (ink, random) -> {
      double tan = Math.tan(Math.toRadians(random.nextDouble(10, 20)));
      return framed(slanted(ink, random.nextBoolean() ? tan : -tan), 1);
    }));
    kinds.put("MNIST, blurred", changed(digits, (ink, random) -> framed(blurred(ink, 3 + random.nextInt(5)), 1)));
    kinds.put("MNIST, black and white at 16x16", changed(digits, (ink, random) -> {
      float[] small = tight(ink, 16);
      float threshold = (float) random.nextDouble(0.35, 0.6);
      for (int i = 0; i < small.length; i++) {
        small[i] = small[i] >= threshold ? 1 : 0;
      }
      return Preprocess.digit(bytes(small, 255, 0, random), 16, 16);
    }));
    kinds.put("MNIST, 12x12", changed(digits, (ink, random) ->
        Preprocess.digit(bytes(margin(tight(ink, 12), 12, 2), 200, 0, random), 16, 16)));
    kinds.put("MNIST, 8x8", changed(digits, (ink, random) -> Preprocess.digit(bytes(margin(tight(ink, 8), 8, 1), 255, 0, random), 10, 10)));
    kinds.put("MNIST, thin at 8x8", changed(digits, (ink, random) ->
        Preprocess.digit(bytes(margin(tight(spread(ink, 2, false), 8), 8, 1), 255, 0, random), 10, 10)));
    kinds.put("MNIST, faint and noisy", changed(digits, (ink, random) -> {
      byte[] photo = bytes(ink, -70, 6, random);
      return Preprocess.digit(photo, LARGE, LARGE);
    }));
  }

  private static Dataset changed(Dataset digits, Change change) {
    byte[] images = new byte[digits.images().length];
    for (int i = 0; i < digits.size(); i++) {
      System.arraycopy(change.of(enlarged(digits.image(i)), new SplittableRandom(1000 + i)), 0, images, i * 784, 784);
    }
    return new Dataset(digits.shape(), images, digits.labels(), 10);
  }

  private static float[] enlarged(byte[] image) {
    BufferedImage small = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
    small.getRaster().setDataElements(0, 0, 28, 28, image);
    BufferedImage large = new BufferedImage(LARGE, LARGE, BufferedImage.TYPE_BYTE_GRAY);
    new AffineTransformOp(AffineTransform.getScaleInstance(ZOOM, ZOOM), AffineTransformOp.TYPE_BICUBIC).filter(small, large);
    return ink(large);
  }

  private static float[] ink(BufferedImage image) {
    float[] ink = image.getRaster().getSamples(0, 0, LARGE, LARGE, 0, (float[]) null);
    for (int i = 0; i < ink.length; i++) {
      ink[i] /= 255;
    }
    return ink;
  }

  /** The largest, or the smallest, value within a disc. */
  private static float[] spread(float[] ink, int radius, boolean wider) {
    float[] out = new float[ink.length];
    for (int y = 0; y < LARGE; y++) {
      for (int x = 0; x < LARGE; x++) {
        float best = ink[y * LARGE + x];
        for (int dy = -radius; dy <= radius; dy++) {
          for (int dx = -radius; dx <= radius; dx++) {
            if (dx * dx + dy * dy <= radius * radius && y + dy >= 0 && y + dy < LARGE && x + dx >= 0 && x + dx < LARGE) {
              float value = ink[(y + dy) * LARGE + x + dx];
              best = wider ? Math.max(best, value) : Math.min(best, value);
            }
          }
        }
        out[y * LARGE + x] = best;
      }
    }
    return out;
  }

  private static float[] slanted(float[] ink, double tan) {
    BufferedImage image = new BufferedImage(LARGE, LARGE, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < ink.length; i++) {
      image.getRaster().setSample(i % LARGE, i / LARGE, 0, Math.round(255 * ink[i]));
    }
    BufferedImage out = new BufferedImage(LARGE, LARGE, BufferedImage.TYPE_BYTE_GRAY);
    AffineTransform shear = new AffineTransform(1, 0, -tan, 1, tan * LARGE / 2, 0);
    new AffineTransformOp(shear, AffineTransformOp.TYPE_BILINEAR).filter(image, out);
    return ink(out);
  }

  /** Averages over squares of that side, twice. */
  private static float[] blurred(float[] ink, int side) {
    float[] out = ink;
    for (int pass = 0; pass < 4; pass++) { // rows, then turned: columns
      float[] in = out;
      out = new float[in.length];
      for (int i = 0; i < in.length; i++) {
        float sum = 0;
        for (int x = Math.max(0, i % LARGE - side / 2); x < Math.min(LARGE, i % LARGE - side / 2 + side); x++) {
          sum += in[i / LARGE * LARGE + x];
        }
        out[i % LARGE * LARGE + i / LARGE] = sum / side;
      }
    }
    return out;
  }

  /** The digit's tight box, fitted to a square of that side with its proportions kept, averaged over each pixel. */
  private static float[] tight(float[] ink, int side) {
    int top = LARGE;
    int left = LARGE;
    int bottom = 0;
    int right = 0;
    for (int i = 0; i < ink.length; i++) {
      if (ink[i] >= 0.4f) {
        top = Math.min(top, i / LARGE);
        left = Math.min(left, i % LARGE);
        bottom = Math.max(bottom, i / LARGE + 1);
        right = Math.max(right, i % LARGE + 1);
      }
    }
    double size = (double) Math.max(bottom - top, right - left) / side;
    double y0 = (top + bottom) / 2.0 - size * side / 2;
    double x0 = (left + right) / 2.0 - size * side / 2;
    float[] out = new float[side * side];
    int[] count = new int[side * side];
    int fine = 2; // points of each large pixel along each axis
    for (int i = 0; i < LARGE * LARGE * fine * fine; i++) {
      double y = i / (LARGE * fine) / (double) fine;
      double x = i % (LARGE * fine) / (double) fine;
      int row = (int) Math.floor((y + 0.5 / fine - y0) / size);
      int column = (int) Math.floor((x + 0.5 / fine - x0) / size);
      if (row >= 0 && row < side && column >= 0 && column < side) {
        out[row * side + column] += ink[(int) y * LARGE + (int) x];
        count[row * side + column]++;
      }
    }
    for (int i = 0; i < out.length; i++) {
      out[i] /= Math.max(1, count[i]);
    }
    return out;
  }

  private static float[] margin(float[] ink, int side, int margin) {
    int wide = side + 2 * margin;
    float[] out = new float[wide * wide];
    for (int y = 0; y < side; y++) {
      System.arraycopy(ink, y * side, out, (y + margin) * wide + margin, side);
    }
    return out;
  }

  private static byte[] framed(float[] ink, float contrast) {
    return Preprocess.digit(bytes(ink, 255 * contrast, 0, null), LARGE, LARGE);
  }

  /** Brightness: ink on black, or with a negative contrast on light grey. */
  private static byte[] bytes(float[] ink, float contrast, float noise, SplittableRandom random) {
    byte[] out = new byte[ink.length];
    for (int i = 0; i < out.length; i++) {
      double normal = noise == 0 ? 0
          : noise * Math.sqrt(-2 * Math.log(1 - random.nextDouble())) * Math.cos(2 * Math.PI * random.nextDouble());
      out[i] = (byte) Math.round(Math.max(0, Math.min(255, (contrast < 0 ? 190 : 0) + contrast * ink[i] + normal)));
    }
    return out;
  }
}
