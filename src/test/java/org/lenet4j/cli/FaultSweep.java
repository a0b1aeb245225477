package org.lenet4j.cli;

import java.awt.BasicStroke;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.lenet4j.Checkpoint;
import org.lenet4j.file.Json;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.tune.TuningCheckpoint;

/**
 * Runs commands again and again, and lets another file call of theirs fail each time. Then each file is the old one or the new one as a
 * whole, what says that it succeeded did, and what failed says in a line which file it was and what to do. A program: the calls of its
 * own process are those that fail.
 */
final class FaultSweep {
  /** What fails: errors by their number on Linux. */
  private static final Map<String, Integer> ERRORS = new LinkedHashMap<>();

  static {
    ERRORS.put("ENOSPC", 28);
    ERRORS.put("EIO", 5);
    ERRORS.put("EACCES", 13);
    ERRORS.put("EROFS", 30);
    ERRORS.put("EDQUOT", 122);
    ERRORS.put("EMFILE", 24);
    ERRORS.put("ENOENT", 2);
    ERRORS.put("ESTALE", 116);
    ERRORS.put("SHORT", 0);
  }

  private static final Pattern TEMPORARY = Pattern.compile("\\.lenet4j-.*\\.tmp");
  private static final Pattern REMEDY = Pattern.compile(".*[;,] .*\\b(choose|free|change|give|check|copy|create|remove|close|allow|download"
      + "|take|continue|try)\\b.*|.*: no such file");

  private final Path folder;
  private final FaultPlan plan;
  private final Map<String, Map<String, byte[]>> good = new TreeMap<>(); // what each command leaves
  private final List<String> wrong = new ArrayList<>();
  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private int faults;

  /** A command, and what it writes in {@code out}. */
  private record Work(String name, String line, Map<String, Predicate<byte[]>> outputs) {}

  private FaultSweep(Path folder, Path plan) throws IOException {
    this.folder = folder;
    this.plan = new FaultPlan(plan);
  }

  /** {@code FaultSweep FOLDER PLAN EVERY SECONDS}: of each command every so many calls, and no more after so many seconds. */
  public static void main(String[] args) throws IOException {
    FaultSweep sweep = new FaultSweep(Path.of(args[0]), Path.of(args[1]));
    sweep.prepare();
    sweep.run(Integer.parseInt(args[2]), System.nanoTime() + Long.parseLong(args[3]) * 1_000_000_000);
    System.out.println(sweep.faults + " faults, " + sweep.wrong.size() + " wrong");
    System.exit(sweep.wrong.isEmpty() ? 0 : 1);
  }

  private static List<Work> works() {
    Predicate<byte[]> json = bytes -> {
      try {
        return Json.parse(new String(bytes, StandardCharsets.UTF_8)) != null;
      } catch (IOException e) {
        return false;
      }
    };
    Predicate<byte[]> svg = bytes -> new String(bytes, StandardCharsets.UTF_8).strip().endsWith("</svg>");
    Predicate<byte[]> page = bytes -> new String(bytes, StandardCharsets.UTF_8).strip().endsWith("</html>");
    return List.of(
        new Work("train", "train --data IN/data --epochs 2 --batch-size 16 --threads 1 --out OUT/w --json OUT/j",
            outputs("w", null, "j", json)),
        new Work("resume", "train --resume IN/ckpt --out OUT/w --checkpoint OUT/w.ckpt --threads 1 --json OUT/j",
            outputs("w", null, "j", json)),
        new Work("finetune", "finetune --from IN/net --data IN/photos --replay IN/data --epochs 1 --threads 1 --out OUT/w --json OUT/j"
            + " --force", // ovals are no digits
            outputs("w", null, "j", json)),
        new Work("report", "train --data IN/data --epochs 1 --batch-size 16 --threads 1 --out OUT/w --report OUT/r --tensorboard OUT/t"
            + " --force", // one epoch learns little
            outputs("w", null, "r/index.html", page, "r/loss.svg", svg)),
        new Work("export", "export --from IN/net --onnx OUT/o --json OUT/j", outputs("o", null, "j", json)),
        // with its errors in it
        new Work("predict", "predict --from IN/net IN/photos/3 IN/photos/4 --threads 1 --json OUT/j", outputs("j", json)),
        new Work("evaluate", "evaluate --from IN/net --data IN/data --threads 1 --json OUT/j", outputs("j", json)));
  }

