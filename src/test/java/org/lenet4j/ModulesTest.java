package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Applications on the module path are compiled and run with what they name, and with nothing that is optional beside it. */
class ModulesTest {
  @TempDir Path folder;

  @Test void anApplicationNeedsNothingThatIsOptional() throws Exception {
    assertEquals("7 from module org.lenet4j", run("", "org.lenet4j.PredictListener", "(images, nanos) -> { }", "javacpp", "openblas",
        "jackson-core", "slf4j-api"));
  }

  @Test void whoWantsMicrometerNamesIt() throws Exception {
    assertEquals("7 from module org.lenet4j", run("requires micrometer.core;", "org.lenet4j.micrometer.Lenet4jMetrics",
        "new org.lenet4j.micrometer.Lenet4jMetrics(device)", "javacpp", "openblas", "jackson-core", "slf4j-api", "micrometer-core",
        "micrometer-commons", "micrometer-observation", "HdrHistogram", "LatencyUtils", "jspecify"));
  }

  /** Compiles an application with a listener of that type and runs it, with those jars of the class path; returns what it says. */
  private String run(String requires, String type, String listener, String... jars) throws Exception {
    write("module-info.java", "module app { requires org.lenet4j; " + requires + " }");
    write("app/App.java", """
        package app;

        public final class App {
          public static void main(String[] args) {
            try (org.lenet4j.Device device = org.lenet4j.Device.open("cpu", 1);
                org.lenet4j.Predictor predictor = new org.lenet4j.Predictor(device, org.lenet4j.nn.LeNet5.pretrained())) {
              %s listener = %s;
              predictor.addListener(listener);
              byte[] seven = org.lenet4j.data.SyntheticDigits.create(10, 1).image(7);
              System.out.println(predictor.predict(seven).name() + " from " + predictor.getClass().getModule());
            }
          }
        }
        """.formatted(type, listener));
    Path classes = folder.resolve("classes");
    String path = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(part -> Files.exists(Path.of(part, "module-info.class")) || Arrays.stream(jars).anyMatch(
            jar -> Path.of(part).getFileName().toString().matches(jar + "-[\\d.]+(-[\\d.]+)*\\.jar")))
        .map(part -> Path.of(part).toAbsolutePath().toString()).collect(Collectors.joining(File.pathSeparator));
    StringWriter said = new StringWriter();
    int status = ToolProvider.findFirst("javac").orElseThrow().run(new PrintWriter(said), new PrintWriter(said), "-p", path,
        "-d", classes.toString(), folder.resolve("module-info.java").toString(), folder.resolve("app/App.java").toString());
    assertEquals(0, status, said.toString());
    List<String> command = new ArrayList<>(List.of(ChildJava.program()));
    command.add(ChildJava.home());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-p", path + File.pathSeparator + classes, "-m", "app/app.App"));
    Process process = ChildJava.builder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertEquals(0, process.waitFor(), out);
    return out;
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
