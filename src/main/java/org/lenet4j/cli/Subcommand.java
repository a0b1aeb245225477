package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all commands have. */
abstract class Subcommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Option(names = "--json", paramLabel = "FILE",
      description = "Writes the result as JSON; - is standard output, which then gets nothing else.")
  private String json;

  @Option(names = "--verbose", description = "Shows the stack trace of an error.")
  private boolean verbose; // Main looks for it too, because it must know also when the options cannot be parsed

  /** Does the work and returns the exit code. */
  @Override public abstract Integer call() throws IOException;

  /** Where people read how a command goes. */
  final PrintWriter out() {
    return quiet() ? new PrintWriter(Writer.nullWriter()) : answer();
  }

  /** Where people read what it came to. */
  final PrintWriter answer() {
    return json().isStdout() ? err() : spec.commandLine().getOut();
  }

  /** Whether the result alone is to be said. */
  boolean quiet() {
    return false;
  }

  final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  final boolean verbose() {
    return verbose;
  }

  /** The file for JSON. */
  final JsonFile json() {
    return new JsonFile(json, spec.commandLine().getOut());
  }

  /** Wrong options: exit code 2. */
  final ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Does what options say. */
  @FunctionalInterface interface Reading<T> {
    T read() throws IOException;
  }

  /** What options say wrongly is wrong usage. */
  final <T> T usage(Reading<T> reading) throws IOException {
    try {
      return reading.read();
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage());
    }
  }

  /** Throws if two options name the same file; null is none. */
  final void checkDifferent(String option, Path file, String otherOption, Path other) throws IOException {
    boolean both = file != null && other != null;
    boolean exist = both && Files.isRegularFile(file) && Files.isRegularFile(other);
    if (exist && Files.isSameFile(file, other) || both && file.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize())) {
      throw usage(option + " and " + otherOption + " are the same file " + file + "; give one of them another name");
    }
  }
}
