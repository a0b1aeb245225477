package org.lenet4j.file;

import java.io.IOException;
import java.nio.file.InvalidPathException;

/** Names of files as text. */
public final class FileNames {
  private FileNames() {}

  /** An error with the name of the file before it, unless the message has it: what the system says of a failed read has none. */
  public static IOException named(String name, IOException e) {
    return String.valueOf(e.getMessage()).contains(name) ? e : new IOException(name + ": "
        + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()), e);
  }

  /** What a file says, for a message: {@code ?} for each control character, which a terminal would obey. */
  public static String shown(String text) {
    return text.replaceAll("\\p{Cc}", "?");
  }

  /** What is wrong with a name, in one line: mostly that the locale of the process has no such letters. */
  public static String explain(InvalidPathException e) {
    return e.getInput() + ": cannot be the name of a file here (" + e.getReason() + "); if it has letters that are not English, set"
        + " LC_ALL=C.UTF-8 for the process";
  }
}
