package examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.Score;
import org.lenet4j.tune.TuningData;

/** A net that answers while it learns from corrections. It remembers them, also in the file that it is saved to. */
final class Pupil {
  /** A correction: an image as the net sees it, what it is, and what it was taken for, -1 for nothing. */
  record Lesson(byte[] image, int digit, int read) {}

  /** What was learned, oldest first, and how the net does on that and on old digits, before and after; null without lessons. */
  record Learned(List<Lesson> lessons, Score before, Score after) {}

  private static final String NOTE = "draw_a_digit.lessons"; // in the metadata of a saved net
  private static final int MOST = 500; // lessons; the oldest go

  private final Device device = Device.open();
  private final Splits old; // the training part is replayed, the test part says what was forgotten
  private final Predictor predictor = new Predictor(device, LeNet5.pretrained());
  private Model start; // before all lessons; each learning begins there, so that nothing wears off
  private Model taught;
  private volatile Learned learned;

  Pupil(Splits old) {
    this.old = old;
    forget();
  }

  Prediction read(byte[] image) {
    return predictor.predict(image);
  }

  Learned learned() {
    return learned;
  }

  synchronized Learned learn(byte[] image, int digit) {
    Prediction before = read(image);
    if (before.verdict() == Prediction.Verdict.NO_DIGIT) {
      throw new IllegalArgumentException("there is no ink in it");
    }
    List<Lesson> lessons = new ArrayList<>(learned.lessons());
    lessons.add(new Lesson(image, digit, before.label()));
    List<Lesson> kept = List.copyOf(lessons.subList(Math.max(0, lessons.size() - MOST), lessons.size()));
    Model tuned = start.copy();
    FineTuner.Result result = tune(tuned, data(kept));
    use(start, tuned, new Learned(kept, result.before(), result.after()));
    return learned;
  }

  private static Dataset data(List<Lesson> lessons) {
    byte[] images = new byte[lessons.size() * LeNet5.INPUT.size()];
    IntStream.range(0, lessons.size())
        .forEach(i -> System.arraycopy(lessons.get(i).image(), 0, images, i * LeNet5.INPUT.size(), LeNet5.INPUT.size()));
    return new Dataset(LeNet5.INPUT, images, lessons.stream().mapToInt(Lesson::digit).toArray(), 10);
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

  /** For nothing: the JVM compiles what learning needs, and the first correction need not wait. */
  void warmUp() {
    tune(LeNet5.pretrained(), old.test().head(1));
  }

  synchronized Learned forget() {
    Model fresh = LeNet5.pretrained();
    use(fresh, fresh, new Learned(List.of(), null, null));
    return learned;
  }

  private void use(Model from, Model now, Learned what) {
    predictor.swap(now);
    start = from;
    taught = now;
    learned = what;
  }

  /** The net as a file of weights, which any other program may use, with the lessons in its notes. */
  synchronized byte[] save() throws IOException {
    Path file = Files.createTempFile("net", ".safetensors");
    try {
      Model saved = taught.copy();
      saved.metadata().put(NOTE, String.join(" ", learned.lessons().stream()
          .map(lesson -> lesson.digit() + ":" + lesson.read() + ":" + Base64.getEncoder().encodeToString(lesson.image())).toList()));
      saved.save(file);
      return Files.readAllBytes(file);
    } finally {
      Files.delete(file);
    }
  }

  /**
   * Goes on with a net that was saved; with one of others as well, which then has no lessons.
   *
   * @throws IllegalArgumentException if it is no net for digits; the message says why
   */
  synchronized Learned load(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("net", ".safetensors");
    Model model;
    try {
      Files.write(file, bytes);
      model = Model.load(file);
    } catch (IOException e) {
      throw new IllegalArgumentException("it is no net: " + e.getMessage().replace(file + ": ", ""), e);
    } finally {
      Files.delete(file);
    }
    if (!model.input().equals(LeNet5.INPUT) || model.outputSize() != 10) {
      throw new IllegalArgumentException("it is no net for digits: it takes " + model.input() + " and knows " + model.outputSize()
          + " classes");
    }
    List<Lesson> lessons = lessons(model.metadata().getOrDefault(NOTE, ""));
    Model from = lessons.isEmpty() ? model : LeNet5.pretrained();
    use(from, model, new Learned(lessons, lessons.isEmpty() ? null : score(from, lessons), lessons.isEmpty() ? null
        : score(model, lessons)));
    return learned;
  }

  private static List<Lesson> lessons(String note) {
    try {
      return Arrays.stream(note.split(" ")).filter(text -> !text.isEmpty()).map(text -> text.split(":")).map(parts ->
          new Lesson(Arrays.copyOf(Base64.getDecoder().decode(parts[2]), LeNet5.INPUT.size()), Integer.parseInt(parts[0]) % 10,
              Integer.parseInt(parts[1]))).toList();
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("its lessons cannot be read", e);
    }
  }

  private Score score(Model model, List<Lesson> lessons) {
    Metrics yours = Metrics.of(device, model, data(lessons));
    Metrics others = Metrics.of(device, model, old.test());
    return new Score(yours.accuracy(), yours.loss(), others.accuracy(), others.loss());
  }
}
