package org.lenet4j.cli;

import java.io.File;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** What {@code src/test/native/files/faults.c} is to do to the file calls of a process: the other side of its {@code struct plan}. */
final class FaultPlan {
  static final int CHANGES = 1; // calls that change something on the disk
  static final int ALL = 3;
  private static final int SIZE = 7 * Long.BYTES + 16 + 1024;
  private static final int NAME = 7 * Long.BYTES;
  private static final int PATH = NAME + 16;

  private final Path file;
  private final MappedByteBuffer memory;

  /** What happens to a call. */
  enum Action { FAIL, SHORT, KILL, TORN, KEEP }

  /** A plan in a file, which hits nothing yet. */
  FaultPlan(Path file) throws IOException {
    this.file = file;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE);
    }
    memory.order(ByteOrder.nativeOrder());
  }

  /**
   * From now on.
   *
   * @param calls  which count
   * @param at     the one that is hit, from 1; 0 for none
   * @param sticky whether all after it are hit too
   * @param error  an errno, for {@link Action#FAIL}
   */
  void begin(int calls, long at, boolean sticky, Action action, int error) {
    long[] values = {0, at, sticky ? 1 : 0, action.ordinal(), error, 0, 0};
    for (int i = 0; i < values.length; i++) {
      memory.putLong(i * Long.BYTES, values[i]);
    }
    memory.putLong(0, calls); // last: it begins
  }

  void end() {
    memory.putLong(0, 0);
  }

  long count() {
    return memory.getLong(5 * Long.BYTES);
  }

  boolean hasHit() {
    return memory.getLong(6 * Long.BYTES) > 0;
  }

  /** The call that was hit. */
  String call() {
    return text(NAME, 16);
  }

  Path path() {
    return Path.of(text(PATH, 1024));
  }

  private String text(int at, int most) {
    byte[] bytes = new byte[most];
    memory.get(at, bytes);
    int length = 0;
    while (bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** Puts a process under this plan, as far as files in a folder go. */
  void addTo(ProcessBuilder builder, Path library, Path folder) {
    builder.environment().putAll(Map.of("LD_PRELOAD", library.toString(), "LENET4J_FAULT_PLAN", file.toString(),
        "LENET4J_FAULT_FOLDER", folder.toString()));
  }

  /** Builds the library in a folder; without a C compiler the test is skipped. */
  static Path build(Path folder) throws IOException, InterruptedException {
    Assumptions.assumeTrue(System.getProperty("os.name").equals("Linux"), "LD_PRELOAD is Linux's");
    Path library = folder.resolve("libfaults.so");
    Process gcc;
    try {
      gcc = new ProcessBuilder("gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", library.toString(),
          "src/test/native/files/faults.c", "-ldl").redirectErrorStream(true).redirectOutput(new File(folder.toFile(), "gcc")).start();
    } catch (IOException e) {
      Assumptions.abort("no gcc: file calls cannot be made to fail");
      throw e;
    }
    if (gcc.waitFor() != 0) {
      throw new AssertionError(Files.readString(folder.resolve("gcc")));
    }
    return library;
  }
}
