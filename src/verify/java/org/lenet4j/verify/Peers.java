package org.lenet4j.verify;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.lenet4j.Device;
import org.lenet4j.Trainer;
import org.lenet4j.data.Idx;
import org.lenet4j.file.Json;
import org.lenet4j.optim.Recipe;

/** Runs the Python peers that are installed on the same GPU and the same images, and holds lenet4j's training against them. */
final class Peers {
  private static final int[] BATCHES = Digits.QUICK ? new int[] {64} : new int[] {64, 1024, 4096};

  private static final List<String> RUNS = List.of("torch eager,graph,graph10", "jax scan,jit", "torch compile,reduce-overhead");

  private Peers() {}

  static boolean run(Map<String, Object> fields) throws IOException, InterruptedException {
    String folder = System.getProperty("lenet4j.benchmarks");
    String python = System.getenv().getOrDefault("PYTHON", "python3");
    List<String> found = new ArrayList<>();
    for (String peer : List.of("torch", "jax")) {
      if (folder != null && works(python, "-c", "import " + peer)) {
        found.add(peer);
      }
    }
    if (found.isEmpty()) {
      fields.put("skipped", folder == null ? "lenet4j.benchmarks is not set" : python + " has neither torch nor jax");
      return true;
    }
    Digits digits = Digits.open();
    Map<Integer, Double> ours = new TreeMap<>();
    fields.put("lenet4j", own(digits, ours));
    List<Object> rows = new ArrayList<>();
    fields.put("rows", rows);
    boolean good = true;
    Path images = Files.createTempDirectory("lenet4j-peers");
    write(digits, images);
    for (String run : RUNS) { // the fastest first, and what has to compile last
      String peer = run.substring(0, run.indexOf(' '));
      if (!found.contains(peer)) {
        continue;
      }
      Path script = Path.of(folder, peer.equals("torch") ? "pytorch" : peer, "lenet.py");
      int exitCode = measure(List.of(python, script.toString(), "--device", "cuda", "--variant", run.split(" ")[1], "--batch",
          Arrays.stream(BATCHES).mapToObj(String::valueOf).collect(Collectors.joining(",")), "--data", images.toString(),
          "--seconds", "2.5", "--warmup", "1", "--epochs-accuracy"), ours, rows);
      fields.put(run + " exit code", exitCode);
      good &= exitCode == 0;
    }
    return good;
  }

  private static boolean works(String... command) throws InterruptedException {
    try {
      return outside(List.of(command)).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    } catch (IOException e) {
      return false; // there is no python
    }
  }

  /** A process with the library path that was there before ours was put in front: PyTorch brings its own CUDA. */
  private static ProcessBuilder outside(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    String path = System.getenv("LENET4J_OUTER_LIBRARY_PATH");
    if (path != null && path.isEmpty()) {
      builder.environment().remove("LD_LIBRARY_PATH");
    } else if (path != null) {
      builder.environment().put("LD_LIBRARY_PATH", path);
    }
    return builder;
  }

  private static List<Object> own(Digits digits, Map<Integer, Double> speeds) {
    List<Object> rows = new ArrayList<>();
    try (Device device = Device.open("cuda")) {
      for (int batch : BATCHES) {
        Map<String, Object> row = new LinkedHashMap<>();
        double[] rates = Speed.training(device, digits, 1, batch);
        speeds.put(batch, Speed.median(rates));
        row.put("batch", batch);
        row.put("samples_per_second", Speed.median(rates));
        row.put("repetitions", Arrays.stream(rates).boxed().toList());
        Recipe recipe = Recipe.plain().withBatchSize(batch);
        try (Trainer trainer = new Trainer(device, digits.model(recipe, 1), recipe, 1)) {
          row.put("accuracy_after_one_epoch", trainer.fit(digits.train(), 1, digits.test()).last().testAccuracy());
        }
        rows.add(row);
        System.out.printf("%-28s batch %5d %,14.0f samples/s%n", "lenet4j", batch, Speed.median(rates));
      }
    }
    return rows;
  }

  private static void write(Digits digits, Path folder) throws IOException {
    Idx.write(digits.train(), folder.resolve("train-images-idx3-ubyte"), folder.resolve("train-labels-idx1-ubyte"));
    Idx.write(digits.test(), folder.resolve("t10k-images-idx3-ubyte"), folder.resolve("t10k-labels-idx1-ubyte"));
  }

  /** Each line of JSON that it prints is a result; what comes before a crash or the end of the time is kept. */
  @SuppressWarnings("unchecked")
  private static int measure(List<String> command, Map<Integer, Double> ours, List<Object> rows) throws IOException, InterruptedException {
    Process process = outside(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("{")) {
          System.out.println(line);
          continue;
        }
        Map<String, Object> row = (Map<String, Object>) Json.parse(line);
        rows.add(row);
        if (row.get("samples_per_second") instanceof Number speed) {
          double ratio = ours.get(((Number) row.get("batch")).intValue()) / speed.doubleValue();
          row.put("lenet4j_over_it", ratio);
          System.out.printf("%-28s batch %5s %,14d samples/s, lenet4j %.1f times as many%n", row.get("peer"), row.get("batch"),
              speed.longValue(), ratio);
        }
      }
    }
    return process.waitFor(10, TimeUnit.SECONDS) ? process.exitValue() : -1;
  }
}
