import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.lenet4j.Device;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;

/**
 * What "not sure" is worth: the share of real digits that it costs, of those that are read right and of the mistakes, and the share of
 * each kind of drawn images that it catches which are no digits, 1,000 of each kind, through Preprocess like any other.
 *
 * <pre>
 * java -cp "$(./lenet4j --class-path)" src/it/NotADigit.java FOLDER [WEIGHTS]
 * </pre>
 *
 * <p>FOLDER has MNIST as {@code mnist} and USPS as {@code usps}; without WEIGHTS it is the pretrained net.
 */
final class NotADigit {
  private static final int EACH = 1000;
  private static final int SIDE = 100;
  private static final String[] FONTS = {"DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono", Font.SANS_SERIF, Font.SERIF};
  private static final String LETTERS = "ACEFHKMNPRTUVWXYacdefhkmnprtuvwxyÄßÆ@&%#"; // that look like no digit
  private static final String LOOKALIKES = "OoQDISsZzBbGgqlL";

  /** Letters as strokes of a pen, corners in a box of 4 by 6. */
  private static final String[] STROKES = {"0,6 2,0 4,6|1,4 3,4", "4,0 0,0 0,6 4,6|0,3 3,3", "4,0 0,0 0,6|0,3 3,3",
      "0,0 0,6|4,0 4,6|0,3 4,3",
      "0,0 0,6|4,0 0,3 4,6", "0,6 0,0 2,4 4,0 4,6", "0,6 0,0 4,6 4,0", "0,6 0,0 3,0 4,1 4,2 3,3 0,3", "0,6 0,0 3,0 4,1 4,2 3,3 0,3|2,3 4,6",
      "0,0 4,0|2,0 2,6", "0,0 0,5 1,6 3,6 4,5 4,0", "0,0 2,6 4,0", "0,0 1,6 2,2 3,6 4,0", "0,0 4,6|4,0 0,6", "0,0 2,3 4,0|2,3 2,6",
      "0,6 0,2|0,3 1,2 2,3 2,6|2,3 3,2 4,3 4,6", "0,6 0,2|0,3 1,2 3,2 4,3 4,6", "0,0 0,6|0,3 1,2 3,2 4,3 4,6", "0,0 0,6|3,2 0,4 3,6",
      "0,6 0,2|0,3 1,2 3,2", "4,2 4,6|4,3 3,2 1,2 0,3 0,5 1,6 3,6 4,5", "4,0 4,6|4,3 3,2 1,2 0,3 0,5 1,6 3,6 4,5",
      "0,2 1,6 2,3 3,6 4,2", "0,2 4,6|4,2 0,6", "0,4 4,4 4,3 3,2 1,2 0,3 0,5 1,6 4,6", "3,0 2,0 1,1 1,6|0,3 3,3", "2,1 2,5|0,3 4,3",
      "1,0 1,6|3,0 3,6|0,2 4,2|0,4 4,4",
      "2,1 2,5|0,2 4,4|4,2 0,4", "0,0 0,6 4,6", "4,1 3,0 1,0 0,1 0,5 1,6 3,6 4,5", "4,1 3,0 1,0 0,1 0,5 1,6 3,6 4,5 4,3 2,3",
      "4,0 4,5 3,6 1,6 0,5"};

  private final Random random = new Random(1);
  private final Dataset digits; // of which pairs and halves are made

  private NotADigit(Dataset digits) {
    this.digits = digits;
  }

  public static void main(String[] args) throws Exception {
    System.setProperty("java.awt.headless", "true");
    Path folder = Path.of(args[0]);
    Model model = args.length > 1 ? Model.load(Path.of(args[1])) : LeNet5.pretrained();
    Splits mnist = Splits.open(folder.resolve("mnist").toString());
    Splits usps = Splits.open(folder.resolve("usps").toString());
    try (Device device = Device.open(); Predictor predictor = new Predictor(device, model)) {
      print("digits", "images", "not sure", "of mistakes", "accuracy of sure ones");
      digits("MNIST, test", predictor, mnist.test());
      digits("USPS, test", predictor, usps.test());
      print("no digits", "images", "not sure");
      for (Map.Entry<String, Supplier<BufferedImage>> kind : new NotADigit(mnist.train()).kinds().entrySet()) {
        int notSure = 0;
        for (int i = 0; i < EACH; i++) {
          notSure += predictor.predict(kind.getValue().get()).verdict() == Prediction.Verdict.SURE ? 0 : 1;
        }
        print(kind.getKey(), EACH, percent(notSure, EACH));
      }
    }
  }

