package examples;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A headless browser with one page, driven over its own protocol (chromedevtools.github.io/devtools-protocol): no driver to install. */
final class Chromium implements AutoCloseable {
  private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome");

  private final List<String> complaints = new ArrayList<>(); // of the page
  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private final StringBuilder partial = new StringBuilder();
  private final Process process;
  private final WebSocket socket;
  private int calls;

  /** The browser's program, or null if there is none in PATH. */
  static Path find() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)).filter(folder -> !folder.isEmpty())
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name))).filter(Files::isExecutable).findFirst().orElse(null);
  }

  Chromium(Path program, Path profile) throws Exception {
    process = new ProcessBuilder(program.toString(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
        "--hide-scrollbars", "--user-data-dir=" + profile, "--remote-debugging-port=0", "about:blank")
        .redirectErrorStream(true).redirectOutput(profile.resolveSibling("chromium.log").toFile()).start();
    try {
      Path portFile = profile.resolve("DevToolsActivePort");
      for (int i = 0; !Files.exists(portFile) || Files.size(portFile) == 0; i++) {
        if (i > 600 || !process.isAlive()) {
          throw new IOException(program + " does not start: " + Files.readString(profile.resolveSibling("chromium.log")));
        }
        Thread.sleep(100);
      }
      String port = Files.readAllLines(portFile).get(0);
      HttpClient client = HttpClient.newHttpClient();
      HttpRequest page = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/new?about:blank"))
          .PUT(HttpRequest.BodyPublishers.noBody()).build();
      String url = leaves(client.send(page, HttpResponse.BodyHandlers.ofString()).body()).get("webSocketDebuggerUrl");
      socket = client.newWebSocketBuilder().buildAsync(URI.create(url), new Listener()).get(30, TimeUnit.SECONDS);
      call("Page.enable", "{}");
      call("Runtime.enable", "{}");
      call("Log.enable", "{}");
    } catch (Exception e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private final class Listener implements WebSocket.Listener {
    @Override public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        messages.add(partial.toString());
        partial.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  /** Calls a method of the protocol; returns its result's leaves, {@code "result.value"} and so on. */
  Map<String, String> call(String method, String parameters) throws Exception {
    int id = ++calls;
    socket.sendText("{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + parameters + "}", true).get(30, TimeUnit.SECONDS);
    while (true) {
      String message = messages.poll(60, TimeUnit.SECONDS);
      if (message == null) {
        throw new IOException("no answer to " + method + " " + parameters);
      }
      Map<String, String> leaves = leaves(message);
      if (Integer.toString(id).equals(leaves.get("id"))) {
        if (leaves.containsKey("error.message") || leaves.containsKey("result.exceptionDetails.text")) {
          throw new IOException(method + " " + parameters + ": " + message);
        }
        return leaves;
      }
      if ("Runtime.exceptionThrown".equals(leaves.get("method")) || "error".equals(leaves.get("params.entry.level"))) {
        complaints.add(message);
      }
    }
  }

  private static Map<String, String> leaves(String json) throws IOException {
    Map<String, String> leaves = new LinkedHashMap<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token.isScalarValue()) {
          leaves.put(parser.getParsingContext().pathAsPointer().toString().substring(1).replace('/', '.'), parser.getText());
        }
      }
    }
    return leaves;
  }

  /** The value of an expression, a promise's if it is one, as text. */
  String evaluate(String expression) throws Exception {
    return call("Runtime.evaluate", "{\"expression\":" + quote(expression) + ",\"awaitPromise\":true,\"returnByValue\":true}")
        .get("result.result.value");
  }

  private static String quote(String text) {
    return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
  }

  /** Waits until an expression is true. */
  void await(String condition) throws Exception {
    for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60); !"true".equals(evaluate("Boolean(" + condition + ")"));) {
      if (System.nanoTime() > end) {
        throw new IOException("never came true: " + condition + "; the page says: " + evaluate("document.body.innerText"));
      }
      Thread.sleep(50);
    }
  }

  void window(int width, int height, boolean mobile) throws Exception {
    call("Emulation.setDeviceMetricsOverride", "{\"width\":" + width + ",\"height\":" + height + ",\"deviceScaleFactor\":1,\"mobile\":"
        + mobile + "}");
    call("Emulation.setTouchEmulationEnabled", "{\"enabled\":" + mobile + "}");
  }

  void scheme(String lightOrDark) throws Exception {
    call("Emulation.setEmulatedMedia", "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"" + lightOrDark + "\"},"
        + "{\"name\":\"prefers-reduced-motion\",\"value\":\"reduce\"}]}");
  }

  void key(String key, String code, int windowsCode, String text) throws Exception {
    String rest = "\"key\":\"" + key + "\",\"code\":\"" + code + "\",\"windowsVirtualKeyCode\":" + windowsCode;
    call("Input.dispatchKeyEvent", "{\"type\":\"keyDown\"," + rest + (text.isEmpty() ? "" : ",\"text\":\"" + text + "\"") + "}");
    call("Input.dispatchKeyEvent", "{\"type\":\"keyUp\"," + rest + "}");
  }

  /** A picture of the whole page. */
  void screenshot(Path file) throws Exception {
    String png = call("Page.captureScreenshot", "{\"captureBeyondViewport\":true}").get("result.data");
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(png));
  }

  /** The page's errors. */
  List<String> complaints() {
    return complaints;
  }

  @Override public void close() throws Exception {
    socket.sendText("{\"id\":0,\"method\":\"Browser.close\"}", true); // and not by a signal, which leaves links in the profile
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
