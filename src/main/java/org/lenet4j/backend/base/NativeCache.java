package org.lenet4j.backend.base;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.bytedeco.javacpp.Loader;
import org.lenet4j.backend.NativeException;
import org.lenet4j.file.Input;

/**
 * The folder that JavaCPP unpacks native libraries to once and loads them from. Whoever can write there has his code run in this process,
 * so it must belong to the user and be writable by nobody else. JavaCPP itself takes what it can write to: {@code ~/.javacpp/cache}, or
 * else {@code .javacpp-USER} in the folder for temporary files, where anybody may have made that one before.
 */
final class NativeCache {
  private static final String PROPERTY = "org.bytedeco.javacpp.cachedir"; // JavaCPP's
  private static final String OTHER_PROPERTY = "org.bytedeco.javacpp.cacheDir"; // an older spelling, which it takes as well
  private static final int GROUP_WRITES = 020;
  private static final int OTHERS_WRITE = 02;
  private static final int STICKY = 01000; // only the owner of a file may replace it there
  private static final int ROOT = 0;

  private static boolean checked;

  private NativeCache() {}

  /**
   * Sees to it that nothing is loaded from where others can write. Without a property of JavaCPP's that says where, a private folder is
   * made for it where that in the user's home cannot be used.
   *
   * @param library what is to be loaded
   * @throws NativeException if the folder is not the user's alone; the message says which and why
   */
  static synchronized void check(String library) {
    if (checked) {
      return;
    }
    try {
      if (System.getProperty(PROPERTY) == null && System.getProperty(OTHER_PROPERTY) == null) {
        choose(Path.of(System.getProperty("user.home"), ".javacpp", "cache"),
            Path.of(System.getProperty("java.io.tmpdir"), ".javacpp-" + System.getProperty("user.name")));
      }
      Path folder = Loader.getCacheDir().toPath();
      String why = whyNotPrivate(folder);
      if (why != null) {
        throw new NativeException(library, "not loaded, for others could have put their code into the folder that native libraries are"
            + " unpacked to, " + folder + ": " + why + "; choose one of your own with -D" + PROPERTY + "=FOLDER", null);
      }
      checked = true;
    } catch (IOException e) {
      throw new NativeException(library, "there is no folder to unpack native libraries to (" + e.getMessage() + "); choose one with -D"
          + PROPERTY + "=FOLDER", e);
    }
  }

  /** Sends JavaCPP to a folder of the user's alone below that for temporary files, unless the one in the home is one already. */
  private static void choose(Path home, Path temporary) throws IOException {
    if (!isUsable(home)) {
      if (Files.notExists(temporary, LinkOption.NOFOLLOW_LINKS) && isPosix(temporary.getParent())) {
        Files.createDirectory(temporary, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      System.setProperty(PROPERTY, temporary.resolve("cache").toString());
    }
  }

  private static boolean isUsable(Path folder) {
    try {
      Files.createDirectories(folder);
      return Files.isReadable(folder) && Files.isWritable(folder) && whyNotPrivate(folder) == null;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix"); // elsewhere a user's folders are his by themselves
  }

  /**
   * Whether somebody else could have put something into a folder, or put another folder in its place.
   *
   * @return what is wrong; null if nothing is
   */
  static String whyNotPrivate(Path folder) throws IOException {
    if (!isPosix(folder)) {
      return null;
    }
    Path real = folder.toRealPath();
    Path probe = Files.createTempFile(real, "lenet4j", null);
    int user;
    try {
      user = (int) Files.getAttribute(probe, "unix:uid");
    } finally {
      Files.deleteIfExists(probe);
    }
    for (Path above = real.getParent(); above != null; above = above.getParent()) {
      String why = fault(above, user, (int) Files.getAttribute(above, "unix:mode") & STICKY);
      if (why != null) {
        return why;
      }
    }
    return faultBelow(real, user);
  }

  private static String faultBelow(Path path, int user) throws IOException {
    boolean isLink = Files.isSymbolicLink(path);
    String why = fault(path, user, isLink ? STICKY : 0); // a link has no permissions of its own
    if (why != null || isLink || !Files.isDirectory(path)) {
      return why;
    }
    for (Path inside : Input.list(path)) {
      try {
        why = faultBelow(inside, user);
      } catch (IOException e) {
        if (Files.exists(inside, LinkOption.NOFOLLOW_LINKS)) {
          throw e;
        }
        // another process that unpacks has just renamed it
      }
      if (why != null) {
        return why;
      }
    }
    return null;
  }

  private static String fault(Path path, int user, int sticky) throws IOException {
    int owner = (int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    PosixFileAttributes is = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    int root = (int) Files.getAttribute(path.getRoot(), "unix:uid"); // has another number in some containers
    if (owner != user && owner != ROOT && owner != root) {
      return path + " belongs to " + is.owner().getName();
    }
    int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    // A group of the user's own name has nobody else in it: where each user has one, files are made writable for it.
    boolean isOwn = is.group().getName().equals(is.owner().getName());
    return sticky == 0 && (mode & (isOwn ? OTHERS_WRITE : OTHERS_WRITE | GROUP_WRITES)) != 0
        ? path + " can be written to by others (" + PosixFilePermissions.toString(is.permissions()) + ")" : null;
  }
}
