package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each kernel on the CPU, built for it by g++ with its sanitizers, against a reference in double precision: native/emulated. With
 * {@code -Pstress} in all shapes, and with every fault that native/mutants.sh can make.
 */
@Tag("cuda-standin")
class EmulatedKernelsTest {
  private static final String NATIVE = "src/test/native/";
  private static final int SKIPPED = 77; // g++ or a sanitizer is not there

  @BeforeEach
  void needsGcc() {
    StandIn.assume();
  }

  @ParameterizedTest @ValueSource(strings = {"races", "address"}) void kernelsAreWithoutFault(String how) throws Exception {
    run("emulated.sh", how, "quick");
  }

  /** One of each kind, in sources that compile quickly. */
  @Test
  void mutantsAreFound() throws Exception {
    String found = run("mutants.sh", "linear: linear.cu barrier 3", "linear: step.cuh fence 1", "loss: loss.cu one sample past the batch");
    assertTrue(found.contains("3 mutants, 0 that"), found);
  }

  @Tag("stress") @ParameterizedTest @ValueSource(strings = {"races", "address"})
  void kernelsAreWithoutFaultInAllShapes(String how) throws Exception {
    run("emulated.sh", how, "whole");
  }

  @Tag("stress") @Test void everyMutantIsFound() throws Exception {
    run("mutants.sh");
  }

  private static String run(String script, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(NATIVE + script, Path.of(System.getenv("LENET4J_STANDIN"), "emulated").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeAll(List.of("LD_PRELOAD", "LD_LIBRARY_PATH", "LENET4J_STANDIN"));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    Assumptions.assumeTrue(code != SKIPPED, said.strip());
    assertEquals(0, code, said);
    return said;
  }
}
