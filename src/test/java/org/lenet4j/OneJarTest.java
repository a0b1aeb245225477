package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** With the Vector API nothing is needed but the library, Jackson's core and SLF4J: no JavaCPP, no natives. */
@Tag("slow")
class OneJarTest {
  private record Result(int exitCode, String text) {}

  private static Result run(List<String> flags, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(ChildJava.program(), ChildJava.home(), "-XX:TieredStopAtLevel=1"));
    command.addAll(flags);
    command.addAll(List.of("-cp", Arrays.stream(ChildJava.classPath().split(File.pathSeparator))
        .filter(part -> !part.endsWith(".jar") || part.matches(".*(jackson-core|slf4j-api)-[^/\\\\]*\\.jar"))
        .collect(Collectors.joining(File.pathSeparator)), OneJar.class.getName()));
    command.addAll(List.of(arguments));
    Process process = ChildJava.builder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes());
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    return new Result(process.exitValue(), text);
  }

  @Test void trainsAndPredicts() throws Exception {
    Result result = run(List.of("--add-modules", "jdk.incubator.vector"));
    assertEquals(0, result.exitCode, result.text);
    assertTrue(result.text.contains("Vector API"), result.text);
    Dataset data = SyntheticDigits.create(256, 1);
    Model model = LeNet5.create(10, 1);
    try (Device device = Device.open("cpu", 1); Trainer trainer = new Trainer(device, model, Recipe.fast().withEpochs(1), 1)) {
      trainer.fit(data, data);
    }
    assertTrue(result.text.contains(model.sha256()), result.text);
  }

  @Test void withoutTheVectorApiItSaysWhatIsMissing() throws Exception {
    Result result = run(List.of(), "cpu");
    assertEquals(1, result.exitCode);
    assertTrue(result.text.startsWith("Exception in thread \"main\" " + DeviceUnavailableException.class.getName() + ": openblas:"
        + " org.bytedeco:javacpp and org.bytedeco:openblas are not on the class path: add them, or start java with"), result.text);
  }
}
