package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from a server on this machine: four small files in MNIST's place. */
class MnistTest {
  private static final String TRAIN_IMAGES = "train-images-idx3-ubyte";

  @TempDir Path temp;
  private Path cache;
  private HttpServer server;
  private final Map<String, byte[]> files = new ConcurrentHashMap<>(); // by path; absent is 404
  private final AtomicInteger requests = new AtomicInteger();
  private final Map<String, String> sha256 = new LinkedHashMap<>();

  @BeforeEach void serve() throws IOException {
    cache = temp.resolve("deep").resolve("cache");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    add(TRAIN_IMAGES, IdxTest.idx(new byte[3 * 784], 0x803, 3, 28, 28));
    add("train-labels-idx1-ubyte", IdxTest.idx(new byte[] {0, 9, 5}, 0x801, 3));
    add("t10k-images-idx3-ubyte", IdxTest.idx(new byte[2 * 784], 0x803, 2, 28, 28));
    add("t10k-labels-idx1-ubyte", IdxTest.idx(new byte[] {1, 2}, 0x801, 2));
  }

  @AfterEach void stop() {
    server.stop(0);
  }

  private void add(String name, byte[] content) throws IOException {
    files.put("/good/" + name + ".gz", IdxTest.gzip(content));
    Path file = Files.write(temp.resolve("plain"), content);
    sha256.put(name, Mnist.sha256(file));
  }

  private void answer(HttpExchange exchange) throws IOException {
    requests.incrementAndGet();
    String path = exchange.getRequestURI().getPath();
    byte[] content = files.get(path.replace("/cut/", "/good/"));
    try (exchange) {
      if (content == null) {
        exchange.sendResponseHeaders(404, -1);
      } else {
        exchange.sendResponseHeaders(200, content.length);
        exchange.getResponseBody().write(content, 0, path.startsWith("/cut/") ? content.length / 2 : content.length);
        exchange.getResponseBody().flush(); // closing alone need not send what is buffered
      }
    }
  }

  private String mirror(String name) {
    return "http://" + server.getAddress().getAddress().getHostAddress() + ":" + server.getAddress().getPort() + "/" + name + "/";
  }

  private IOException downloadFails(String... mirrors) throws IOException {
    IOException e = assertThrows(IOException.class, () -> Mnist.download(cache, List.of(mirrors), sha256));
    assertTrue(e.getMessage().startsWith("cannot download MNIST ("), e.getMessage());
    assertTrue(e.getMessage().contains("put the four files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, "
        + "t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz into " + cache + ", or use the embedded digits"),
        e.getMessage());
    try (Stream<Path> left = Files.list(cache)) {
      assertEquals(List.of(), left.toList()); // no half files
    }
    return e;
  }

  @Test void downloadsOnceThenReadsTheCache() throws IOException {
    Splits mnist = Mnist.download(cache, List.of(mirror("good")), sha256);
    assertEquals(3, mnist.train().size());
    assertEquals(2, mnist.test().size());
    assertEquals(10, mnist.test().classes());
    assertEquals(4, requests.get());
    Mnist.download(cache, List.of(mirror("good")), sha256);
    assertEquals(4, requests.get());
    try (Stream<Path> left = Files.list(cache)) {
      assertEquals(4, left.count());
    }
  }

  @Test void goesOnToTheNextMirror() throws IOException {
    assertEquals(3, Mnist.download(cache, List.of(mirror("absent"), mirror("cut"), mirror("good")), sha256).train().size());
  }

  @Test void saysThatAMirrorHasNoSuchFile() throws IOException {
    assertTrue(downloadFails(mirror("absent")).getMessage().contains("/absent/train-images-idx3-ubyte.gz: HTTP status 404"));
  }

  @Test void rejectsWrongContent() throws IOException {
    files.put("/good/" + TRAIN_IMAGES + ".gz", IdxTest.gzip(new byte[100]));
    String message = downloadFails(mirror("good")).getMessage();
    assertTrue(message.contains("wrong content, its SHA-256 is ") && message.contains(" instead of " + sha256.get(TRAIN_IMAGES)), message);
  }

  @Test void rejectsAPageInPlaceOfAFile() throws IOException {
    files.put("/good/" + TRAIN_IMAGES + ".gz", "<html>Please log in to this hotel's network</html>".getBytes());
    assertTrue(downloadFails(mirror("good")).getMessage().contains("wrong content"));
  }

  @Test void rejectsABrokenConnection() throws IOException {
    String message = downloadFails(mirror("cut")).getMessage();
    assertTrue(message.contains("the connection broke after") || message.contains("Premature EOF"), message);
  }

