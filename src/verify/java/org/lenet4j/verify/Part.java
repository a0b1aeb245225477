package org.lenet4j.verify;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The parts of the verification, the most telling first. Each runs in a process of its own: a crash must not take the others along. The
 * seconds are those that a part needs on a GPU, as estimated from its work, and the most that it gets.
 */
enum Part {
  /** Device, driver, versions. */
  DEVICE(10, 60, DeviceReport::run),
  /** All tests tagged for a GPU. */
  TESTS(90, 180, GpuTests::run),
  /** The losses of the first steps on CUDA and OpenBLAS. */
  CURVE(15, 60, LossCurve::run),
  /** What a step consists of, and its floor. */
  KERNELS(45, 90, StepKernels::run),
  /** Samples per second. */
  SPEED(90, 120, Speed::run),
  /** PyTorch and JAX on the same work. */
  PEERS(120, 300, Peers::run),
  /** The same run twice. */
  RERUNS(15, 60, Reruns::run),
  /** One model on several GPUs, and a model on each. */
  GPUS(60, 120, SeveralGpus::run),
  /** NVIDIA's checker of memory accesses. */
  MEMCHECK(45, 120, fields -> Sanitizer.run("memcheck", fields)),
  /** NVIDIA's checker of races in shared memory. */
  RACECHECK(45, 120, fields -> Sanitizer.run("racecheck", fields)),
  /** Accuracy after five epochs on CUDA and OpenBLAS. */
  TRAINING(120, 180, TrainingRuns::run);

  private final int needed;
  private final int seconds;
  private final Check check;

  /** Puts what it finds into the fields, as maps, lists, texts, numbers and booleans, and says whether all is as it should be. */
  interface Check {
    boolean run(Map<String, Object> fields) throws Exception;
  }

  Part(int needed, int seconds, Check check) {
    this.needed = needed;
    this.seconds = seconds;
    this.check = check;
  }

  /** How many seconds it needs; with fewer left it is not begun. */
  int needed() {
    return needed;
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
