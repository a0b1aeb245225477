package org.lenet4j.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.ChildJava;
import org.lenet4j.file.Json;

/** The program of the GPU bundle on the stand-in: what it leaves of a run that has too little time, is stopped or is killed. */
@Tag("cuda-standin")
class VerifyTest {
  @TempDir Path folder;

  private Process start(String... arguments) throws IOException {
    return start(1, arguments);
  }

  private Process start(int gpus, String... arguments) throws IOException {
    Assumptions.assumeTrue(System.getenv("LENET4J_STANDIN") != null, "no stand-in for CUDA");
    List<String> command = new ArrayList<>(List.of(ChildJava.program(), ChildJava.home(), "-cp", ChildJava.classPath(),
        "-Dorg.bytedeco.javacpp.cachedir=" + System.getProperty("org.bytedeco.javacpp.cachedir"), "-XX:+UseSerialGC",
        "-Djdk.lang.processReaperUseDefaultStackSize=true", "org.lenet4j.verify.Verify")); // as these tests themselves, pom.xml
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("said").toFile());
    builder.environment().put("LENET4J_STANDIN_DEVICES", Integer.toString(gpus));
    return builder.start();
  }

  private String said() throws IOException {
    return Files.readString(folder.resolve("said"), StandardCharsets.UTF_8);
  }

  @SuppressWarnings("unchecked")
  private Map<String, Object> report() throws IOException {
    return (Map<String, Object>) Json.parse(Files.readString(folder.resolve("out.json")));
  }

  private Object of(String part, String field) throws IOException {
    return ((Map<?, ?>) report().get(part)).get(field);
  }

  /** Waits until a part runs; every report on the way is whole. */
  private void awaitRunning(Process process, String part) throws IOException, InterruptedException {
    while (!Files.exists(folder.resolve("out.json")) || !part.equals(report().get("running"))) {
      assertTrue(process.isAlive(), said());
      Thread.sleep(20);
    }
  }

  @Test void theMostTellingComesFirst() {
    assertEquals(List.of("device", "tests", "curve", "kernels", "speed", "peers"), Arrays.stream(Part.values()).map(Part::key).limit(6)
        .toList());
    assertTrue(Arrays.stream(Part.values()).limit(6).mapToInt(Part::needed).sum() <= 8 * 60, "these fit into eight minutes");
  }

  @Test void whatDoesNotFitIsNamedWithItsTime() throws IOException, InterruptedException {
    Process process = start("--quick", "--minutes", "1", folder.resolve("out.json").toString(), "device,tests,peers");
    assertEquals(0, process.waitFor(), said());
    assertEquals(true, of("device", "passed"));
    assertEquals(true, of("device", "stand_in"));
    assertEquals("too little time was left", of("tests", "left_out"));
    assertEquals(Part.PEERS.needed(), ((Number) of("peers", "seconds_needed")).intValue());
    assertEquals(false, report().get("complete"));
    assertTrue(said().contains("left out, with the time they need: tests (90 s), peers (120 s)"), said());
  }

  @Test void severalGpus() throws IOException, InterruptedException {
    Process process = start(1, "--quick", folder.resolve("out.json").toString(), "gpus");
    assertEquals(0, process.waitFor(), said());
    assertEquals("there is one GPU", of("gpus", "left_out"));
    process = start(2, "--quick", folder.resolve("out.json").toString(), "gpus");
    assertEquals(0, process.waitFor(), said());
    assertEquals(2L, of("gpus", "gpus"));
    assertTrue(said().contains("cudnn, cuda:0+1: the same bits, ") && said().contains("fused, cuda:0+1: the same bits, ")
        && said().contains("cudnn, 4 models on cuda:all: the same bits, "), said());
  }

  @Test void aRunThatIsKilledLeavesWhatItReached() throws IOException, InterruptedException {
    Process process = start("--quick", folder.resolve("out.json").toString(), "device,kernels,speed");
    awaitRunning(process, "kernels");
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly().waitFor();
    children.forEach(ProcessHandle::destroyForcibly);
    assertEquals(true, of("device", "passed"));
    assertEquals("kernels", report().get("running"));
    assertFalse(report().containsKey("kernels") || report().containsKey("speed"));
  }

  @Test void aRunThatIsStoppedSaysWhatItsPartHadFound() throws IOException, InterruptedException {
    Process process = start("--quick", folder.resolve("out.json").toString(), "device,speed,peers");
    awaitRunning(process, "speed");
    while (!said().contains("samples/s")) {
      assertTrue(process.isAlive(), said());
      Thread.sleep(20);
    }
    process.destroy();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it ends by itself");
    assertFalse(((List<?>) of("speed", "rows")).isEmpty(), said());
    assertEquals(false, of("speed", "passed"));
    assertEquals("the run was stopped", of("peers", "left_out"));
    assertFalse(report().containsKey("running"));
  }

  @Test void wrongUse() throws IOException, InterruptedException {
    for (String[] wrong : new String[][] {{"--minutes"}, {"--minutes", "0"}, {"--minutes", "many"}, {"--fast"}, {"out.json", "walk"},
        {"out.json", "device", "more"}}) {
      assertEquals(2, start(wrong).waitFor(), List.of(wrong) + said());
      assertTrue(said().startsWith("usage: verify.sh") && said().lines().count() == 1, said());
    }
  }
}
