package org.lenet4j.file;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * Replaces a file as a whole: whoever reads it, even after a crash or a power cut, sees the old bytes or the new ones, never a part.
 * The way there: a temporary file in the same folder, written, forced to disk and renamed over the old one; then the folder is forced.
 */
public final class AtomicFile {
  static final String BEGIN = ".lenet4j-"; // of temporary files, and of claims
  private static final String END = ".tmp";
  private static final Pattern TEMPORARY = Pattern.compile("\\.lenet4j-[0-9a-f]{1,16}\\.tmp");
  private static final Duration LEFT = Duration.ofHours(1); // no file is being written for so long

  private AtomicFile() {}

  /** Writes the content of a file. */
  @FunctionalInterface public interface Content {
    /**
     * Writes everything.
     *
     * @param out buffered; need not be closed
     * @throws IOException if the content cannot be made or written; the old file then stays as it was
     */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Creates or replaces a file. A symbolic link stays a link: the file that it points to is replaced. The permissions of a file that
   * is replaced are kept. A device or a pipe cannot be replaced, so its bytes go straight to it.
   *
   * @param file    what to write, on the default file system; its folder must exist
   * @param content writes the bytes; whatever it throws leaves the old file whole and no temporary file behind
   * @throws IOException if the file cannot be written; the message names the file, the reason and what to do
   */
  public static void write(Path file, Content content) throws IOException {
    try {
      Path target = writable(file);
      if (isSpecial(target)) {
        writeStraight(target, content);
      } else {
        replace(target, content);
      }
    } catch (IOException e) {
      throw explain(file, e);
    }
  }

  /**
   * Tries whether {@link #write} could begin now, without touching the file: for use before the work whose result it will hold.
   *
   * @throws IOException if it could not; as {@link #write}
   */
  public static void check(Path file) throws IOException {
    try {
      Path target = writable(file);
      if (!isSpecial(target)) {
        Files.delete(createTemporary(target.getParent()));
      }
    } catch (IOException e) {
      throw explain(file, e);
    }
  }

  /** An error of writing a file, with the file, the reason and what to do. */
  public static IOException explain(Path file, IOException e) {
    return new IOException("cannot write " + file + ": " + reason(file, e), e);
  }

  /** Makes the folder of a file again, if somebody has deleted it since {@link #check}. */
  public static void restoreFolder(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && Files.notExists(folder)) {
      try {
        Files.createDirectories(folder);
      } catch (IOException e) {
        throw new IOException("cannot write " + file + ": its folder was deleted, and cannot be made again (" + reason(folder, e) + ")", e);
      }
    }
  }

  /** Whether a file is temporary, or says that a run has claimed another one. */
  public static boolean isAtWork(Path file) {
    return file.getFileName().toString().startsWith(BEGIN);
  }

  private static Path writable(Path file) throws IOException {
    Path target = followLinks(file);
    if (Files.isDirectory(target)) {
      throw new IOException("it is a folder; give the name of a file");
    }
    if (Files.exists(target) && !Files.isWritable(target)) { // a rename would not ask, but its owner said not to change it
      throw new IOException("the file or its file system is read-only; change its permissions or choose another name");
    }
    return target;
  }

  static boolean isSpecial(Path target) {
    return Files.exists(target) && !Files.isRegularFile(target);
  }

