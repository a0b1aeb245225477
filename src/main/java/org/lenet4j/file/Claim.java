package org.lenet4j.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * A run's claim on the files that it will write, so that no two runs write over each other's: a lock of the operating system on a hidden
 * file beside each of them. It ends with {@link #close} or with the process, however that ends; a file that is left behind claims nothing.
 */
public final class Claim implements AutoCloseable {
  // A lock belongs to the process, and closing any channel of the file ends it: so a second claim of this process must not open the file.
  private static final Set<Path> HERE = new HashSet<>();

  private static final int TRIES = 100; // each but the last has met another run that came or went at that moment

  private final Deque<Held> held = new ArrayDeque<>();
  private final Thread atExit = new Thread(this::giveBack); // Ctrl-C leaves nothing behind

  /** One of the files that say so. */
  private record Held(Path lock, FileChannel channel) {}

  private Claim() {
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /**
   * Claims files, which need not be there yet; their folders are. What is no regular file, such as a device, is nobody's; a null is none.
   *
   * @param files null is none
   * @throws IOException if another run has one of them, or its folder cannot be written; the message names the file and what to do
   */
  public static Claim of(Path... files) throws IOException {
    Claim claim = new Claim();
    try {
      for (Path file : files) {
        Path target = file == null ? null : AtomicFile.followLinks(file);
        if (target != null && !AtomicFile.isSpecial(target)) {
          claim.take(file, target.getParent().toRealPath().resolve(AtomicFile.BEGIN + name(target) + ".lock"));
        }
      }
      return claim;
    } catch (IOException | RuntimeException | Error e) {
      claim.close();
      throw e;
    }
  }

  /** That of the file, or a short one for it: names have at most 255 bytes. */
  private static String name(Path target) {
    String name = target.getFileName().toString();
    return name.length() <= 60 ? name : Integer.toHexString(name.hashCode());
  }

  private void take(Path file, Path lock) throws IOException {
    synchronized (HERE) {
      if (!HERE.add(lock)) {
        throw taken(file, "this process");
      }
    }
    FileChannel channel = null;
    try {
      for (int i = 0; channel == null; i++) {
        if (i == TRIES) {
          throw new IOException("cannot write " + file + ": " + lock + " does not stay there; check the disk or the connection to it, and"
              + " try again");
        }
        channel = open(file, lock);
      }
      held.push(new Held(lock, channel));
    } catch (IOException e) {
      throw Input.isOfSystem(e) ? AtomicFile.explain(lock, e) : e;
    } finally {
      if (channel == null) {
        forget(lock);
      }
    }
  }

  /** A channel that has the lock; null if somebody took the file away meanwhile. */
  private static FileChannel open(Path file, Path lock) throws IOException {
    Object before = key(lock);
    FileChannel channel;
    try {
      channel = before == null ? FileChannel.open(lock, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)
          : FileChannel.open(lock, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException | NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new IOException("cannot write " + file + ": " + lock + " is somebody else's (" + e.getMessage() + "); wait until his run has"
          + " ended, or choose another name", e);
    }
    try {
      Object mine = before == null ? key(lock) : before;
      if (!lock(channel)) {
        throw taken(file, "the process " + read(channel));
      }
      if (mine != null && mine.equals(key(lock))) { // else the last one deleted it before it let the lock go
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
        FileChannel ours = channel;
        channel = null;
        return ours;
      }
      return null;
    } finally {
      if (channel != null) {
        channel.close();
      }
    }
  }

  private static boolean lock(FileChannel channel) {
    try {
      return channel.tryLock(Long.MAX_VALUE - 1, 1, false) != null; // not of the bytes, which others read
    } catch (IOException e) {
      return true; // some network file systems have no locks: then a claim is as much as nothing, but training is possible
    }
  }

  /** What tells a file from another one of the same name; null if there is none. */
  private static Object key(Path lock) throws IOException {
    try {
      return Objects.requireNonNullElse(Files.readAttributes(lock, BasicFileAttributes.class).fileKey(), lock); // Windows has no keys
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(20);
    channel.read(pid, 0);
    return new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII);
  }

  private static IOException taken(Path file, String by) {
    return new IOException(file + ": another run, of " + by + ", writes it; wait until that one has ended, or choose another name");
  }

  private static void forget(Path lock) {
    synchronized (HERE) {
      HERE.remove(lock);
    }
  }

  /** Gives the files back. */
  @Override public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // the virtual machine is going down: the hook has its turn
    }
    giveBack();
  }

  private synchronized void giveBack() {
    while (!held.isEmpty()) {
      Held last = held.pop();
      try (last.channel) {
        Files.deleteIfExists(last.lock); // while it is locked, so that it is nobody else's
      } catch (IOException e) {
        // the lock is gone with the process at the latest
      }
      forget(last.lock);
    }
  }
}
