package examples;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.lenet4j.Device;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Mnist;
import org.lenet4j.data.Preprocess;
import org.lenet4j.data.ReplayBuffer;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.TuningData;

/** A page to draw digits on: the net reads while you draw, and learns when you say what it was. {@code DrawADigit [PORT [DATA]]} */
final class DrawADigit {
  private static final int SIDE = 112; // a drawing is SIDE x SIDE bytes, dark ink on white paper
  private static final byte[] BLANK = new byte[Preprocess.SIDE * Preprocess.SIDE];
  private final Device device = Device.open();
  private final Predictor predictor = new Predictor(device, LeNet5.pretrained());
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
    return Arrays.equals(image, BLANK) ? "null" : "{\"digit\":" + answer.label() + ",\"probabilities\":"
        + Arrays.toString(answer.probabilities()) + ",\"image\":" + Arrays.toString(image) + "}";
  }

  private synchronized String learn(byte[] image, int digit) {
    if (Arrays.equals(image, BLANK)) {
      throw new IllegalArgumentException("the paper is blank");
    }
    Dataset all = corrections.add(new Dataset(LeNet5.INPUT, image, new int[] {digit}, 10)).samples();
    Model tuned = LeNet5.pretrained(); // always from there, so that nothing wears off
    FineTuner.Result r = tune(tuned, all);
    predictor.swap(tuned);
    return learned = "{\"count\":%s,\"old\":%s,\"before\":[%s,%s],\"after\":[%s,%s]}".formatted(all.size(), old.test().size(),
        r.before().targetAccuracy(), r.before().sourceAccuracy(), r.after().targetAccuracy(), r.after().sourceAccuracy());
  }

  private FineTuner.Result tune(Model model, Dataset all) {
    int often = Math.max(16, all.size()); // if there are few, each comes more than once in an epoch
    FineTuning settings = new FineTuning(Recipe.tune().withEpochs(10)).withReplayShare(800f / (800 + often));
    TuningData data = new TuningData(all.subset(IntStream.range(0, often).map(i -> i % all.size()).toArray()), null)
        .withReplay(old.train()).withTarget(all).withSource(old.test());
    try (FineTuner tuner = new FineTuner(device, model, settings, data)) {
      return tuner.fit();
    }
  }

  private synchronized String forget() {
    corrections = new ReplayBuffer(50, 42);
    predictor.swap(LeNet5.pretrained());
    return learned = "{\"count\":0}";
  }

  public static void main(String[] args) throws IOException {
    Splits mnist = Mnist.cached(); // or digits drawn here; enough to remember by, few enough to start at once
    Splits old = args.length > 1 ? Splits.open(args[1]) : mnist != null ? mnist
        : new Splits(SyntheticDigits.create(6000, 1), SyntheticDigits.create(2000, 2));
    PageServer server = new PageServer(args.length > 0 ? Integer.parseInt(args[0]) : 8028, SIDE * SIDE);
    DrawADigit page = new DrawADigit(old, server);
    System.out.println("draw on " + server.start());
    page.tune(LeNet5.pretrained(), old.test().head(1)); // for nothing: the JVM compiles it now, and the first correction need not wait
  }
}
