package org.lenet4j.file;

import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads files and folders. What the system says when it cannot names no file, or not what to do: here it does both. */
public final class Input {
  /** What the C library says of a failed call (strerror), and Java of a failed fsync. */
  private static final Pattern SYSTEM = Pattern.compile("input/output error|stale (nfs )?file handle|too many open files( in system)?"
      + "|no such file or directory|(permission|access is) denied|operation not permitted|read-only file system|no space left on device"
      + "|disk quota exceeded|is a directory|no such device( or address)?|(connection|operation) timed out|remote i/o error|host is down"
      + "|transport endpoint is not connected|cannot allocate memory|structure needs cleaning|sync failed|close failed");
  private static final Pattern WITH_FILE = Pattern.compile("(?s).* \\((.*)\\)"); // FileNotFoundException: "FILE (REASON)"

  private Input() {}

  /** Opens a file, unbuffered; its errors are those of {@link #explain}. */
  public static InputStream open(Path file) throws IOException {
    try {
      return new Explained(file, Files.newInputStream(file));
    } catch (IOException e) {
      throw explain(file, e);
    }
  }

  /** All bytes of a file. */
  public static byte[] bytes(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw explain(file, e);
    }
  }

  /** What a folder holds, in no order. */
  public static List<Path> list(Path folder) throws IOException {
    DirectoryStream<Path> stream;
    try {
      stream = Files.newDirectoryStream(folder);
    } catch (IOException e) {
      throw explain(folder, e);
    }
    try {
      List<Path> list = new ArrayList<>();
      stream.forEach(list::add);
      return list;
    } catch (DirectoryIteratorException e) { // of a later part of the list
      throw explain(folder, e.getCause());
    } finally {
      closeQuietly(stream);
    }
  }

  /** Whatever closing says, the list is whole by then. Some JDKs throw what the system said as it is, a checked exception of their own. */
  private static void closeQuietly(DirectoryStream<Path> stream) {
    try {
      stream.close();
    } catch (Exception e) {
      // there is nothing to do
    }
  }

  /** An error with the file, the reason and what to do. */
  public static IOException explain(Path file, IOException e) {
    return new IOException(file + ": " + reason(e), e);
  }

  /** The reason, and what to do if it is one of the system's; without the file. */
  public static String reason(IOException e) {
    String said = said(e);
    if (e instanceof NoSuchFileException || said.equalsIgnoreCase("no such file or directory")) {
      return "no such file";
    }
    if (e instanceof AccessDeniedException || isDenied(said)) {
      return "no permission to read it; change its permissions";
    }
    if (isTooMany(said)) {
      return said + "; " + CLOSE_OTHERS;
    }
    return isOfSystem(e) ? said + "; check the disk or the connection to it, and try again" : said;
  }

  static final String CLOSE_OTHERS = "close other programs, or allow more (ulimit -n)";

  /** What the system says, without the file. */
  static String said(IOException e) {
    if (e instanceof FileSystemException f) {
      return f.getReason() == null ? f.getClass().getSimpleName() : f.getReason();
    }
    String message = String.valueOf(e.getMessage());
    Matcher matcher = WITH_FILE.matcher(message);
    return e instanceof FileNotFoundException && matcher.matches() ? matcher.group(1) : message;
  }

  static boolean isDenied(String said) {
    String lower = said.toLowerCase(Locale.ROOT);
    return lower.contains("permission denied") || lower.contains("access is denied") || lower.contains("not permitted");
  }

  static boolean isTooMany(String said) {
    return said.toLowerCase(Locale.ROOT).startsWith("too many open files");
  }

  /** Whether it is an error of a call, and none that somebody has explained. */
  static boolean isOfSystem(IOException e) {
    return e instanceof FileSystemException || e instanceof FileNotFoundException
        || SYSTEM.matcher(String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT)).matches();
  }

  /** A file whose errors name it. */
  private static final class Explained extends FilterInputStream {
    private final Path file;

    Explained(Path file, InputStream in) {
      super(in);
      this.file = file;
    }

    @Override public int read() throws IOException {
      try {
        return in.read();
      } catch (IOException e) {
        throw explain(file, e);
      }
    }

    @Override public int read(byte[] bytes, int from, int length) throws IOException {
      try {
        return in.read(bytes, from, length);
      } catch (IOException e) {
        throw explain(file, e);
      }
    }

    @Override public int available() throws IOException {
      try {
        return in.available();
      } catch (IOException e) {
        throw explain(file, e);
      }
    }

    @Override public void close() throws IOException {
      try {
        in.close();
      } catch (IOException e) {
        throw explain(file, e);
      }
    }
  }
}
