package org.lenet4j.peers;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/** Runs a peer as the options ask and prints one line of JSON. */
final class Benchmark {
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final Options options;
  private final Mnist train;
  private final Random random = new Random(1);
  private final int[] order;
  private int next;

  static void run(String[] args, Peer.Maker factory) throws Exception {
    Options options = Options.parse(args);
    if (options.mode().equals("process")) {
      process(options, factory);
      return;
    }
    String accuracy = "";
    if (options.epochsAccuracy()) {
      try (Peer peer = factory.create(options)) { // its own peer: the measured one starts from scratch
        Benchmark benchmark = new Benchmark(options);
        benchmark.epoch(peer);
        accuracy = format(",\"accuracy_after_one_epoch\":%.4f", benchmark.accuracy(peer, Mnist.test(options.data())));
      }
    }
    try (Peer peer = factory.create(options)) {
      Benchmark benchmark = new Benchmark(options);
      float difference = benchmark.differenceFromPlainJava(peer);
      String result = switch (options.mode()) {
        case "train" -> benchmark.throughput(peer::train);
        case "inference" -> benchmark.throughput(peer::infer);
        case "latency" -> benchmark.latency(peer);
        case "load" -> new UnderLoad(options, benchmark.train).measure(peer);
        default -> throw new IllegalArgumentException("unknown mode " + options.mode());
      };
      System.out.println(format("{\"peer\":\"%s\",\"version\":\"%s\",\"mode\":\"%s\",\"batch\":%d,\"threads\":%d",
          peer.name(), peer.version(), options.mode(), options.batch(), options.threads())
          + result + accuracy
          + format(",\"max_difference_from_plain_java\":%.1e", difference) + "}");
    }
  }

  /** What a user's program would do: nothing is measured here, and nothing compared. */
  private static void process(Options options, Peer.Maker factory) throws Exception {
    try (Peer peer = factory.create(options)) {
      Benchmark benchmark = new Benchmark(options);
      Mnist test = Mnist.test(options.data());
      StringBuilder accuracies = new StringBuilder();
      for (int epoch = 0; epoch < options.epochs(); epoch++) {
        benchmark.epoch(peer);
        accuracies.append(format("%s%.4f", epoch == 0 ? "" : ",", benchmark.accuracy(peer, test)));
      }
      peer.save(options.out());
      System.out.println(format("{\"peer\":\"%s\",\"version\":\"%s\",\"mode\":\"process\",\"batch\":%d,\"threads\":%d,\"accuracies\":[%s]}",
          peer.name(), peer.version(), options.batch(), options.threads(), accuracies));
    }
  }

  private Benchmark(Options options) throws Exception {
    this.options = options;
    this.train = Mnist.train(options.data());
    this.order = train.order();
    this.next = order.length; // the first step shuffles
  }

  /** The largest difference between the peer's first logits and those of plain Java. */
  private float differenceFromPlainJava(Peer peer) throws Exception {
    PlainLeNet net = new PlainLeNet(1);
    float difference = 0;
    for (int from = 0; from < 16; from += options.batch()) {
      float[] logits = peer.infer(train, order, from);
      for (int i = 0; i < Math.min(options.batch(), 16); i++) {
        float[] expected = net.forward(train.image(order[from + i]));
        for (int c = 0; c < Mnist.CLASSES; c++) {
          difference = Math.max(difference, Math.abs(expected[c] - logits[i * Mnist.CLASSES + c]));
        }
      }
    }
    if (!(difference < 1e-5f)) { // fp32, 400-term dot products, logits below 1
      throw new IllegalStateException(peer.name() + "'s logits differ from plain Java's by " + difference);
    }
    return difference;
  }

  private interface Step {
    void run(Mnist data, int[] order, int from) throws Exception;
  }

  private String throughput(Step step) throws Exception {
    loop(step, options.warmup());
    long start = System.nanoTime();
    long cpuStart = PROCESS.getProcessCpuTime();
    long steps = loop(step, options.seconds());
    long nanos = System.nanoTime() - start;
    double cpus = (double) (PROCESS.getProcessCpuTime() - cpuStart) / nanos; // below threads: something disturbed it
    return format(",\"samples_per_second\":%.0f,\"steps\":%d,\"cpus_used\":%.2f",
        steps * options.batch() * 1e9 / nanos, steps, cpus);
  }

  private long loop(Step step, double seconds) throws Exception {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    long steps = 0;
    while (System.nanoTime() < end) {
      step.run(train, order, nextBatch());
      steps++;
    }
    return steps;
  }

  private String latency(Peer peer) throws Exception {
    loop(peer::infer, options.warmup());
    long[] nanos = latencies(peer::infer);
    long median = nanos[nanos.length / 2];
    long[] clock = latencies((data, order, from) -> spin(median));
    return format(",\"p50_us\":%.1f,\"p99_us\":%.1f,\"clock_p99_us\":%.1f,\"steps\":%d",
        median * 1e-3, percentile99(nanos) * 1e-3, percentile99(clock) * 1e-3, nanos.length);
  }

  private static long percentile99(long[] sorted) {
    return sorted[(int) (sorted.length * 0.99)];
  }

  /** Nothing but reading the clock: how long that takes at the 99th percentile is what the machine takes away. */
  private static void spin(long nanos) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < nanos) {
      Thread.onSpinWait();
    }
  }

  /** Nanoseconds of each call, sorted. */
  private long[] latencies(Step step) throws Exception {
    long[] nanos = new long[1 << 22];
    int calls = 0;
    long end = System.nanoTime() + (long) (options.seconds() * 1e9);
    for (long before = System.nanoTime(); before < end && calls < nanos.length; calls++) {
      step.run(train, order, nextBatch());
      long after = System.nanoTime();
      nanos[calls] = after - before;
      before = after;
    }
    nanos = Arrays.copyOf(nanos, calls);
    Arrays.sort(nanos);
    return nanos;
  }

  /** Where the next batch starts in {@link #order}; shuffles once an epoch, the short last batch is dropped. */
  private int nextBatch() {
    if (next + options.batch() > order.length) {
      Mnist.shuffle(order, random);
      next = 0;
    }
    int from = next;
    next += options.batch();
    return from;
  }

  private void epoch(Peer peer) throws Exception {
    for (int step = 0; step < train.size() / options.batch(); step++) {
      peer.train(train, order, nextBatch());
    }
  }

  private double accuracy(Peer peer, Mnist test) throws Exception {
    int[] rows = test.order();
    int right = 0;
    for (int done = 0; done < rows.length; done += options.batch()) {
      int from = Math.min(done, rows.length - options.batch()); // the last batch overlaps: sizes are fixed
      float[] logits = peer.infer(test, rows, from);
      for (int i = done - from; i < options.batch(); i++) {
        right += argmax(logits, i) == test.label(from + i) ? 1 : 0;
      }
    }
    return (double) right / rows.length;
  }

  private static int argmax(float[] logits, int row) {
    int best = 0;
    for (int c = 1; c < Mnist.CLASSES; c++) {
      if (logits[row * Mnist.CLASSES + c] > logits[row * Mnist.CLASSES + best]) {
        best = c;
      }
    }
    return best;
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