  private static void digits(String name, Predictor predictor, Dataset data) {
    Prediction[] predictions = predictor.predict(data.images(), data.size());
    int notSure = 0;
    int wrong = 0;
    int both = 0;
    for (int i = 0; i < predictions.length; i++) {
      boolean mistake = predictions[i].label() != data.labels()[i];
      boolean doubt = predictions[i].verdict() != Prediction.Verdict.SURE;
      notSure += doubt ? 1 : 0;
      wrong += mistake ? 1 : 0;
      both += doubt && mistake ? 1 : 0;
    }
    int sure = predictions.length - notSure;
    print(name, predictions.length, percent(notSure, predictions.length), percent(both, wrong), percent(sure - wrong + both, sure));
  }

  private static String percent(int count, int of) {
    return String.format(Locale.ROOT, "%.2f%%", 100.0 * count / of);
  }

  private static void print(Object... cells) {
    System.out.println(String.format("%-44s", cells[0]) + String.join("  ",
        java.util.Arrays.stream(cells).skip(1).map(cell -> String.format("%11s", cell)).toList()));
  }

  private Map<String, Supplier<BufferedImage>> kinds() {
    Map<String, Supplier<BufferedImage>> kinds = new LinkedHashMap<>();
    kinds.put("printed letters and signs", () -> letter(LETTERS));
    kinds.put("letters and signs of a pen", this::penned);
    kinds.put("scribbles", this::scribble);
    kinds.put("one to three lines within 45 degrees of level", this::lines);
    kinds.put("two digits", () -> several(2));
    kinds.put("three digits", () -> several(3));
    kinds.put("half of a digit", this::half);
    kinds.put("blots", this::blots);
    kinds.put("textures", this::texture);
    kinds.put("letters like digits: " + LOOKALIKES, () -> letter(LOOKALIKES));
    return kinds;
  }

