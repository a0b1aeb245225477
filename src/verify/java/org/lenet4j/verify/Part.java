package org.lenet4j.verify;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The parts of the verification, in their order. Each runs in a process of its own: a crash must not take the others along. */
enum Part {
  /** Device, driver, versions. */
  DEVICE(60, DeviceReport::run),
  /** All tests tagged for a GPU. */
  TESTS(240, GpuTests::run),
  /** The losses of the first steps on CUDA and OpenBLAS. */
  CURVE(60, LossCurve::run),
  /** The same run twice. */
  RERUNS(60, Reruns::run),
  /** Accuracy after five epochs on CUDA and OpenBLAS. */
  TRAINING(180, TrainingRuns::run),
  /** Samples per second. */
  SPEED(120, Speed::run),
  /** What a step consists of, and its floor. */
  KERNELS(90, StepKernels::run),
  /** NVIDIA's checker of memory accesses. */
  MEMCHECK(120, fields -> Sanitizer.run("memcheck", fields)),
  /** NVIDIA's checker of races in shared memory. */
  RACECHECK(120, fields -> Sanitizer.run("racecheck", fields)),
  /** PyTorch and JAX on the same work. */
  PEERS(300, Peers::run);

  private final int seconds;
  private final Check check;

  /** Puts what it finds into the fields, as maps, lists, texts, numbers and booleans, and says whether all is as it should be. */
  interface Check {
    boolean run(Map<String, Object> fields) throws Exception;
  }

  Part(int seconds, Check check) {
    this.seconds = seconds;
    this.check = check;
  }

  /** The most time that it gets. */
  int seconds() {
    return seconds;
  }

  /** Its name in the JSON. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@code Part NAME FILE}: runs one part, writes its object into the file, and exits with 0 if all was well and 1 if not. */
  public static void main(String[] args) {
    Map<String, Object> fields = Collections.synchronizedMap(new LinkedHashMap<>());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> write(fields, Path.of(args[1])))); // also when its time is up
    boolean good = false;
    try {
      good = valueOf(args[0]).check.run(fields);
    } catch (Exception | LinkageError | AssertionError e) {
      e.printStackTrace();
      fields.put("error", e.toString()); // what was found before it stays
    }
    fields.put("passed", good);
    System.exit(good ? 0 : 1);
  }

  private static void write(Map<String, Object> fields, Path file) {
    try {
      JsonFile.write(new LinkedHashMap<>(fields), file);
    } catch (IOException e) {
      System.out.println("cannot write " + file + ": " + e);
    }
  }
}
