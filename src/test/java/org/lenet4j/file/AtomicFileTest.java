package org.lenet4j.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  private static final boolean POSIX = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  @TempDir Path folder;
  private Path file;

  @BeforeEach void name() {
    file = folder.resolve("weights");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private static String failure(Path target, AtomicFile.Content content) {
    String message = assertThrows(IOException.class, () -> AtomicFile.write(target, content)).getMessage();
    assertTrue(message.startsWith("cannot write " + target + ": "), message);
    return message.substring(("cannot write " + target + ": ").length());
  }

  private static AtomicFile.Content text(String text) {
    return out -> out.write(text.getBytes());
  }

  @Test void createsAndReplaces() throws IOException {
    AtomicFile.write(file, text("one"));
    assertEquals("one", Files.readString(file));
    AtomicFile.write(file, text("a second"));
    assertEquals("a second", Files.readString(file));
    AtomicFile.write(file, out -> { });
    assertEquals(0, Files.size(file));
    assertEquals(List.of("weights"), names());
  }

  @Test void aFailureKeepsTheOldFile() throws IOException {
    byte[] old = new byte[300_000];
    Arrays.fill(old, (byte) 7);
    Files.write(file, old);
    String reason = failure(file, out -> {
      out.write(new byte[200_000]); // more than the buffer, so part of it is on the disk
      throw new IOException("No space left on device");
    });
    assertEquals("the disk is full (No space left on device); free some space or choose another folder", reason);
    assertThrows(IllegalStateException.class, () -> AtomicFile.write(file, out -> {
      throw new IllegalStateException();
    }));
    assertThrows(OutOfMemoryError.class, () -> AtomicFile.write(file, out -> {
      throw new OutOfMemoryError();
    }));
    assertArrayEquals(old, Files.readAllBytes(file));
    assertEquals(List.of("weights"), names(), "no temporary file is left");
  }

  @Test void aFailureLeavesNothingWhereNothingWas() throws IOException {
    assertEquals("no", failure(file, out -> {
      throw new IOException("no");
    }));
    assertEquals(List.of(), names());
  }

  @Test void unusableFolders() throws IOException {
    Path missing = folder.resolve("missing");
    assertEquals("the folder " + missing + " does not exist; create it first", failure(missing.resolve("w"), text("")));
    Files.writeString(file, "a file");
    assertEquals(file + " is not a folder; choose another one", failure(file.resolve("w"), text("")));
    assertEquals("it is a folder; give the name of a file", failure(folder, text("")));
    assertEquals(List.of("weights"), names());
  }

  @Test void theRoot() {
    Path root = folder.getRoot();
    assertEquals("it is a folder; give the name of a file", failure(root, text("")));
  }

  @Test void relativeNames() {
    Path bare = Path.of("no-such-folder-of-lenet4j", "w");
    assertEquals("the folder " + bare.toAbsolutePath().getParent() + " does not exist; create it first", failure(bare, text("")));
  }

  @Test void foldersThatTakeNoFiles() {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")));
    String reason = failure(Path.of("/proc/lenet4j-weights"), text("")); // which exactly, the kernel decides; root may not either
    assertTrue(reason.contains("no permission") || reason.contains("read-only"), reason);
  }

  @Test void readOnlyFile() throws IOException {
    Files.writeString(file, "old");
    assumeTrue(file.toFile().setWritable(false) && !Files.isWritable(file), "root may write everything");
    assertEquals("the file or its file system is read-only; change its permissions or choose another name", failure(file, text("new")));
    assertEquals("old", Files.readString(file));
  }

  @Test void readOnlyFolder() {
    assumeTrue(folder.toFile().setWritable(false) && !Files.isWritable(folder), "root may write everywhere");
    assertTrue(failure(file, text("new")).startsWith("no permission to write into the folder " + folder));
    assertTrue(folder.toFile().setWritable(true));
  }

  @Test void aFullDevice() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    assertEquals("the disk is full (No space left on device); free some space or choose another folder", failure(full, text("x")));
    assertTrue(Files.exists(full) && !Files.isRegularFile(full), "the device is still one");
  }

  @Test void aDeviceIsNotReplaced() throws IOException {
    Path sink = Path.of("/dev/null");
    assumeTrue(Files.exists(sink));
    AtomicFile.write(sink, text("x"));
    assertFalse(Files.isRegularFile(sink));
  }

  @Test void aFullDisk() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString()), "may not mount a small disk here");
    try {
      Path target = disk.resolve("weights");
      byte[] old = new byte[100_000];
      AtomicFile.write(target, out -> out.write(old));
      String reason = failure(target, out -> {
        for (int i = 0; i < 100; i++) {
          out.write(new byte[10_000]);
        }
      });
      assertEquals("the disk is full (No space left on device); free some space or choose another folder", reason);
      assertArrayEquals(old, Files.readAllBytes(target));
      try (Stream<Path> files = Files.list(disk)) {
        assertEquals(1, files.count(), "no temporary file is left");
      }
      assertTrue(run("mount", "-o", "remount,ro", disk.toString()));
      assertTrue(failure(target, text("x")).contains("read-only"), "a file there");
      assertEquals("the file system is read-only; choose another folder", failure(disk.resolve("new"), text("x")));
    } finally {
      assertTrue(run("umount", disk.toString()));
    }
  }

  private static boolean run(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false; // no such command
    }
  }

  @Test void linksStayLinks() throws IOException {
    assumeTrue(POSIX);
    Path sub = Files.createDirectory(folder.resolve("sub"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("sub/real"));
    AtomicFile.write(link, text("through a link to nothing yet"));
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("through a link to nothing yet", Files.readString(sub.resolve("real")));
    AtomicFile.write(link, text("again"));
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("again", Files.readString(sub.resolve("real")));
    Path a = Files.createSymbolicLink(folder.resolve("a"), Path.of("b"));
    Files.createSymbolicLink(folder.resolve("b"), Path.of("a"));
    assertEquals("too many symbolic links, they go in a circle; remove them", failure(a, text("x")));
  }

  @Test void permissions() throws IOException {
    assumeTrue(POSIX);
    Path plain = Files.createFile(folder.resolve("plain"));
    AtomicFile.write(file, text("x"));
    assertEquals(Files.getPosixFilePermissions(plain), Files.getPosixFilePermissions(file), "as of any new file");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    AtomicFile.write(file, text("y"));
    assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)), "kept");
  }

  @Test void aLongName() throws IOException {
    Path named = folder.resolve("n".repeat(255));
    AtomicFile.write(named, text("x"));
    assertEquals("x", Files.readString(named));
  }

  @Test void readersSeeTheOldFileOrTheNewOne() throws Exception {
    int size = 100_000;
    AtomicFile.write(file, fill(0, size));
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService readers = Executors.newFixedThreadPool(2);
    try {
      List<Future<Integer>> reads = Stream.generate(() -> readers.submit(() -> {
        int count = 0;
        while (!done.get()) {
          byte[] seen = Files.readAllBytes(file);
          assertEquals(size, seen.length);
          for (byte b : seen) {
            assertEquals(seen[0], b);
          }
          count++;
        }
        return count;
      })).limit(2).toList();
      for (int i = 1; i <= 100; i++) {
        AtomicFile.write(file, fill(i, size));
      }
      done.set(true);
      for (Future<Integer> read : reads) {
        assertTrue(read.get(30, TimeUnit.SECONDS) > 0);
      }
    } finally {
      done.set(true);
      readers.shutdownNow();
    }
    assertEquals(List.of("weights"), names());
  }

  @Test void writersDoNotMixTheirBytes() throws Exception {
    ExecutorService writers = Executors.newFixedThreadPool(3);
    try {
      List<Future<?>> writes = new ArrayList<>();
      for (int i = 1; i <= 30; i++) {
        int value = i;
        writes.add(writers.submit(() -> {
          AtomicFile.write(file, fill(value, 10_000));
          return null;
        }));
      }
      for (Future<?> write : writes) {
        write.get(30, TimeUnit.SECONDS);
      }
    } finally {
      writers.shutdownNow();
    }
    byte[] bytes = Files.readAllBytes(file);
    byte[] expected = new byte[10_000];
    Arrays.fill(expected, bytes[0]);
    assertArrayEquals(expected, bytes);
    assertEquals(List.of("weights"), names());
  }

  private static AtomicFile.Content fill(int value, int size) {
    return (OutputStream out) -> {
      for (int i = 0; i < size; i++) {
        out.write(value);
      }
    };
  }
}
