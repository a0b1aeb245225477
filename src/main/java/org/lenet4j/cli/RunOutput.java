package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lenet4j.Metrics;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.file.Input;
import org.lenet4j.file.OwnFile;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.ModelFile;
import org.lenet4j.report.Table;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The weights that a run writes: where, and what becomes of those that are there. */
final class RunOutput {
  /** The note of the command in a file of weights. */
  static final String COMMAND = "command";

  private static final int MOST_KEPT = 9999; // of others' weights, under numbers

  private final String usual;

  @Spec(Spec.Target.MIXEE) private CommandSpec command;

  @Option(names = "--out", paramLabel = "FILE", description = "The weights (train: lenet5.safetensors, finetune: finetuned.safetensors;"
      + " under these names those of another run are kept as lenet5-1.safetensors and so on, under others they are replaced).")
  private Path out;

  @Option(names = "--force", description = "Replaces weights that are there, and even by those that do no better than guessing.")
  private boolean force;

  @Option(names = "--quiet", description = "Says the result alone, and what is amiss.")
  private boolean quiet;

  private String made; // the command of this run
  private boolean kept; // whether weights that are there get another name
  private boolean replaces; // whether they are lost

  /** With the name that the file has by default. */
  RunOutput(String usual) {
    this.usual = usual;
  }

  Path out() {
    return out == null ? Path.of(usual) : out;
  }

  boolean quiet() {
    return quiet;
  }

  /**
   * Finds now, not after an hour of training, that the file cannot be written, and says what it will replace.
   *
   * @param made the command of this run: weights that it made before are no loss
   */
  void check(String made, PrintWriter told) throws IOException {
    OwnFile.WEIGHTS.check(out());
    this.made = made;
    if (!Files.isRegularFile(out()) || force) {
      return;
    }
    Model there = weights(out());
    if (there != null && made.equals(there.metadata().get(COMMAND))) {
      return;
    }
    kept = out().getFileName().toString().equals(usual);
    replaces = !kept;
    String what = out() + ", " + (there == null ? "which holds no weights" : describe(there));
    told.println(kept ? "there is " + what + "; that will be kept as " + free() : "this will replace " + what);
  }

  /** Null if the file holds none. */
  private static Model weights(Path file) {
    try {
      return ModelFile.read(file).model();
    } catch (IOException e) {
      return null;
    }
  }

  /** What weights are, in a few words. */
  static String describe(Model model) {
    String data = model.metadata().get("data");
    String accuracy = model.metadata().get("test_accuracy");
    return (data == null ? "weights of " + model.parameterCount() + " parameters" : "weights trained on " + data)
        + (accuracy == null ? "" : ", test accuracy " + Table.percent(Double.parseDouble(accuracy)));
  }

  /** A name beside the file's that is free: lenet5-1.safetensors. */
  private Path free() throws IOException {
    String name = out().getFileName().toString();
    int dot = name.lastIndexOf('.') < 0 ? name.length() : name.lastIndexOf('.');
    for (int i = 1; i <= MOST_KEPT; i++) {
      Path other = out().resolveSibling(name.substring(0, dot) + "-" + i + name.substring(dot));
      if (Files.notExists(other)) {
        return other;
      }
    }
    throw new IOException("cannot keep " + out() + ": no name from " + name.substring(0, dot) + "-1 to -" + MOST_KEPT + " is free, or the"
        + " folder cannot be read; remove some, or choose another name with --out");
  }

  /**
   * Says if the run has come to nothing.
   *
   * @param measured what it came to
   * @param rate     its learning rate
   * @throws IllegalStateException if weights of another run would be lost for it
   */
  void checkWorth(Metrics measured, float rate, PrintWriter err) {
    if (force || !measured.isGuessing()) {
      return;
    }
    String said = Table.format("the run ended no better than guessing (accuracy %.2f%%, loss %.3g)", 100 * measured.accuracy(),
        measured.loss());
    String advice = Table.format("try another --lr than %s, mostly a tenth", rate);
    if (replaces) {
      throw new IllegalStateException(said + ", so " + out() + " is not replaced; " + advice + ", or --force to write it all the same");
    }
    err.println(said + "; " + advice);
  }

  /** Writes the weights, with the command that makes them again. */
  void save(Model model) throws IOException {
    model.metadata().put(COMMAND, made);
    if (kept && Files.isRegularFile(out())) {
      byte[] other = Input.bytes(out());
      AtomicFile.write(free(), file -> file.write(other)); // whole before the other is replaced
    }
    AtomicFile.restoreFolder(out());
    model.save(out());
  }
}
