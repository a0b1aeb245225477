package org.lenet4j.verify;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.lenet4j.file.Json;

/** Runs one part in a process of its own, shows what it prints, and ends it when its time is up. */
final class Child {
  private static final int LINES_KEPT = 20;
  private static final int SECONDS_TO_END = 5;

  private final Part part;
  private volatile Process process; // null before it is started

  Child(Part part) {
    this.part = part;
  }

  /** Has it write what it has, and end. */
  void stop() {
    if (process != null) {
      process.destroy();
    }
  }

  /** The object that the part wrote, or what is known about why it wrote none; it gets its own time, but no more than {@code left}. */
  Map<String, Object> run(long left) throws IOException, InterruptedException {
    long seconds = Math.min(part.seconds(), left);
    Map<String, Object> fields = new LinkedHashMap<>();
    System.out.println(part.key() + " ...");
    long start = System.nanoTime();
    Path file = Files.createTempFile("lenet4j-" + part.key(), ".json");
    Deque<String> last = new ArrayDeque<>();
    String problem = run(java(Part.class.getName(), part.name(), file.toString()), seconds, last);
    fields.putAll(read(file));
    if (fields.isEmpty() || problem != null) {
      fields.put("error", problem == null ? "it wrote nothing" : problem);
      fields.put("output", new ArrayList<>(last));
      fields.put("passed", false);
    }
    double took = (System.nanoTime() - start) / 1_000_000_000.0;
    fields.put("seconds", took);
    Object why = fields.getOrDefault("error", fields.get("skipped"));
    String passed = fields.containsKey("skipped") ? "skipped" : Boolean.TRUE.equals(fields.get("passed")) ? "passed" : "FAILED";
    System.out.printf("%s: %s in %.1f s%s%n", part.key(), passed, took, why == null ? "" : ": " + why);
    return fields;
  }

  /** A command that starts this Java with this class path. */
  static List<String> java(String... mainAndArguments) {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-ea",
        "-cp", System.getProperty("java.class.path"), "--add-modules", "jdk.incubator.vector"));
    for (String name : List.of("org.bytedeco.javacpp.cachedir", "lenet4j.benchmarks", "lenet4j.verify.quick")) {
      if (System.getProperty(name) != null) {
        command.add("-D" + name + "=" + System.getProperty(name));
      }
    }
    command.addAll(List.of(mainAndArguments));
    return command;
  }

  /** Runs a command, prints its lines and keeps the last ones; returns what went wrong, or null. An exit code of 1 is an answer. */
  private String run(List<String> command, long seconds, Deque<String> last) throws IOException, InterruptedException {
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Thread reader = new Thread(() -> copy(process, last));
    reader.start();
    boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
    if (!ended) {
      List<ProcessHandle> below = process.descendants().toList();
      process.destroy(); // it still writes what it has
      below.forEach(ProcessHandle::destroyForcibly);
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
    reader.join(1000 * SECONDS_TO_END); // a grandchild that lives on could hold the pipe open
    return !ended ? "ended after " + seconds + " s" : process.exitValue() > 1 ? "exit code " + process.exitValue() : null;
  }

  private static void copy(Process process, Deque<String> last) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("WARNING: Using incubator modules")) {
          continue;
        }
        System.out.println("  " + line);
        synchronized (last) {
          last.add(line);
          if (last.size() > LINES_KEPT) {
            last.remove();
          }
        }
      }
    } catch (IOException e) {
      System.out.println("  (its output broke off: " + e.getMessage() + ")");
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> read(Path file) throws IOException {
    String text = Files.readString(file);
    Files.delete(file);
    try {
      return text.isEmpty() ? Map.of() : (Map<String, Object>) Json.parse(text);
    } catch (IOException e) {
      return Map.of(); // broken off
    }
  }
}
