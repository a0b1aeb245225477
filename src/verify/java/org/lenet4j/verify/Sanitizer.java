package org.lenet4j.verify;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Runs {@link ShortRun} under NVIDIA's compute-sanitizer, where there is one. */
final class Sanitizer {
  private Sanitizer() {}

  static boolean run(String tool, Map<String, Object> fields) throws IOException, InterruptedException {
    Path sanitizer = find();
    if (sanitizer == null) {
      fields.put("skipped", "there is no compute-sanitizer in PATH or /usr/local/cuda*/bin");
      return true;
    }
    fields.put("command", sanitizer.toString());
    List<String> command = new ArrayList<>(List.of(sanitizer.toString(), "--tool", tool, "--error-exitcode", "99"));
    command.addAll(Child.java(ShortRun.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    boolean clean = false;
    boolean finished = false;
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        System.out.println(line);
        finished |= line.equals(ShortRun.END);
        if (line.contains("SUMMARY:")) {
          fields.put("summary", line.replace("=", "").strip());
          clean = line.contains("SUMMARY: 0 ");
        }
      }
    }
    fields.put("exit_code", process.waitFor());
    fields.put("finished", finished);
    return clean && finished && process.exitValue() == 0;
  }

  private static Path find() throws IOException {
    List<Path> folders = new ArrayList<>();
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
      folders.add(Path.of(folder));
    }
    Path local = Path.of("/usr/local");
    if (Files.isDirectory(local)) {
      try (Stream<Path> installed = Files.list(local)) {
        installed.filter(path -> path.getFileName().toString().startsWith("cuda")).sorted().map(path -> path.resolve("bin"))
            .forEach(folders::add);
      }
    }
    return folders.stream().map(folder -> folder.resolve("compute-sanitizer")).filter(Files::isExecutable).findFirst().orElse(null);
  }
}