  @Test void saysWhyItCannotConnect() throws IOException {
    String gone = mirror("good");
    server.stop(0);
    String message = downloadFails(gone, "http://no-such-host.invalid/").getMessage();
    assertTrue(message.contains("ConnectException: Connection refused"), message);
    assertTrue(message.contains("UnknownHostException: no-such-host.invalid"), message);
  }

  @Test void replacesADamagedFileInTheCache() throws IOException {
    Mnist.download(cache, List.of(mirror("good")), sha256);
    Path file = cache.resolve(TRAIN_IMAGES + ".gz");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    Files.write(cache.resolve(TRAIN_IMAGES), new byte[3]);
    assertEquals(3, Mnist.download(cache, List.of(mirror("good")), sha256).train().size());
    assertEquals(5, requests.get());
    assertFalse(Files.exists(cache.resolve(TRAIN_IMAGES)));
  }

  @Test void usesUncompressedFilesPutThereByHand() throws IOException {
    Files.createDirectories(cache);
    Mnist.download(cache, List.of(mirror("good")), sha256);
    Files.delete(cache.resolve(TRAIN_IMAGES + ".gz"));
    Files.write(cache.resolve(TRAIN_IMAGES), IdxTest.idx(new byte[3 * 784], 0x803, 3, 28, 28));
    requests.set(0);
    Mnist.download(cache, List.of(mirror("good")), sha256);
    assertEquals(0, requests.get());
  }

  @Test void loadSaysWhatIsMissing() throws IOException {
    Mnist.download(cache, List.of(mirror("good")), sha256);
    Files.delete(cache.resolve("t10k-images-idx3-ubyte.gz"));
    Files.delete(cache.resolve("t10k-labels-idx1-ubyte.gz"));
    IOException e = assertThrows(IOException.class, () -> Mnist.load(cache));
    assertTrue(e.getMessage().contains("the test files are missing; MNIST is four files"), e.getMessage());
  }

  @Test void loadRejectsOtherSizes() throws IOException {
    Dataset small = new Dataset(new Shape(1, 2, 2), new byte[4], new int[] {0}, 2);
    for (String split : new String[] {"train", "t10k"}) {
      Idx.write(small, temp.resolve(split + "-images-idx3-ubyte"), temp.resolve(split + "-labels-idx1-ubyte"));
    }
    IOException e = assertThrows(IOException.class, () -> Mnist.load(temp));
    assertTrue(e.getMessage().contains("images of 1x2x2 are not MNIST"), e.getMessage());
  }

  @Test void cacheFolderFollowsEachSystemsCustom() {
    Path home = Path.of("/home/ada").toAbsolutePath();
    String absolute = home.resolve("xdg").toString();
    assertEquals(home.resolve(".cache/lenet4j/mnist"), Mnist.cacheFolder(Map.of(), "Linux", home));
    assertEquals(home.resolve("xdg/lenet4j/mnist"), Mnist.cacheFolder(Map.of("XDG_CACHE_HOME", absolute), "Linux", home));
    assertEquals(home.resolve(".cache/lenet4j/mnist"), Mnist.cacheFolder(Map.of("XDG_CACHE_HOME", "relative"), "Linux", home));
    assertEquals(home.resolve("Library/Caches/lenet4j/mnist"), Mnist.cacheFolder(Map.of(), "Mac OS X", home));
    assertEquals(home.resolve("xdg/lenet4j/mnist"), Mnist.cacheFolder(Map.of("LOCALAPPDATA", absolute), "Windows 11", home));
    assertEquals(home.resolve("AppData/Local/lenet4j/mnist"), Mnist.cacheFolder(Map.of(), "Windows 11", home));
  }

  /** Whether the user has MNIST, or anything else at home, must change no test: pom.xml gives tests a home of their own. */
  @Test void testsDoNotSeeTheUsersOwn() {
    Path target = Path.of("target").toAbsolutePath();
    for (String os : List.of(System.getProperty("os.name"), "Linux", "Mac OS X", "Windows 11")) {
      Path folder = Mnist.cacheFolder(System.getenv(), os, Path.of(System.getProperty("user.home")));
      assertTrue(folder.startsWith(target), folder.toString());
    }
    for (String home : List.of(System.getProperty("java.util.prefs.userRoot"), System.getenv("HOME"), System.getenv("XDG_CONFIG_HOME"),
        System.getenv("XDG_DATA_HOME"))) {
      assertTrue(Path.of(home).startsWith(target), home);
    }
  }
}
