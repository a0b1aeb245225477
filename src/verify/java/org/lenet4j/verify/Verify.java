package org.lenet4j.verify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.lenet4j.backend.cuda.probe.CudaProbe;

/**
 * Runs all parts and writes one JSON object: {@code Verify [--quick] [--minutes N] [OUT.json [PART,PART]]}. Exit code 0 if all parts that
 * ran passed, 1 if one did not or it was stopped, 2 on wrong usage, 3 if there is no usable GPU, which is then said in one line.
 */
final class Verify {
  private static final int NO_GPU = 3;
  private static final int USAGE = 2;
  private static final int MOST_MINUTES = 600;
  private static final int SECONDS_TO_STOP = 15; // a child that is stopped writes, and then the report is written

  private final Map<String, Object> report = new LinkedHashMap<>();
  private final Path out;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean stopped;
  private volatile Child child; // that runs, or null

  private Verify(Path out) {
    this.out = out;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    System.exit(run(args));
  }

  private static int run(String... args) throws IOException, InterruptedException {
    Deque<String> words = new ArrayDeque<>(List.of(args));
    boolean quick = "--quick".equals(words.peek()) && words.poll() != null;
    int minutes = 8; // what a short lease of a GPU gives
    Set<Part> parts = EnumSet.allOf(Part.class);
    Path out;
    try {
      if ("--minutes".equals(words.peek())) {
        words.poll();
        minutes = Integer.parseInt(String.valueOf(words.poll()));
      }
      out = Path.of(words.isEmpty() ? "verify.json" : words.poll());
      if (!words.isEmpty()) {
        parts.clear();
        for (String name : words.poll().split(",")) {
          parts.add(Part.valueOf(name.toUpperCase(Locale.ROOT)));
        }
      }
      if (!words.isEmpty() || minutes < 1 || minutes > MOST_MINUTES || out.toString().startsWith("-")) {
        throw new IllegalArgumentException();
      }
    } catch (IllegalArgumentException e) {
      System.err.println("usage: verify.sh [--quick] [--minutes 1.." + MOST_MINUTES + "] [OUT.json [PART,PART...]]; parts are "
          + EnumSet.allOf(Part.class).toString().toLowerCase(Locale.ROOT));
      return USAGE;
    }
    String reason = CudaProbe.whyNot();
    if (reason != null) {
      System.out.println("no usable GPU: " + reason);
      return NO_GPU;
    }
    System.setProperty("lenet4j.verify.quick", Boolean.toString(quick)); // for the parts
    Files.createDirectories(out.toAbsolutePath().getParent());
    Verify verify = new Verify(out);
    verify.report.put("what", "verification of lenet4j on a GPU");
    verify.report.put("time", Instant.now().toString());
    verify.report.put("quick", quick); // a quick run shows that all parts work; its numbers mean nothing
    verify.report.put("minutes", minutes);
    Runtime.getRuntime().addShutdownHook(new Thread(verify::stop)); // a lease that ends: what the part has so far is kept
    try {
      return verify.run(parts, new Countdown(60 * minutes - 2)) ? 0 : 1;
    } finally {
      verify.ended.countDown();
    }
  }

  private boolean run(Set<Part> parts, Countdown countdown) throws IOException, InterruptedException {
    boolean good = true;
    List<String> leftOut = new ArrayList<>();
    report.put("passed", null);
    for (Part part : parts) {
      if (stopped || countdown.seconds() < part.needed()) {
        leftOut.add(part.key() + " (" + part.needed() + " s)");
        report.put(part.key(), Map.of("left_out", stopped ? "the run was stopped" : "too little time was left", "seconds_needed",
            part.needed()));
        continue;
      }
      report.put("running", part.key());
      JsonFile.write(report, out); // before and after each part: whatever happens then, this is kept
      child = new Child(part);
      Map<String, Object> fields = child.run(countdown.seconds());
      child = null;
      good &= Boolean.TRUE.equals(fields.get("passed"));
      report.remove("running");
      report.put(part.key(), fields);
      report.put("passed", good);
      JsonFile.write(report, out);
    }
    report.put("complete", leftOut.isEmpty() && !stopped);
    JsonFile.write(report, out);
    System.out.println((good ? "all parts that ran passed; " : "NOT all parts passed; ")
        + (leftOut.isEmpty() ? "" : "left out, with the time they need: " + String.join(", ", leftOut) + "; ") + out.toAbsolutePath());
    return good && !stopped;
  }

  /** The process is to end: waits until the report says what was reached. */
  private void stop() {
    if (ended.getCount() == 0) {
      return;
    }
    stopped = true;
    Child running = child;
    if (running != null) {
      running.stop();
    }
    try {
      ended.await(SECONDS_TO_STOP, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