  private static Map<String, Predicate<byte[]>> outputs(Object... pairs) {
    Map<String, Predicate<byte[]>> outputs = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      @SuppressWarnings("unchecked") Predicate<byte[]> whole = (Predicate<byte[]>) pairs[i + 1]; // null: the same bytes each time
      outputs.put((String) pairs[i], whole);
    }
    return outputs;
  }

  private void prepare() throws IOException {
    Path in = Files.createDirectories(folder.resolve("in"));
    Cli.data(in.resolve("data"), 48, 16);
    LeNet5.pretrained().save(in.resolve("net"));
    for (int digit = 0; digit < 10; digit++) {
      Path photos = Files.createDirectories(in.resolve("photos/" + digit));
      for (int n = 0; n < 2; n++) {
        BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D g = image.createGraphics();
        g.setStroke(new BasicStroke(3));
        g.drawOval(6 + n, 5 + digit / 3, 6 + digit, 16);
        g.dispose();
        ImageIO.write(image, "png", photos.resolve(n + ".png").toFile());
      }
    }
    clear(false);
    plan.begin(FaultPlan.CHANGES, 0, false, FaultPlan.Action.FAIL, 0);
    run(works().get(0));
    long all = plan.count();
    for (long at = all; Files.notExists(in.resolve("ckpt")); at--) { // the checkpoint of a run that failed after its first epoch
      clear(false);
      plan.begin(FaultPlan.CHANGES, at, true, FaultPlan.Action.FAIL, ERRORS.get("EIO"));
      run(works().get(0));
      plan.end();
      Path left = folder.resolve("out/w.ckpt");
      if (Files.exists(left) && Checkpoint.load(left).epoch() == 1) {
        Files.copy(left, in.resolve("ckpt"));
      }
    }
  }

  /** An empty folder for what is written, or one with earlier files. */
  private void clear(boolean old) throws IOException {
    Path out = folder.resolve("out");
    if (Files.exists(out)) {
      try (Stream<Path> all = Files.walk(out)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.createDirectories(out);
    if (old) {
      Files.createDirectories(out.resolve("r"));
      for (String name : List.of("w", "j", "o", "r/index.html", "r/loss.svg")) {
        Files.write(out.resolve(name), earlier(name));
      }
    }
  }

  /** Of ours by how it begins, so that it may be replaced; none but the weights is whole. */
  private byte[] earlier(String name) throws IOException {
    String begin = switch (name) {
      case "j" -> "{\"command\": ";
      case "o" -> "lenet4j";
      case "r/index.html" -> "<!DOCTYPE html>lenet4j";
      default -> "<svg lenet4j";
    };
    return name.equals("w") ? Files.readAllBytes(folder.resolve("in/net")) : begin.getBytes(StandardCharsets.UTF_8);
  }

  private Cli run(Work work) {
    String line = work.line.replace("IN/", folder + "/in/").replace("OUT/", folder + "/out/");
    Thread running = Thread.currentThread();
    ScheduledFuture<?> alarm = clock.schedule(() -> {
      System.out.println("WRONG " + plan.call() + " of " + plan.path() + ": " + work.name + " has no end");
      List.of(running.getStackTrace()).forEach(at -> System.out.println("  at " + at));
      System.exit(1);
    }, 120, TimeUnit.SECONDS);
    Cli run = Cli.run((Object[]) line.split(" "));
    alarm.cancel(false);
    plan.end();
    return run;
  }

  private void run(int every, long end) throws IOException {
    List<Work> works = works();
    for (Work work : works) {
      long share = System.nanoTime() + (end - System.nanoTime()) / (works.size() - works.indexOf(work));
      clear(false);
      plan.begin(FaultPlan.ALL, 0, false, FaultPlan.Action.FAIL, 0);
      Cli whole = run(work);
      long calls = plan.count();
      if (whole.exitCode() != 0) {
        throw new AssertionError(work.name + ": " + whole.err());
      }
      Map<String, byte[]> made = new TreeMap<>();
      for (String name : work.outputs.keySet()) {
        made.put(name, Files.readAllBytes(folder.resolve("out").resolve(name)));
      }
      good.put(work.name, made);
      int before = faults;
      List<String> errors = List.copyOf(ERRORS.keySet());
      for (int i = 0; i < calls * errors.size() * 2 && System.nanoTime() < share; i += every) {
        fault(work, 1 + i / 2 / errors.size(), errors.get(i / 2 % errors.size()), i % 2 == 1);
      }
      System.out.println(work.name + ": " + calls + " calls, " + (faults - before) + " faults");
    }
  }

  private void fault(Work work, int at, String error, boolean sticky) throws IOException {
    boolean old = at % 2 == 0;
    clear(old);
    boolean isShort = error.equals("SHORT");
    plan.begin(FaultPlan.ALL, at, sticky, isShort ? FaultPlan.Action.SHORT : FaultPlan.Action.FAIL, ERRORS.get(error));
    Cli run = run(work);
    boolean gone = error.equals("ENOENT") && plan.call().equals("unlink"); // what is to go is gone: no fault
    if (!plan.hasHit() || gone) {
      return; // or fewer calls this time: threads
    }
    faults++;
    String what = work.name + ", call " + at + (sticky ? " and all after: " : ": ") + plan.call() + " of " + folder.relativize(plan.path())
        + " " + error + ", exit code " + run.exitCode() + ": ";
    files(what, work, old, run.exitCode() == 0);
    if (isShort && run.exitCode() != 0) {
      say(what + "half a read or write is no fault: " + run.err().strip());
    } else if (run.exitCode() != 0) {
      message(what, run.err().strip(), sticky);
    }
  }

  private void files(String what, Work work, boolean old, boolean done) throws IOException {
    Path out = folder.resolve("out");
    for (Map.Entry<String, Predicate<byte[]>> output : work.outputs.entrySet()) {
      String name = output.getKey();
      Path file = out.resolve(name);
      byte[] before = old ? earlier(name) : null;
      byte[] now = Files.exists(file) ? Files.readAllBytes(file) : null;
      boolean isNew = now != null && (output.getValue() != null ? output.getValue().test(now)
          : Arrays.equals(now, good.get(work.name).get(name)));
      if (!isNew && (done || !Arrays.equals(now, before))) {
        say(what + name + (now == null ? " is not there" : " is neither the old nor the new one"));
      }
    }
    Path checkpoint = out.resolve("w.ckpt");
    if (Files.exists(checkpoint)) {
      if (work.name.equals("finetune")) {
        TuningCheckpoint.load(checkpoint);
      } else {
        Checkpoint.load(checkpoint);
      }
      if (done) {
        say(what + "the checkpoint is left");
      }
    }
    boolean cleaning = plan.call().equals("unlink");
    try (Stream<Path> all = Files.walk(out)) {
      all.filter(path -> TEMPORARY.matcher(path.getFileName().toString()).matches() && !cleaning)
          .forEach(path -> say(what + "a temporary file is left"));
    }
  }

  /** Each line of a command that failed is for people. */
  private void message(String what, String said, boolean sticky) {
    boolean named = false;
    Path hit = plan.path();
    boolean temporary = TEMPORARY.matcher(hit.getFileName().toString()).matches();
    Path name = temporary ? hit.getParent() : hit.startsWith(folder.resolve("in/photos")) ? folder.resolve("in/photos") : hit;
    for (String line : said.split("\n")) { // of many pictures the first are named
      named |= line.contains(name.toString()) || sticky && line.contains(folder.toString()); // perhaps a later call was noticed
      if (line.contains("Exception") || line.contains("unexpected") || line.startsWith("\tat")) {
        say(what + "not for people: " + line);
        return;
      }
    }
    if (!named) {
      say(what + "the file is not named: " + said);
    } else if (!REMEDY.matcher(said.replace('\n', ' ')).matches()) {
      say(what + "no remedy: " + said);
    }
  }

  private void say(String fault) {
    wrong.add(fault);
    System.out.println("WRONG " + fault);
  }
}
