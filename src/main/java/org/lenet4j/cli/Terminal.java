package org.lenet4j.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** How wide the terminal is, also after somebody has changed that. */
final class Terminal {
  private static final long ASK_NANOS = 1_000_000_000;

  private final IntSupplier ask;
  private final LongSupplier clock;
  private int columns;
  private long asked;

  /**
   * Begins with a width, and asks for it anew each second.
   *
   * @param ask what answers with 0 where it does not know
   */
  Terminal(int columns, IntSupplier ask, LongSupplier clock) {
    this.columns = columns;
    this.ask = ask;
    this.clock = clock;
    asked = clock.getAsLong();
  }

  /** That of standard error, or null if it is none. The launcher says so: Java cannot tell for standard error alone. */
  static Terminal ofErrors() {
    int columns = Integer.getInteger("lenet4j.terminal", 0);
    return columns > 0 ? new Terminal(columns, Terminal::stty, System::nanoTime) : null;
  }

  int columns() {
    long now = clock.getAsLong();
    if (now - asked >= ASK_NANOS) {
      asked = now;
      int answer = ask.getAsInt();
      columns = answer > 0 ? answer : columns;
    }
    return columns;
  }

  /** Java has no call for it; this is what the launcher does, and takes some milliseconds. */
  private static int stty() {
    try {
      Process stty = new ProcessBuilder("stty", "size").redirectInput(new File("/dev/tty")).redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
      String[] size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip().split(" "); // rows and columns
      return size.length == 2 ? Integer.parseInt(size[1]) : 0;
    } catch (IOException | NumberFormatException e) { // no such program, no such file
      return 0;
    }
  }
}