  static Path followLinks(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(target); links++) {
      if (links == 40) { // Linux's own limit
        throw new IOException("too many symbolic links, they go in a circle; remove them");
      }
      target = target.resolveSibling(Files.readSymbolicLink(target));
    }
    return target;
  }

  private static void writeStraight(Path target, Content content) throws IOException {
    try (OutputStream out = new BufferedOutputStream(new FileOutputStream(target.toFile()), 1 << 16)) {
      content.writeTo(out);
    }
  }

  private static void replace(Path target, Content content) throws IOException {
    Path folder = target.getParent();
    Path temporary = createTemporary(folder);
    boolean done = false;
    try {
      // Not a FileChannel: an interrupt would close it, and a thread that is told to stop must still be able to save.
      try (FileOutputStream file = new FileOutputStream(temporary.toFile())) {
        OutputStream out = new BufferedOutputStream(file, 1 << 16);
        content.writeTo(out);
        out.flush();
        file.getFD().sync();
      }
      keepPermissions(target, temporary);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      done = true;
    } finally {
      if (!done) {
        deleteQuietly(temporary);
      }
    }
    force(folder);
  }

  /** A new empty file with the permissions that any new file gets; {@code Files.createTempFile} would make it private. */
  private static Path createTemporary(Path folder) throws IOException {
    while (true) {
      Path temporary = folder.resolve(BEGIN + Long.toHexString(ThreadLocalRandom.current().nextLong()) + END);
      try {
        Files.createFile(temporary);
        sweep(temporary, TEMPORARY);
        return temporary;
      } catch (FileAlreadyExistsException e) {
        // another name, then
      } catch (IOException e) {
        deleteQuietly(temporary); // it may be there: what failed was to close it
        throw e;
      }
    }
  }

  /**
   * Deletes temporary files that lie beside a new one and were left by processes that were killed: regular files of the same user that
   * nobody has written to for an hour. What cannot be deleted stays.
   *
   * @param fresh the new one
   * @param names of all of them
   */
  public static void sweep(Path fresh, Pattern names) {
    FileTime old = FileTime.from(Instant.now().minus(LEFT));
    try {
      UserPrincipal user = null;
      for (Path file : Input.list(fresh.getParent())) {
        if (!names.matcher(file.getFileName().toString()).matches() || file.equals(fresh)) {
          continue;
        }
        BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        user = user == null ? Files.getOwner(fresh) : user;
        if (is.isRegularFile() && is.lastModifiedTime().compareTo(old) < 0
            && Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).equals(user)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException | UnsupportedOperationException e) {
      // another one sweeps as well, or has more rights here: it is no reason not to write
    }
  }

  private static void keepPermissions(Path old, Path temporary) throws IOException {
    if (Files.exists(old) && Files.getFileAttributeView(old, PosixFileAttributeView.class) != null) {
      Files.setPosixFilePermissions(temporary, Files.getPosixFilePermissions(old));
    }
  }

  private static void deleteQuietly(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // what made the write fail is the error to report
    }
  }

  /** Makes the rename itself last. */
  private static void force(Path folder) {
    boolean interrupted = Thread.interrupted(); // else the channel would close without forcing
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows opens no folders and some file systems force none. The new file is whole and in its place, so this is no failed
      // write; SQLite and Lucene pass over it too.
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Why a file could not be written, and what to do. */
  public static String reason(Path file, IOException e) {
    Path folder = file.toAbsolutePath().getParent();
    String said = Input.said(e);
    String lower = said.toLowerCase(Locale.ROOT);
    if (lower.contains("no space") || lower.contains("not enough space") || lower.contains("quota")) {
      return "the disk is full (" + said + "); free some space or choose another folder";
    }
    if (folder != null && Files.exists(folder) && !Files.isDirectory(folder)) {
      return folder + " is not a folder; choose another one";
    }
    if (e instanceof NoSuchFileException && folder != null && !Files.exists(folder)) {
      return "the folder " + folder + " does not exist; create it first";
    }
    if (lower.contains("read-only file system")) {
      return "the file system is read-only; choose another folder";
    }
    if (e instanceof NoSuchFileException || e instanceof AccessDeniedException || Input.isDenied(said)) {
      return "no permission to write into the folder " + folder + "; change its permissions or choose another one";
    }
    if (Input.isTooMany(said)) {
      return said + "; " + Input.CLOSE_OTHERS;
    }
    return Input.isOfSystem(e) ? said + "; check the disk or the connection to it, or choose another folder" : said;
  }
}
