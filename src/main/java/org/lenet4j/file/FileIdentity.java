package org.lenet4j.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * A regular file as it was at one moment, to delete later that one and no other that has taken its place.
 *
 * @param file     behind all links
 * @param key      what the file system tells files apart by, or null if it has nothing of the kind
 * @param size     in bytes
 * @param modified when it was last written
 */
public record FileIdentity(Path file, Object key, long size, FileTime modified) {
  /**
   * As a file is now.
   *
   * @throws IOException if there is no such regular file
   */
  public static FileIdentity of(Path file) throws IOException {
    Path real = file.toRealPath();
    BasicFileAttributes is = Files.readAttributes(real, BasicFileAttributes.class);
    if (!is.isRegularFile()) {
      throw new IOException(file + ": not a regular file");
    }
    return new FileIdentity(real, is.fileKey(), is.size(), is.lastModifiedTime());
  }

  /** Whether it is there and nobody has replaced or changed it. */
  public boolean isThere() {
    try {
      return equals(of(file));
    } catch (IOException e) {
      return false;
    }
  }

  /** Deletes it, if it is there as it was. A link to it stays. */
  public void delete() throws IOException {
    if (isThere()) {
      Files.deleteIfExists(file);
    }
  }
}
