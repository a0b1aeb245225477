package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.file.FileIdentity;
import org.lenet4j.file.OwnFile;

/** The checkpoint file of a run, if there is to be one. If the run is interrupted, it says how to continue. */
final class Checkpoints implements AutoCloseable {
  /** In place of a file: no checkpoint. */
  static final String NONE = "none";

  private final String command;
  private final Path file; // null for none
  private final PrintWriter err;
  private final Thread atExit = new Thread(this::interrupted);
  private FileIdentity written; // what this run has written there, or continues from; null if nothing
  private boolean stopped;

  /**
   * Nothing is written yet.
   *
   * @param command the command that continues the run with {@code --resume}
   * @param file    null for no checkpoint
   * @param written whether the file is one of this very run already, because it was resumed from
   */
  Checkpoints(String command, Path file, boolean written, PrintWriter err) throws IOException {
    this.command = command;
    this.file = file;
    this.written = written ? FileIdentity.of(file) : null;
    this.err = err;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** What is written. */
  @FunctionalInterface interface Content {
    void save(Path file) throws IOException;
  }

  /**
   * The file that was asked for.
   *
   * @param given what the option says, or null
   * @param out   the weights, beside which it lies by default
   * @return null for no checkpoint: beside what is no file, like a device, there is none by default
   */
  static Path file(Path given, Path out) {
    if (given == null) {
      return Files.exists(out) && !Files.isRegularFile(out) ? null : Path.of(out + ".ckpt");
    }
    return given.toString().equals(NONE) ? null : given;
  }

  /** Throws unless such a file could be written, kept and removed. */
  static void check(Path file) throws IOException {
    if (file != null && Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
      throw new IOException("cannot keep a checkpoint in " + file + ": it is no regular file; --checkpoint " + NONE + " keeps none");
    }
    if (file != null) {
      OwnFile.CHECKPOINT.check(file);
    }
  }

  /** Replaces the file. Its folder was there when the run began: if somebody has deleted it since, that must not end the run. */
  synchronized void save(Content checkpoint) throws IOException {
    if (file != null && !stopped) {
      AtomicFile.restoreFolder(file);
      checkpoint.save(file);
      written = FileIdentity.of(file);
    }
  }

  /** The run is complete. What another run has written there since stays. */
  synchronized void remove() throws IOException {
    if (written != null) {
      written.delete();
      written = null;
    }
  }

  /** An error, with how to continue where that is possible. */
  IOException explain(IOException e) {
    String hint = hint();
    return hint.isEmpty() ? e : new IOException(e.getMessage() + "; " + hint, e);
  }

  private synchronized String hint() {
    return written != null && written.isThere() ? "the finished epochs are kept, continue with: lenet4j " + command + " --resume " + file
        : written != null ? "the finished epochs are lost: " + file + " is not there any more, or another run's" : "";
  }

  /** Ctrl-C: a checkpoint that is being written is finished first, and no other begun. */
  private synchronized void interrupted() {
    stopped = true;
    if (Terminal.ofErrors() != null) {
      err.println(); // below the bar
    }
    err.println("interrupted; " + (written != null ? hint() : file == null ? "there is no checkpoint" : "no epoch was finished"));
    err.flush();
  }

  @Override public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // the virtual machine is going down: the hook has its turn
    }
  }
}
