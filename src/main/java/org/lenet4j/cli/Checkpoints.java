package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** The checkpoint file of a run. If the run is interrupted, it says how to continue. */
final class Checkpoints implements AutoCloseable {
  private final String command;
  private final Path file;
  private final PrintWriter err;
  private final Thread atExit = new Thread(this::interrupted);
  private boolean written;
  private boolean stopped;

  /**
   * Nothing is written yet.
   *
   * @param command the command that continues the run with {@code --resume}
   * @param written whether the file is one of this very run already, because it was resumed from
   */
  Checkpoints(String command, Path file, boolean written, PrintWriter err) {
    this.command = command;
    this.file = file;
    this.written = written;
    this.err = err;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** What is written. */
  @FunctionalInterface interface Content {
    void save(Path file) throws IOException;
  }

  /** Replaces the file. */
  synchronized void save(Content checkpoint) throws IOException {
    if (!stopped) {
      checkpoint.save(file);
      written = true;
    }
  }

  /** The run is complete. */
  synchronized void remove() throws IOException {
    if (written) {
      Files.deleteIfExists(file);
      written = false;
    }
  }

  /** An error, with how to continue where that is possible. */
  IOException explain(IOException e) {
    String hint = hint();
    return hint.isEmpty() ? e : new IOException(e.getMessage() + "; " + hint, e);
  }

  private synchronized String hint() {
    return written ? "the finished epochs are kept, continue with: lenet4j " + command + " --resume " + file : "";
  }

  /** Ctrl-C: a checkpoint that is being written is finished first, and no other begun. */
  private synchronized void interrupted() {
    stopped = true;
    if (Progress.isTerminal()) {
      err.println(); // below the bar
    }
    err.println("interrupted; " + (written ? hint() : "no epoch was finished"));
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
