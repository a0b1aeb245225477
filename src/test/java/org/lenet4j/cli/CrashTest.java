package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.Checkpoint;
import org.lenet4j.file.Json;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.tune.TuningCheckpoint;

/**
 * Runs that are killed (SIGKILL) before each of their calls that changes a file, in the middle of each write, and at any time: every
 * file is whole, and what is continued ends with the bits of a run that nobody killed.
 */
class CrashTest {
  private static final long SECONDS = Long.getLong("lenet4j.stress.seconds", 60);

  @TempDir static Path folder;
  private static Path library;
  private static FaultPlan plan;

  private int kills;

  /** A program that writes weights, or another file, to {@code out/w}. */
  private record Work(String name, String main, String start, String resume) {
    static Work command(String name, String start, String resume) {
      return new Work(name, Main.class.getName(), name + " " + start, resume);
    }
  }

  private static final Work TRAIN = Work.command("train", "--data IN/data --epochs 4 --batch-size 16 --threads 1 --augment light --ema 0.9"
      + " --out OUT/w --json OUT/j", "train --resume OUT/w.ckpt --threads 1");
  private static final List<Work> WORKS = List.of(TRAIN,
      new Work("finetune", TuneEachEpoch.class.getName(), "IN/net IN/data OUT/w", null),
      Work.command("export", "--from IN/net --onnx OUT/w --json OUT/j", null),
      Work.command("train", "--data IN/data --epochs 1 --batch-size 16 --threads 1 --out OUT/w --report OUT/r --tensorboard OUT/t"
          + " --force", "train --resume OUT/w.ckpt --threads 1 --force")); // one epoch learns little

  @BeforeAll static void prepare() throws Exception {
    library = FaultPlan.build(folder);
    plan = new FaultPlan(folder.resolve("plan"));
    Cli.data(Files.createDirectories(folder.resolve("in")).resolve("data"), 48, 16);
    LeNet5.pretrained().save(folder.resolve("in/net"));
  }

  @Tag("slow") @Test void aFewCalls() throws Exception {
    sweep(TRAIN, 40, Long.MAX_VALUE);
    assertTrue(kills >= 2, kills + " kills");
    assertTrue(states(TRAIN, 8, Long.MAX_VALUE) > 10);
  }

