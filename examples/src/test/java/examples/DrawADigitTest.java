package examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;

/** What the page's server answers, without a browser. */
@Timeout(120)
class DrawADigitTest {
  private static final int SIDE = 112;
  private static final byte[] ONE = drawing(56, 20, 56, 92);
  private static final byte[] TICK = drawing(25, 55, 45, 85, 85, 25); // somebody's 1
  private static final byte[] BLANK = drawing();

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static PageServer server;
  private static String address;

  @BeforeAll static void start() throws IOException {
    server = new PageServer(0);
    new DrawADigit(new Splits(SyntheticDigits.create(6000, 1), SyntheticDigits.create(2000, 2)), server);
    address = server.start();
  }

  @AfterAll static void stop() throws InterruptedException {
    server.close();
  }

  @BeforeEach void forget() throws Exception {
    assertEquals("{\"count\":0}", post("forget", BLANK).body());
  }

  /** A line drawn with a pen of 7 pixels, dark on white. */
  private static byte[] drawing(int... points) {
    byte[] paper = new byte[SIDE * SIDE];
    Arrays.fill(paper, (byte) 255);
    for (int i = 2; i < points.length; i += 2) {
      for (int step = 0; step <= 200; step++) {
        int x = points[i - 2] + (points[i] - points[i - 2]) * step / 200;
        int y = points[i - 1] + (points[i + 1] - points[i - 1]) * step / 200;
        for (int p = 0; p < 49; p++) {
          paper[(y + p / 7 - 3) * SIDE + x + p % 7 - 3] = 0;
        }
      }
    }
    return paper;
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(address + path));
  }

  private static HttpResponse<String> post(String path, byte[] body) throws Exception {
    return CLIENT.send(request(path).POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String field(String name, String json) {
    Matcher matcher = Pattern.compile("\"" + name + "\":(\\[[^\\]]*\\]|[^,}]*)").matcher(json);
    assertTrue(matcher.find(), json);
    return matcher.group(1);
  }

  private static double[] numbers(String name, String json) {
    return Arrays.stream(field(name, json).replaceAll("[\\[\\] ]", "").split(",")).mapToDouble(Double::parseDouble).toArray();
  }

  @ParameterizedTest
  @CsvSource({"'',text/html,Draw a digit", "draw.css,text/css,prefers-color-scheme", "draw.js,text/javascript,use strict"})
  void page(String path, String type, String content) throws Exception {
    HttpResponse<String> response = CLIENT.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    assertEquals(200, response.statusCode());
    assertEquals(type + "; charset=utf-8", response.headers().firstValue("Content-Type").orElse(""));
    assertTrue(response.body().contains(content));
    assertFalse(Pattern.compile("https?:|//[a-z]|@import|url\\(").matcher(response.body()).find(), "asks somebody else");
  }

  @Test void reads() throws Exception {
    String answer = post("read", ONE).body();
    assertEquals("1", field("digit", answer));
    double[] probabilities = numbers("probabilities", answer);
    assertEquals(10, probabilities.length);
    assertEquals(1, Arrays.stream(probabilities).sum(), 1e-5); // float32
    assertEquals(784, numbers("image", answer).length);
    assertEquals("\"sure\"", field("verdict", answer));
    String blank = post("read", BLANK).body();
    assertEquals("\"no_digit\"", field("verdict", blank));
    assertEquals("null", field("digit", blank));
  }

  @Test void learnsAndForgets() throws Exception {
    String before = field("digit", post("read", TICK).body());
    assertNotEquals("1", before, "choose another drawing: the net gets this one right");
    String lesson = post("learn/1", TICK).body();
    assertEquals("1", field("count", lesson));
    assertEquals(0, numbers("before", lesson)[0]);
    assertEquals(1, numbers("after", lesson)[0]);
    assertEquals(numbers("before", lesson)[1], numbers("after", lesson)[1], 0.02, "old digits"); // 2,000 of them
    assertEquals("1", field("digit", post("read", TICK).body()));
    assertEquals(lesson, CLIENT.send(request("learned").build(), HttpResponse.BodyHandlers.ofString()).body());
    assertEquals("2", field("count", post("learn/1", ONE).body()));
    post("forget", BLANK);
    assertEquals(before, field("digit", post("read", TICK).body()));
  }

  /** As the page sends what the net saw of a photograph, to be learned. */
  @Test void aPhotographIsReadAndLearned() throws Exception {
    BufferedImage photo = new BufferedImage(400, 300, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = photo.createGraphics();
    g.setColor(new Color(225, 220, 205));
    g.fillRect(0, 0, 400, 300);
    g.setColor(new Color(40, 40, 60));
    g.fillRect(190, 80, 14, 150);
    g.dispose();
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(photo, "png", png);
    String answer = post("photo", png.toByteArray()).body();
    assertEquals("1", field("digit", answer));
    double[] seen = numbers("image", answer);
    byte[] image = new byte[784];
    IntStream.range(0, 784).forEach(i -> image[i] = (byte) seen[i]);
    assertEquals(answer, post("read", image).body());
    assertEquals("1", field("count", post("learn/1", image).body()));
  }

  @Test void aTaughtNetIsSavedAndLoaded() throws Exception {
    String before = field("digit", post("read", TICK).body());
    String lesson = post("learn/1", TICK).body();
    assertTrue(lesson.contains("\"lessons\":[[1," + before + ",\""), lesson);
    byte[] net = CLIENT.send(request("net.safetensors").build(), HttpResponse.BodyHandlers.ofByteArray()).body();
    post("forget", BLANK);
    assertEquals(before, field("digit", post("read", TICK).body()));
    String loaded = post("net", net).body();
    assertEquals(lesson.replaceAll(".*\"lessons\"", ""), loaded.replaceAll(".*\"lessons\"", ""));
    assertArrayEquals(numbers("after", lesson), numbers("after", loaded), 1e-9);
    assertEquals("1", field("digit", post("read", TICK).body()));
    assertEquals("2", field("count", post("learn/1", ONE).body()), "it goes on");
    assertEquals(400, post("net", "no net".getBytes(StandardCharsets.UTF_8)).statusCode());
    assertEquals("1", field("digit", post("read", TICK).body()), "what is no net changes nothing");
  }

  @Test void answersWhileItLearns() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> lessons = new ArrayList<>();
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    HttpRequest read = request("read").POST(HttpRequest.BodyPublishers.ofByteArray(ONE)).build();
    for (int i = 0; i < 3; i++) {
      HttpRequest learn = request("learn/1").POST(HttpRequest.BodyPublishers.ofByteArray(TICK)).build();
      lessons.add(CLIENT.sendAsync(learn, HttpResponse.BodyHandlers.ofString()));
    }
    while (!lessons.stream().allMatch(CompletableFuture::isDone)) {
      CompletableFuture<HttpResponse<String>> next = CLIENT.sendAsync(read, HttpResponse.BodyHandlers.ofString());
      answers.add(next);
      if (answers.size() % 8 == 0) {
        next.join(); // eight at a time
      }
    }
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      assertEquals("1", field("digit", answer.join().body()));
    }
    assertTrue(answers.size() > 20, "it did not answer while it learned, only " + answers.size() + " times");
    assertEquals(List.of("1", "2", "3"), lessons.stream().map(lesson -> field("count", lesson.join().body())).sorted().toList());
  }

  @ParameterizedTest
  @CsvSource({"read,0,400,an image of 112x112 has 12544 pixels", "read,12543,400,got 12543", "learn/3,1,400,got 1",
      "read,12545,413,at most 12544 bytes", "photo,3,400,the photograph: ", "net,5,400,it is no net: ",
      "learn/10,12544,404,there is no POST /learn/10", "learn,12544,404,no POST /learn",
      "learn/1,12544,400,there is no ink in it", "'',5,404,no POST /", "../etc/passwd,5,404,no POST"})
  void badRequests(String path, int size, int status, String reason) throws Exception {
    HttpResponse<String> response = post(path, Arrays.copyOf(BLANK, size));
    assertEquals(status, response.statusCode(), response.body());
    assertTrue(response.body().contains(reason), response.body());
    assertFalse(response.body().contains("Exception") || response.body().contains("\tat "), response.body());
    assertEquals("1", field("digit", post("read", ONE).body()), "it goes on");
  }

  @Test void methods() throws Exception {
    for (String method : List.of("GET", "PUT", "DELETE", "OPTIONS")) {
      HttpRequest request = request("read").method(method, HttpRequest.BodyPublishers.noBody()).build();
      assertEquals(404, CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).statusCode(), method);
    }
  }

  /** Pages from elsewhere, also those whose name was made to lead to this machine, and requests that are none. */
  @ParameterizedTest
  @CsvSource({"Host: localhost:PORT,200", "Host: 127.0.0.1:PORT,200", "Host: evil.example:PORT,403",
      "Host: localhost.evil.example:PORT,403", "'Host: localhost:PORT\r\nOrigin: http://localhost:PORT',200",
      "'Host: localhost:PORT\r\nOrigin: http://evil.example',403",
      "'Host: localhost:PORT\r\nOrigin: null',403", "'Host: localhost:PORT\r\nOrigin: http://localhost:1',403", "X: y,403"})
  void strangers(String headers, int status) throws Exception {
    assertTrue(raw("POST /forget HTTP/1.1\r\n" + headers + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .startsWith("HTTP/1.1 " + status + " "), headers);
  }

  @Test void notHttp() throws Exception {
    assertTrue(raw("hello\r\n\r\n").startsWith("HTTP/1.1 400 "));
    assertEquals("1", field("digit", post("read", ONE).body()), "it goes on");
  }

  /** A body that is announced as endless is not read. */
  @Test void hugeBody() throws Exception {
    String start = "POST /read HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: 9999999999\r\n\r\n";
    assertTrue(raw(start + "x".repeat(SIDE * SIDE + 1)).startsWith("HTTP/1.1 413 "));
  }

  /** An answer is two pieces, head and body; without TCP_NODELAY the second would wait for the acknowledgement of the first, 40 ms. */
  @Test void aKeptConnectionAnswersAtOnce() throws Exception {
    assertTrue(Boolean.getBoolean("sun.net.httpserver.nodelay"));
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 20; i++) {
      long start = System.nanoTime();
      assertEquals("1", field("digit", post("read", ONE).body()));
      best = Math.min(best, (System.nanoTime() - start) / 1e6);
    }
    assertTrue(best < 35, best + " ms");
  }

  @Test void outOfMemoryIsAnAnswer() throws Exception {
    server.json("POST /much", SIDE * SIDE, body -> {
      throw new OutOfMemoryError("Java heap space");
    });
    HttpResponse<String> response = post("much", BLANK);
    assertEquals(503, response.statusCode());
    assertTrue(response.body().contains("not enough memory") && response.body().contains("-Xmx"), response.body());
    assertEquals("1", field("digit", post("read", ONE).body()), "it goes on");
  }

  private static String raw(String request) throws IOException {
    int port = URI.create(address).getPort();
    try (Socket socket = new Socket("localhost", port)) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(request.replace("PORT", Integer.toString(port)).getBytes(StandardCharsets.UTF_8));
      byte[] line = new byte[64];
      int length = socket.getInputStream().readNBytes(line, 0, 13); // status line as far as it matters
      return new String(line, 0, length, StandardCharsets.UTF_8);
    }
  }
}