  private double between(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  private static BufferedImage paper() {
    return new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
  }

  private Graphics2D pen(BufferedImage paper, double width) {
    Graphics2D g = paper.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, SIDE, SIDE);
    g.setColor(Color.BLACK);
    g.setStroke(new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    return g;
  }

  private AffineTransform jitter(double scaleX, double scaleY, double centreX, double centreY) {
    AffineTransform jitter = AffineTransform.getTranslateInstance(SIDE / 2.0, SIDE / 2.0);
    jitter.rotate(between(-0.15, 0.15));
    jitter.shear(between(-0.3, 0.3), 0);
    jitter.scale(scaleX, scaleY);
    jitter.translate(-centreX, -centreY);
    return jitter;
  }

  private BufferedImage letter(String of) {
    int i = random.nextInt(of.length());
    Font font = new Font(FONTS[random.nextInt(FONTS.length)], random.nextInt(3), 60); // plain, bold or italic
    Shape outline = font.createGlyphVector(new FontRenderContext(null, true, true), of.substring(i, i + 1)).getOutline();
    Rectangle2D box = outline.getBounds2D();
    Shape letter = jitter(between(0.8, 1.2), between(0.9, 1.1), box.getCenterX(), box.getCenterY()).createTransformedShape(outline);
    BufferedImage paper = paper();
    Graphics2D g = pen(paper, between(0.5, 3));
    g.fill(letter);
    if (random.nextBoolean()) {
      g.draw(letter);
    }
    return paper;
  }

  private BufferedImage penned() {
    Path2D path = new Path2D.Double();
    for (String stroke : STROKES[random.nextInt(STROKES.length)].split("\\|")) {
      double fromX = 0;
      double fromY = 0;
      boolean first = true;
      for (String corner : stroke.split(" ")) {
        double x = corner.charAt(0) - '0' + between(-0.3, 0.3);
        double y = corner.charAt(2) - '0' + between(-0.3, 0.3);
        if (first) {
          path.moveTo(x, y);
        } else {
          path.quadTo((fromX + x) / 2 + between(-0.35, 0.35), (fromY + y) / 2 + between(-0.35, 0.35), x, y);
        }
        first = false;
        fromX = x;
        fromY = y;
      }
    }
    BufferedImage paper = paper();
    pen(paper, between(3, 9)).draw(jitter(between(8, 13), between(8, 12), 2, 3).createTransformedShape(path));
    return paper;
  }

  private double anywhere() {
    return between(10, 90);
  }

  private BufferedImage scribble() {
    Path2D path = new Path2D.Double();
    path.moveTo(anywhere(), anywhere());
    for (int bows = 4 + random.nextInt(10); bows > 0; bows--) {
      path.curveTo(anywhere(), anywhere(), anywhere(), anywhere(), anywhere(), anywhere());
    }
    BufferedImage paper = paper();
    pen(paper, between(2, 7)).draw(path);
    return paper;
  }

  private BufferedImage lines() {
    BufferedImage paper = paper();
    Graphics2D g = pen(paper, between(1.5, 8));
    double angle = between(-Math.PI / 4, Math.PI / 4); // an upright one is a 1
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      double y = SIDE / 2.0 + 18 * (i - (count - 1) / 2.0);
      double dx = between(25, 42) * Math.cos(angle);
      g.draw(new Line2D.Double(SIDE / 2.0 - dx, y - dx * Math.tan(angle), SIDE / 2.0 + dx, y + dx * Math.tan(angle)));
    }
    return paper;
  }

  private BufferedImage several(int count) {
    BufferedImage image = new BufferedImage(28 + 19 * (count - 1) + 8, 36, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < count; i++) {
      put(image, digits.image(random.nextInt(digits.size())), 4 + 19 * i, 4, 0, 28, 0, 28);
    }
    return image;
  }

  private BufferedImage half() {
    BufferedImage image = new BufferedImage(40, 40, BufferedImage.TYPE_BYTE_GRAY);
    int which = random.nextInt(4);
    put(image, digits.image(random.nextInt(digits.size())), 6, 6, which == 0 ? 14 : 0, which == 1 ? 14 : 28, which == 2 ? 14 : 0,
        which == 3 ? 14 : 28);
    return image;
  }

  private static void put(BufferedImage image, byte[] digit, int left, int top, int y0, int y1, int x0, int x1) {
    for (int y = y0; y < y1; y++) {
      for (int x = x0; x < x1; x++) {
        int value = Math.max(digit[y * 28 + x] & 0xFF, image.getRaster().getSample(left + x, top + y, 0));
        image.getRaster().setSample(left + x, top + y, 0, value);
      }
    }
  }

  private BufferedImage blots() {
    BufferedImage paper = paper();
    Graphics2D g = pen(paper, 1);
    for (int count = 1 + random.nextInt(5); count > 0; count--) {
      double width = between(8, 45);
      double height = between(8, 45);
      g.fill(new Ellipse2D.Double(between(15, 85 - width), between(15, 85 - height), width, height));
    }
    return paper;
  }

  /** Waves, noise in squares, a chess board. */
  private BufferedImage texture() {
    BufferedImage paper = paper();
    int kind = random.nextInt(3);
    double frequency = between(0.1, 0.6);
    double angle = between(0, Math.PI);
    int square = 2 + random.nextInt(12);
    double[] noise = random.doubles(SIDE * SIDE).toArray();
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        double value = kind == 0 ? 0.5 + 0.5 * Math.sin(frequency * (x * Math.cos(angle) + y * Math.sin(angle)))
            : kind == 1 ? noise[y / square * SIDE + x / square] : (x / square + y / square) % 2;
        paper.getRaster().setSample(x, y, 0, (int) (255 * value));
      }
    }
    return paper;
  }
}
