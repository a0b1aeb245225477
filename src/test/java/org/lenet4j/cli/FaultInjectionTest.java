package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every file call of every command fails in turn, with every error: {@link FaultSweep} says what has to hold then. */
class FaultInjectionTest {
  @TempDir Path folder;

  @Tag("slow") @Test void someCalls() throws Exception {
    sweep(53, 600); // about 370
  }

  @Test @Tag("stress") void everyCall() throws Exception {
    sweep(1, Long.getLong("lenet4j.stress.seconds", 60));
  }

  private void sweep(int every, long seconds) throws Exception {
    Path work = Files.createDirectory(folder.resolve("work"));
    Path plan = folder.resolve("plan");
    new FaultPlan(plan); // there before the process maps it
    ProcessBuilder builder = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true", "-cp",
        System.getProperty("java.class.path"), FaultSweep.class.getName(), work.toString(), plan.toString(), Integer.toString(every),
        Long.toString(seconds)));
    new FaultPlan(plan).addTo(builder, FaultPlan.build(folder), work);
    File out = folder.resolve("said").toFile();
    int exitCode = builder.redirectErrorStream(true).redirectOutput(out).start().waitFor();
    String said = Files.readString(out.toPath());
    System.out.println(said.strip());
    assertEquals(0, exitCode, said);
    Matcher faults = Pattern.compile("(\\d+) faults, 0 wrong").matcher(said);
    assertTrue(faults.find() && Integer.parseInt(faults.group(1)) > 300, said);
  }
}
