package org.lenet4j.verify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.lenet4j.backend.cuda.probe.CudaProbe;

/**
 * Runs all parts and writes one JSON object: {@code Verify [--quick] [OUT.json [PART,PART]]}. Exit code 0 if all parts passed, 1 if one
 * did not, 2 on wrong usage, 3 if there is no usable GPU, which is then said in one line.
 */
final class Verify {
  private static final int NO_GPU = 3;
  private static final int USAGE = 2;

  private Verify() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    System.exit(run(args));
  }

  private static int run(String... args) throws IOException, InterruptedException {
    boolean quick = args.length > 0 && args[0].equals("--quick");
    int first = quick ? 1 : 0;
    Path out = Path.of(args.length > first ? args[first] : "verify.json");
    Set<Part> parts = EnumSet.allOf(Part.class);
    try {
      if (args.length > first + 1) {
        parts.clear();
        for (String name : args[first + 1].split(",")) {
          parts.add(Part.valueOf(name.toUpperCase(Locale.ROOT)));
        }
      }
    } catch (IllegalArgumentException e) {
      System.err.println("unknown part in " + args[first + 1] + "; parts are " + EnumSet.allOf(Part.class));
      return USAGE;
    }
    String reason = CudaProbe.whyNot();
    if (reason != null) {
      System.out.println("no usable GPU: " + reason);
      return NO_GPU;
    }
    System.setProperty("lenet4j.verify.quick", Boolean.toString(quick)); // for the parts
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("what", "verification of lenet4j on a GPU");
    report.put("time", Instant.now().toString());
    report.put("quick", quick); // a quick run shows that all parts work; its numbers mean nothing
    boolean good = true;
    // Ten minutes are what a short lease of a GPU gives: 20 seconds are left for starting and for writing the report.
    Countdown countdown = new Countdown(Integer.getInteger("lenet4j.verify.seconds", 580));
    for (Part part : parts) {
      Map<String, Object> fields = new Child(part, countdown).run();
      good &= Boolean.TRUE.equals(fields.get("passed"));
      report.put(part.key(), fields);
      report.put("passed", good);
      write(report, out); // after each part: whatever happens later, this is kept
    }
    System.out.println((good ? "all parts passed; " : "NOT all parts passed; ") + out.toAbsolutePath());
    return good ? 0 : 1;
  }

  private static void write(Map<String, Object> report, Path out) throws IOException {
    Path folder = out.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    JsonFile.write(report, out);
  }
}
