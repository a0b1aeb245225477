package examples;

import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lenet4j.Prediction;
import org.lenet4j.data.ImageFile;
import org.lenet4j.data.Mnist;
import org.lenet4j.data.Preprocess;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;

/** A page to draw digits on: the net reads while you draw, and learns when you say what it was. {@code DrawADigit [PORT [DATA]]} */
final class DrawADigit {
  private static final int SIDE = 112; // a drawing is SIDE x SIDE bytes, dark ink on white paper
  private static final int SEEN = Preprocess.SIDE * Preprocess.SIDE; // bytes of what the net sees of a photograph, to be learned
  private static final int LARGEST_PHOTO = 32 << 20;
  private static final int LARGEST_NET = 4 << 20;
  private static final int SHOWN = 40; // lessons

  private final Splits old;
  private final Pupil pupil;

  DrawADigit(Splits old, PageServer server) throws IOException {
    this.old = old;
    pupil = new Pupil(old);
    server.page("draw");
    server.json("POST /read", SIDE * SIDE, body -> read(image(body)));
    server.json("POST /photo", LARGEST_PHOTO, body -> read(Preprocess.digit(ImageFile.read("the photograph", body))));
    server.json("GET /learned", 0, body -> json(pupil.learned()));
    server.json("POST /forget", SIDE * SIDE, body -> json(pupil.forget()));
    IntStream.range(0, 10).forEach(n -> server.json("POST /learn/" + n, SIDE * SIDE, body -> json(pupil.learn(image(body), n))));
    server.file("GET /net.safetensors", pupil::save);
    server.json("POST /net", LARGEST_NET, body -> json(pupil.load(body)));
  }

  private static byte[] image(byte[] body) {
    return body.length == SEEN ? body : Preprocess.digit(body, SIDE, SIDE);
  }

  private String read(byte[] image) {
    Prediction answer = pupil.read(image);
    return "{\"verdict\":\"%s\",\"digit\":%s,\"probabilities\":%s,\"image\":%s}".formatted(answer.verdict().name().toLowerCase(Locale.ROOT),
        answer.label() < 0 ? null : answer.label(), Arrays.toString(answer.probabilities()), Arrays.toString(image));
  }

  private String json(Pupil.Learned learned) {
    List<Pupil.Lesson> all = learned.lessons();
    String lessons = all.subList(Math.max(0, all.size() - SHOWN), all.size()).stream().map(lesson -> "[%s,%s,\"%s\"]".formatted(
        lesson.digit(), lesson.read(), Base64.getEncoder().encodeToString(lesson.image()))).collect(Collectors.joining(","));
    return all.isEmpty() ? "{\"count\":0}" : "{\"count\":%s,\"old\":%s,\"before\":[%s,%s],\"after\":[%s,%s],\"lessons\":[%s]}".formatted(
        all.size(), old.test().size(), learned.before().targetAccuracy(), learned.before().sourceAccuracy(),
        learned.after().targetAccuracy(), learned.after().sourceAccuracy(), lessons);
  }

  public static void main(String[] args) throws IOException {
    Splits mnist = Mnist.cached(); // or digits drawn here; enough to remember by, few enough to start at once
    Splits old = args.length > 1 ? Splits.open(args[1]) : mnist != null ? mnist
        : new Splits(SyntheticDigits.create(6000, 1), SyntheticDigits.create(2000, 2));
    PageServer server = new PageServer(args.length > 0 ? Integer.parseInt(args[0]) : 8028);
    DrawADigit page = new DrawADigit(old, server);
    System.out.println("draw on " + server.start());
    page.pupil.warmUp();
  }
}
