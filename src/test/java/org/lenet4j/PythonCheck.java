package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a script in the first Python that has what it needs; without any, the test is skipped and says so. */
public final class PythonCheck {
  private PythonCheck() {}

  /** What a script of {@code src/test/python} printed. */
  public static String run(String script, String needs, Path... files) throws IOException, InterruptedException {
    return run(Path.of("src/test/python", script), needs, files);
  }

  /** What a script printed. */
  public static String run(Path script, String needs, Path... files) throws IOException, InterruptedException {
    String interpreter = null;
    for (String python : List.of("python3", "/usr/bin/python3")) { // another one in front of Debian's has not its packages
      if (interpreter == null && has(python, needs)) {
        interpreter = python;
      }
    }
    assumeTrue(interpreter != null, "no python3 with the package " + needs);
    List<String> command = new ArrayList<>(List.of(interpreter, script.toString()));
    List.of(files).forEach(file -> command.add(file.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), out);
    return out;
  }

  private static boolean has(String python, String needs) throws InterruptedException {
    try {
      return new ProcessBuilder(python, "-c", "import " + needs).redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    } catch (IOException e) {
      return false; // there is no such Python
    }
  }
}
