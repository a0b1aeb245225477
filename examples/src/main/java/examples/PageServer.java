package examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Serves one page to this machine. No other page that is open in the same browser may ask it anything, and bodies are bounded. */
final class PageServer implements AutoCloseable {
  private record Reply(int status, String type, byte[] body) {
    static Reply refusal(int status, String reason) {
      return new Reply(status, "text/plain", reason.getBytes(UTF_8));
    }
  }

  /** What makes a reply of a request's body, or bytes of nothing; what an IOException says is told. */
  @FunctionalInterface interface Answer<T> {
    T answer(byte[] body) throws IOException;
  }

  @FunctionalInterface interface Bytes {
    byte[] read() throws IOException;
  }

  private record Route(int largest, Answer<Reply> answer) {} // body, in bytes

  private static final Route NOWHERE = new Route(0, null);

  private final Map<String, Route> routes = new HashMap<>(); // by "POST /read" and so on
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  static {
    // An answer is written as head and body: with Nagle's algorithm the body waits 40 ms for the other side's delayed acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true"); // read when the first server is made
  }

  PageServer(int port) throws IOException {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    } catch (BindException e) {
      throw new IOException("port " + port + " cannot be had, perhaps this program runs already; give another port", e);
    }
    server.createContext("/", this::handle);
    server.setExecutor(threads);
  }

  /** The page, its style and its script, which lie beside this class. */
  void page(String name) throws IOException {
    file("GET /", "text/html", name + ".html");
    file("GET /" + name + ".css", "text/css", name + ".css");
    file("GET /" + name + ".js", "text/javascript", name + ".js");
  }

  private void file(String request, String type, String resource) throws IOException {
    try (InputStream in = PageServer.class.getResourceAsStream(resource)) {
      Reply reply = new Reply(200, type, in.readAllBytes());
      routes.put(request, new Route(0, body -> reply));
    }
  }

  /** An IllegalArgumentException or IOException is the asker's fault, who gets its message; {@code largest} is of the body, in bytes. */
  void json(String request, int largest, Answer<String> answer) {
    routes.put(request, new Route(largest, body -> new Reply(200, "application/json", answer.answer(body).getBytes(UTF_8))));
  }

  /** A file to be kept. */
  void file(String request, Bytes bytes) {
    routes.put(request, new Route(0, body -> new Reply(200, "application/octet-stream", bytes.read())));
  }

  /** Returns the page's address. */
  String start() {
    server.start();
    return "http://localhost:" + server.getAddress().getPort() + "/";
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply = reply(exchange);
      Headers headers = exchange.getResponseHeaders();
      headers.set("Content-Type", reply.type + "; charset=utf-8");
      headers.set("Content-Security-Policy", "default-src 'self'; img-src data:; frame-ancestors 'none'");
      headers.set("X-Content-Type-Options", "nosniff");
      exchange.sendResponseHeaders(reply.status, reply.body.length);
      exchange.getResponseBody().write(reply.body);
    }
  }

  private Reply reply(HttpExchange exchange) throws IOException {
    String host = exchange.getRequestHeaders().getFirst("Host"); // a foreign name can be made to lead here (DNS rebinding)
    String origin = exchange.getRequestHeaders().getOrDefault("Origin", List.of("http://" + host)).get(0);
    if (host == null || !host.matches("(localhost|127\\.0\\.0\\.1)(:\\d+)?") || !origin.equals("http://" + host)) {
      return Reply.refusal(403, "only the page of this program may ask");
    }
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
    Route route = routes.getOrDefault(request, NOWHERE);
    if (route == NOWHERE) {
      return Reply.refusal(404, "there is no " + request);
    }
    byte[] body = exchange.getRequestBody().readNBytes(route.largest + 1);
    if (body.length > route.largest) {
      return Reply.refusal(413, "this request has at most " + route.largest + " bytes");
    }
    try {
      return route.answer.answer(body);
    } catch (IllegalArgumentException | IOException e) {
      return Reply.refusal(400, e.getMessage());
    } catch (OutOfMemoryError e) { // what the answer held is free again
      return Reply.refusal(503, "there is not enough memory for that; start the program with more, for example java -Xmx1g");
    } catch (RuntimeException | Error e) {
      e.printStackTrace();
      return Reply.refusal(500, "it failed; the program's terminal says why");
    }
  }

  /** Waits for answers under way, because what they use may be closed next. */
  @Override public void close() throws InterruptedException {
    server.stop(0);
    threads.shutdown();
    threads.awaitTermination(1, TimeUnit.MINUTES);
  }
}
