package examples;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import org.lenet4j.Device;
import org.lenet4j.FineTuner;
import org.lenet4j.LeNet5;
import org.lenet4j.Model;
import org.lenet4j.Prediction;
import org.lenet4j.Recipe;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Mnist;
import org.lenet4j.data.Preprocess;
import org.lenet4j.data.ReplayBuffer;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;

/** A page to draw digits on: the net reads while you draw, and learns when you say what it was. {@code DrawADigit [PORT [DATA]]} */
final class DrawADigit {
  private static final int SIDE = 112; // a drawing is SIDE x SIDE bytes, dark ink on white paper
  private static final byte[] BLANK = new byte[Preprocess.SIDE * Preprocess.SIDE];

  private final Device device = Device.open();
  private final LivePredictor predictor = new LivePredictor(device, LeNet5.pretrained());
  private final Splits old; // the training part is replayed, the test part says what was forgotten
  private ReplayBuffer corrections;
  private volatile String learned;

  DrawADigit(Splits old, PageServer server) throws IOException {
    this.old = old;
    forget();
    server.page("draw");
    server.json("POST /read", body -> read(Preprocess.digit(body, SIDE, SIDE)));
    server.json("GET /learned", body -> learned);
    server.json("POST /forget", body -> forget());
    IntStream.range(0, 10).forEach(n -> server.json("POST /learn/" + n, body -> learn(Preprocess.digit(body, SIDE, SIDE), n)));
  }

  private String read(byte[] image) {
    Prediction answer = predictor.predict(image);
    return Arrays.equals(image, BLANK) ? "null" : "{\"digit\":" + answer.digit() + ",\"probabilities\":"
        + Arrays.toString(answer.probabilities()) + ",\"image\":" + Arrays.toString(image) + "}";
  }

  private synchronized String learn(byte[] image, int digit) {
    if (Arrays.equals(image, BLANK)) {
      throw new IllegalArgumentException("the paper is blank");
    }
    Dataset all = corrections.add(new Dataset(LeNet5.INPUT, image, new int[] {digit}, 10)).samples();
    Dataset often = all.subset(IntStream.range(0, Math.max(32, all.size())).map(i -> i % all.size()).toArray()); // one image is no epoch
    Model tuned = LeNet5.pretrained(); // always from there, so that nothing wears off
    FineTuner.Report report = new FineTuner(device, tuned).recipe(Recipe.tune()).replay(old.train(), 0.9f).target(all).source(old.test())
        .fit(often, null);
    predictor.swap(tuned);
    return learned = String.format(Locale.ROOT, "{\"count\":%d,\"old\":%d,\"before\":[%s,%s],\"after\":[%s,%s]}", all.size(),
        old.test().size(), report.before().targetAccuracy(), report.before().sourceAccuracy(), report.after().targetAccuracy(),
        report.after().sourceAccuracy());
  }

  private synchronized String forget() {
    corrections = new ReplayBuffer(50, 42);
    predictor.swap(LeNet5.pretrained());
    return learned = "{\"count\":0}";
  }

  public static void main(String[] args) throws IOException {
    Mnist mnist = Mnist.cached(); // or digits drawn here; enough to remember by, few enough to start at once
    Splits old = args.length > 1 ? Splits.open(args[1]) : mnist != null ? new Splits(mnist.train(), mnist.test())
        : new Splits(SyntheticDigits.create(6000, 1), SyntheticDigits.create(2000, 2));
    PageServer server = new PageServer(args.length > 0 ? Integer.parseInt(args[0]) : 8028, SIDE * SIDE);
    new DrawADigit(old, server);
    System.out.println("draw on " + server.start());
  }
}