  @Test @Tag("stress") void everyCall() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (System.nanoTime() < end) {
      for (Work work : WORKS) {
        sweep(work, 1, end);
        System.out.println(kills + " kills at calls until the end of " + work.name + ", 0 broken files, 0 other bits");
      }
    }
  }

  /** As {@link #everyCall}, from what one run leaves at each call, which a kill there would leave: many more in the same time. */
  @Test @Tag("stress") void whatEachCallLeaves() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    int states = 0;
    for (int seed = 1; System.nanoTime() < end; seed++) {
      for (Work work : WORKS) {
        String seeded = work.main.equals(Main.class.getName()) && !work.name.equals("export") ? " --seed " + seed : "";
        states += states(new Work(work.name, work.main, work.start + seeded, work.resume), 1, end);
        System.out.println(states + " states until the end of " + work.name + ", 0 broken files, 0 other bits");
      }
    }
  }

  @Test @Tag("stress") void atAnyTime() throws Exception {
    Work work = Work.command("train", TRAIN.start.substring(6).replace("--epochs 4", "--epochs 200"), TRAIN.resume);
    byte[] expected = uninterrupted(work);
    Random random = new Random(42);
    clear();
    long start = System.nanoTime();
    assertEquals(0, start(work).waitFor());
    long whole = System.nanoTime() - start;
    int midway = 0;
    for (long end = start + TimeUnit.SECONDS.toNanos(SECONDS); System.nanoTime() < end; kills++) {
      clear();
      Process run = start(work);
      run.waitFor((long) (random.nextDouble() * whole), TimeUnit.NANOSECONDS);
      run.destroyForcibly().waitFor();
      midway += Files.exists(folder.resolve("out/w.ckpt")) ? 1 : 0;
      check("killed at any time", work, expected);
    }
    System.out.println(kills + " kills at random, " + midway + " with a checkpoint, 0 broken files, 0 other bits");
  }

  private void sweep(Work work, int every, long end) throws Exception {
    byte[] expected = uninterrupted(work);
    boolean torn = false;
    for (int at = 1; System.nanoTime() < end;) {
      clear();
      plan.begin(FaultPlan.CHANGES, at, false, torn ? FaultPlan.Action.TORN : FaultPlan.Action.KILL, 0);
      int exitCode = start(work).waitFor();
      if (!plan.hasHit()) {
        assertEquals(0, exitCode, said());
        break;
      }
      kills++;
      assertEquals(137, exitCode);
      check(work.name + (torn ? ", within call " : ", before call ") + at + ": " + plan.call() + " of " + plan.path(), work, expected);
      torn = !torn && plan.call().equals("write");
      at += torn ? 0 : every;
    }
    plan.end();
  }

  /** Continues from what a run has left at every so many of its calls; returns how many these were. */
  private int states(Work work, int every, long end) throws Exception {
    byte[] expected = uninterrupted(work);
    clear();
    plan.begin(FaultPlan.CHANGES, 0, false, FaultPlan.Action.KEEP, 0);
    assertEquals(0, start(work).waitFor(), () -> said());
    plan.end();
    assertArrayEquals(expected, Files.readAllBytes(folder.resolve("out/w")), "another process, and half writes");
    List<Path> kept;
    try (Stream<Path> all = Files.list(folder)) {
      kept = all.filter(path -> path.getFileName().toString().startsWith("out.")).sorted().toList();
    }
    int count = 0;
    for (int i = 0; i < kept.size(); i++) {
      delete(folder.resolve("out"));
      Files.move(kept.get(i), folder.resolve("out"));
      if (i % every == 0 && System.nanoTime() < end) {
        check(work.name + ", " + kept.get(i).getFileName(), work, expected);
        count++;
      }
    }
    return count;
  }

  private static String said() {
    try {
      return Files.readString(folder.resolve("stderr"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static byte[] uninterrupted(Work work) throws Exception {
    clear();
    assertEquals(0, inThisProcess(work, work.start));
    return Files.readAllBytes(folder.resolve("out/w"));
  }

  private static void clear() throws IOException {
    delete(folder.resolve("out"));
    Files.createDirectory(folder.resolve("out"));
  }

  private static void delete(Path out) throws IOException {
    if (Files.exists(out)) {
      try (Stream<Path> all = Files.walk(out)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private static String[] words(String line) {
    return line.replace("IN/", folder + "/in/").replace("OUT/", folder + "/out/").split(" ");
  }

  private static Process start(Work work) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED",
        "-Dlenet4j.vector=false", "-Djava.awt.headless=true", "-cp", System.getProperty("java.class.path"), work.main));
    command.addAll(Arrays.asList(words(work.start)));
    ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(new File(folder.toFile(), "stdout"))
        .redirectError(new File(folder.toFile(), "stderr"));
    plan.addTo(builder, library, folder.resolve("out"));
    return builder.start();
  }

  private static int inThisProcess(Work work, String line) throws Exception {
    System.setProperty("lenet4j.vector", "false"); // as in the processes
    try {
      if (work.main.equals(Main.class.getName())) {
        Cli run = Cli.run((Object[]) words(line));
        assertEquals("", run.exitCode() == 0 ? "" : run.err());
        return run.exitCode();
      }
      TuneEachEpoch.main(words(line));
      return 0;
    } finally {
      System.clearProperty("lenet4j.vector");
    }
  }

  /** What a killed run left is whole, and what continues it gives the same bits. */
  private static void check(String what, Work work, byte[] expected) throws Exception {
    Path out = folder.resolve("out/w");
    Path checkpoint = folder.resolve("out/w.ckpt");
    if (Files.exists(out)) {
      assertArrayEquals(expected, Files.readAllBytes(out), what);
    }
    if (Files.exists(folder.resolve("out/j"))) {
      Json.parse(Files.readString(folder.resolve("out/j")));
    }
    try (Stream<Path> report = Files.exists(folder.resolve("out/r")) ? Files.list(folder.resolve("out/r")) : Stream.of()) {
      for (Path file : report.filter(path -> path.toString().matches(".*\\.(html|svg)")).toList()) {
        String end = file.toString().endsWith(".html") ? "</html>" : "</svg>";
        assertTrue(Files.readString(file, StandardCharsets.ISO_8859_1).contains(end), () -> what + ": " + file);
      }
    }
    boolean tunes = work.main.equals(TuneEachEpoch.class.getName());
    if (Files.exists(checkpoint)) {
      assertTrue((tunes ? TuningCheckpoint.load(checkpoint).training() : Checkpoint.load(checkpoint)).epoch() > 0, what);
    }
    boolean resumes = !tunes && Files.exists(checkpoint);
    assertEquals(0, inThisProcess(work, resumes ? work.resume : work.start.replace("--tensorboard OUT/t", "--tensorboard OUT/t2")), what);
    assertArrayEquals(expected, Files.readAllBytes(out), what);
    assertTrue(Files.notExists(checkpoint), what);
  }
}
