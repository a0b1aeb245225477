package org.lenet4j.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.file.Input;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * MNIST: 60,000 training and 10,000 test images of handwritten digits, 28x28 (Y. LeCun, C. Cortes and C. Burges; CC BY-SA 3.0).
 */
public final class Mnist {
  private static final Logger LOG = LoggerFactory.getLogger(Mnist.class);
  private static final List<String> MIRRORS = List.of(
      "https://ossci-datasets.s3.amazonaws.com/mnist/",
      "https://storage.googleapis.com/cvdf-datasets/mnist/");
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final long LARGEST = 1 << 26; // no file of MNIST is larger, uncompressed; stops a stream that never ends

  private static final Pattern PARTS = Pattern.compile(".*-ubyte\\.gz\\d+\\.part"); // as Files.createTempFile names them

  /** SHA-256 of each file's uncompressed content. */
  static final Map<String, String> SHA256 = new LinkedHashMap<>();

  static {
    SHA256.put("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db");
    SHA256.put("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5");
    SHA256.put("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7");
    SHA256.put("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2");
  }

  private Mnist() {}

  /**
   * Reads the four files from a folder, raw or gzip-compressed.
   *
   * @return both parts, images of 1x28x28 in 10 classes
   * @throws IOException if one is missing, damaged, or not of 28x28 images
   */
  public static Splits load(Path folder) throws IOException {
    Splits splits = Idx.loadFolder(folder);
    if (splits.train() == null || splits.test() == null) {
      throw new IOException(folder + ": the " + (splits.train() == null ? "training" : "test") + " files are missing; MNIST is four files: "
          + String.join(", ", SHA256.keySet()) + ", each raw or as .gz");
    }
    if (!splits.train().shape().equals(new Shape(1, 28, 28))) {
      throw new IOException(folder + ": images of " + splits.train().shape() + " are not MNIST; Idx.loadFolder reads any size");
    }
    return splits;
  }

  /**
   * MNIST from the user's cache, downloaded into it first where needed: {@code $XDG_CACHE_HOME/lenet4j/mnist} or {@code
   * ~/.cache/lenet4j/mnist}, {@code ~/Library/Caches/lenet4j/mnist} on macOS, {@code %LOCALAPPDATA%\lenet4j\mnist} on Windows. Each
   * file's SHA-256 is checked every time, and a file appears under its name only when it is whole.
   *
   * @throws IOException if it cannot be downloaded; the message says why, and where to put the files by hand
   */
  public static Splits download() throws IOException {
    return download(cacheFolder(System.getenv(), System.getProperty("os.name"), Path.of(System.getProperty("user.home"))), MIRRORS, SHA256);
  }

  /** MNIST from the user's cache, or null if it is not there; nothing is downloaded. */
  public static Splits cached() {
    Path folder = cacheFolder(System.getenv(), System.getProperty("os.name"), Path.of(System.getProperty("user.home")));
    try {
      return Files.isDirectory(folder) ? download(folder, List.of(), SHA256) : null;
    } catch (IOException e) {
      return null; // not whole
    }
  }

  static Path cacheFolder(Map<String, String> env, String os, Path home) {
    Path base;
    if (os.startsWith("Windows")) {
      String local = env.get("LOCALAPPDATA");
      base = local != null && !local.isBlank() ? Path.of(local) : home.resolve("AppData").resolve("Local");
    } else if (os.startsWith("Mac")) {
      base = home.resolve("Library").resolve("Caches");
    } else {
      String xdg = env.get("XDG_CACHE_HOME"); // the specification says to ignore it unless absolute
      base = xdg != null && Path.of(xdg).isAbsolute() ? Path.of(xdg) : home.resolve(".cache");
    }
    return base.resolve("lenet4j").resolve("mnist");
  }

  static Splits download(Path folder, List<String> mirrors, Map<String, String> sha256) throws IOException {
    Files.createDirectories(folder);
    for (Map.Entry<String, String> entry : sha256.entrySet()) {
      Path raw = folder.resolve(entry.getKey());
      Path gzip = folder.resolve(entry.getKey() + ".gz");
      if (!isWhole(raw, entry.getValue()) && !isWhole(gzip, entry.getValue())) {
        fetch(mirrors, gzip, entry.getValue());
        Files.deleteIfExists(raw); // it was damaged, and would be read first
      }
    }
    return load(folder);
  }

  private static boolean isWhole(Path file, String sha256) {
    try {
      return Files.exists(file) && sha256(file).equals(sha256);
    } catch (IOException e) {
      return false; // cut off or damaged: to be fetched again
    }
  }

  private static void fetch(List<String> mirrors, Path target, String sha256) throws IOException {
    List<String> failures = new ArrayList<>();
    for (String mirror : mirrors) {
      URI source = URI.create(mirror + target.getFileName());
      LOG.info("Downloading {} to {}", source, target);
      Path part = Files.createTempFile(target.getParent(), target.getFileName().toString(), ".part");
      AtomicFile.sweep(part, PARTS);
      try {
        copy(source, part);
        String found = sha256(part);
        if (!found.equals(sha256)) {
          throw new IOException("wrong content, its SHA-256 is " + found + " instead of " + sha256);
        }
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        return;
      } catch (IOException e) {
        failures.add(source + ": " + reason(e));
      } finally {
        Files.deleteIfExists(part);
      }
    }
    throw new IOException("cannot download MNIST (" + String.join("; ", failures) + "); go online, or put the four files "
        + String.join(".gz, ", SHA256.keySet()) + ".gz into " + target.getParent() + ", or use the embedded digits");
  }

  private static String reason(IOException e) {
    String name = e.getClass().getSimpleName(); // "UnknownHostException: host" says more than "host"
    return e.getClass() == IOException.class ? e.getMessage() : name + (e.getMessage() == null ? "" : ": " + e.getMessage());
  }

  private static void copy(URI source, Path target) throws IOException {
    URLConnection connection = source.toURL().openConnection(); // java.base only: the module needs no HTTP client
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    if (connection instanceof HttpURLConnection http && http.getResponseCode() != HttpURLConnection.HTTP_OK) {
      throw new IOException("HTTP status " + http.getResponseCode());
    }
    long length = connection.getContentLengthLong();
    if (length > LARGEST) {
      throw new IOException("wrong content, " + length + " bytes");
    }
    try (InputStream in = connection.getInputStream(); var out = Files.newOutputStream(target)) {
      byte[] buffer = new byte[1 << 16];
      long total = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        total += n;
        if (total > LARGEST) {
          throw new IOException("wrong content, more than " + LARGEST + " bytes");
        }
        out.write(buffer, 0, n);
      }
      if (length >= 0 && total < length) {
        throw new IOException("the connection broke after " + total + " of " + length + " bytes");
      }
    }
  }

  /** SHA-256 of a file's content, uncompressed if it is gzip. */
  static String sha256(Path file) throws IOException {
    try (InputStream raw = new BufferedInputStream(Input.open(file), 1 << 16); InputStream in = Idx.uncompressed(raw)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      long total = 0;
      for (int n = in.read(buffer); n >= 0 && total <= LARGEST; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
        total += n;
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
