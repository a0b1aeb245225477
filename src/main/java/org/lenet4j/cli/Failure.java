package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import org.lenet4j.DeviceUnavailableException;
import org.lenet4j.DivergedException;
import org.lenet4j.backend.NativeException;
import org.lenet4j.file.FileNames;
import org.lenet4j.file.Input;

/** How a command ends that did not succeed: one line that says what was wrong and what to do, and an exit code. */
final class Failure {
  /** Wrong usage. */
  static final int USAGE = 2;
  /** Any other failure. */
  static final int OTHER = 1;

  private Failure() {}

  /** Reports what a command threw. */
  static int report(PrintWriter err, String command, Throwable e, boolean verbose) {
    boolean trains = command.endsWith(" train") || command.endsWith(" finetune"); // the others have no batches to choose
    String smaller = trains ? "a smaller --batch-size or " : "";
    boolean threads = e instanceof OutOfMemoryError && String.valueOf(e.getMessage()).contains("native thread"); // the JVM's words
    String line = threads ? "the system starts no more threads; raise the limit of this user or container (ulimit -u, pids.max)"
        : e instanceof OutOfMemoryError ? "out of memory (" + e.getMessage() + "); use " + smaller
        + "less data, or give Java more: " + moreMemory() : message(e);
    return report(err, OTHER, command + ": " + line, e, verbose);
  }

  /** How the virtual machine gets twice the memory that it has, or 4 GB if that is more. */
  static String moreMemory() {
    return "LENET4J_JAVA_OPTS=-Xmx" + Math.max(4, 2 * Runtime.getRuntime().maxMemory() >> 30) + "g";
  }

  /** Writes the line, with {@code verbose} the stack trace as well, and returns the exit code. */
  static int report(PrintWriter err, int exitCode, String line, Throwable e, boolean verbose) {
    err.println(Advice.addTo(line).strip().replaceAll("\\s*[\\r\\n]+\\s*", " "));
    if (verbose) {
      e.printStackTrace(err);
    }
    err.flush();
    return exitCode;
  }

  private static String message(Throwable e) {
    if (e instanceof FileSystemException f) {
      return f.getFile() + ": " + Input.reason(f);
    }
    if (e instanceof UncheckedIOException u) { // of a folder whose entries are read one by one
      return message(u.getCause());
    }
    if (e instanceof InvalidPathException p) {
      return FileNames.explain(p);
    }
    if (e instanceof InternalError && String.valueOf(e.getMessage()).contains("unsafe memory access")) { // so the JVM says it
      return "a file that was mapped into memory became shorter while it was in use, or its disk failed; leave it as it is and begin again";
    }
    boolean ours = e instanceof IOException || e instanceof DivergedException || e instanceof DeviceUnavailableException
        || e instanceof NativeException || e instanceof IllegalArgumentException || e instanceof IllegalStateException;
    if (ours && e.getMessage() != null) {
      return e.getMessage(); // these say what to do
    }
    return "unexpected " + e + "; --verbose shows where, please report it";
  }
}
