package org.lenet4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.lenet4j.backend.Samples;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * Many threads at a device: they ask a predictor whose model is exchanged without end, train and evaluate on the side, and now and then the
 * predictor, a trainer or the device is closed by another thread. Each answer must be one of the models', each training end with the bits
 * of one alone, and each failure be the sentence that says what was closed.
 */
public final class Stress {
  /** LeNet-5, of ten or eleven classes so that a mixture would also be of another length. */
  static final List<Model> LENETS = List.of(LeNet5.create(10, 1), LeNet5.create(11, 2), LeNet5.create(10, 3));

  /** Small ones, for the stand-in. */
  public static final List<Model> SMALL = List.of(Samples.small(4, 1), Samples.small(5, 2), Samples.small(4, 3));

  private static final Recipe RECIPE = Recipe.fast().withEpochs(1).withBatchSize(32).withNormalize(false);
  private static final int TRAINERS = 2; // threads
  private static final int SWAPPERS = 8; // threads, besides the one that closes
  private static final int MANY = 20; // images, more than a chunk of 16

  private final List<Model> models;
  private final Dataset data;
  private final byte[] one;
  private final Supplier<Device> open;
  private final int threads;
  private final Set<String> answers = new HashSet<>(); // those that are right
  private final String trained; // the hash of a training that nobody disturbs
  private final double loss; // of the first model
  private final AtomicLong asked = new AtomicLong();
  private final AtomicLong trainings = new AtomicLong();
  private final AtomicLong swaps = new AtomicLong();
  private final AtomicLong closed = new AtomicLong(); // calls that met something closed
  private final AtomicLong devices = new AtomicLong();
  private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
  private volatile Device device;
  private volatile Predictor predictor;
  private volatile Trainer trainer; // one of those under way
  private volatile boolean done;

  /**
   * Finds out what is right.
   *
   * @param threads that ask
   * @param models  exchanged for each other
   */
  public Stress(int threads, List<Model> models, Supplier<Device> open) {
    this.threads = threads;
    this.models = models;
    this.open = open;
    data = Samples.noise(models.get(0).input(), 64, 4, 1);
    one = data.image(0);
    try (Device alone = open.get()) {
      for (Model model : models) {
        try (Predictor single = new Predictor(alone, model)) {
          answers.add(answer(single.predict(one)));
          answers.add(answer(single.predict(data.images(), MANY)));
        }
      }
      Model model = models.get(0).copy();
      try (Trainer trains = new Trainer(alone, model, RECIPE, 1)) {
        trains.fit(data, null);
      }
      trained = model.sha256();
      loss = Metrics.of(alone, models.get(0), data, new CrossEntropy()).loss();
    }
  }

  private static String answer(Prediction... predictions) {
    return Arrays.stream(predictions).map(p -> Arrays.toString(p.probabilities())).toList().toString();
  }

  /** Runs for so long and until there were so many swaps; what went wrong, a line each. */
  public List<String> run(double seconds, int leastSwaps) throws InterruptedException {
    device = open.get();
    predictor = new Predictor(device, models.get(0));
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      boolean single = i % 4 > 0;
      running.add(start(() -> ask(single)));
    }
    for (int i = 0; i < TRAINERS; i++) {
      running.add(start(this::train));
    }
    for (int i = 0; i < SWAPPERS; i++) {
      running.add(start(this::exchange));
    }
    long end = System.nanoTime() + (long) (1e9 * seconds);
    while (System.nanoTime() < end || swaps.get() < leastSwaps) {
      disturb();
    }
    done = true;
    for (Thread thread : running) {
      thread.join();
    }
    predictor.close();
    device.close();
    return List.copyOf(wrong);
  }

  private static Thread start(Runnable work) {
    Thread thread = new Thread(work);
    thread.start();
    return thread;
  }

  private void ask(boolean single) {
    while (!done) {
      attempt(() -> {
        String got = single ? answer(predictor.predict(one)) : answer(predictor.predict(data.images(), MANY));
        check(answers.contains(got), "an answer of no model: " + got);
        asked.incrementAndGet();
      });
    }
  }

  private void train() {
    while (!done) {
      attempt(() -> {
        Model model = models.get(0).copy();
        try (Trainer trains = new Trainer(device, model, RECIPE, 1)) {
          trainer = trains;
          trains.fit(data, null);
          check(model.sha256().equals(trained), "other weights");
        }
        check(Metrics.of(device, models.get(0), data, new CrossEntropy()).loss() == loss, "another loss");
        trainings.incrementAndGet();
      });
    }
  }

  private void exchange() {
    while (!done) {
      attempt(this::swap);
    }
  }

  private void swap() {
    predictor.swap(models.get(ThreadLocalRandom.current().nextInt(models.size())));
    swaps.incrementAndGet();
  }

  /** Mostly swaps; who closes is a thread that does not wait for the others' calls. */
  private void disturb() {
    int what = ThreadLocalRandom.current().nextInt(200);
    attempt(() -> {
      if (what == 0) {
        Device old = device;
        Predictor oldPredictor = predictor;
        device = open.get();
        predictor = new Predictor(device, models.get(0));
        old.close();
        oldPredictor.close();
        devices.incrementAndGet();
      } else if (what < 4) {
        Predictor old = predictor;
        predictor = new Predictor(device, models.get(1));
        old.close();
      } else if (what < 8 && trainer != null) {
        trainer.close();
      } else {
        swap();
      }
    });
  }

  private void attempt(Runnable work) {
    try {
      work.run();
    } catch (IllegalStateException e) {
      boolean said = e.getMessage() != null && e.getMessage().matches("the (device|predictor|trainer|program) is closed.*");
      check(said, e.toString());
      closed.incrementAndGet();
    } catch (RuntimeException | Error e) {
      check(false, e.toString());
    }
  }

  private void check(boolean right, String otherwise) {
    if (!right) {
      wrong.add(otherwise);
    }
  }

  @Override public String toString() {
    return threads + " threads asked " + asked + " times while models were exchanged " + swaps + " times; " + trainings + " trainings, "
        + devices + " devices closed, " + closed + " calls met something closed, " + wrong.size() + " went wrong";
  }
}
