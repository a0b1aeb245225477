package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.file.Json;
import org.lenet4j.file.OwnFile;

/**
 * The JSON result of a command.
 *
 * @param name   the name of a file, {@code -} for standard output, or null if not wanted
 * @param stdout standard output
 */
record JsonFile(String name, PrintWriter stdout) {
  /** Whether there is to be any. */
  boolean isWanted() {
    return name != null;
  }

  /** Whether standard output is for JSON alone. */
  boolean isStdout() {
    return "-".equals(name);
  }

  /** The file, or null if there is none. */
  Path file() {
    return name == null || isStdout() ? null : Path.of(name);
  }

  /** Throws unless the file could be written now. */
  void check() throws IOException {
    if (file() != null) {
      OwnFile.JSON.check(file());
    }
  }

  /** Writes a value as a whole, if the file is wanted. */
  void write(Supplier<Object> value) throws IOException {
    if (isStdout()) {
      stdout.print(Json.lines(value.get()));
      stdout.flush();
    } else if (name != null) {
      AtomicFile.write(file(), out -> out.write(Json.lines(value.get()).getBytes(StandardCharsets.UTF_8)));
    }
  }
}
