package examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;

/** Whatever bytes come, the page's server answers or hangs up, never fails, and goes on; for {@code -Dlenet4j.stress.seconds}. */
@Timeout(value = 1, unit = TimeUnit.DAYS)
class PageRequestsTest {
  private static final Pattern ANSWER = Pattern.compile("(?s)HTTP/1\\.1 (200|204|4\\d\\d|501) .*");
  private static final List<String> WORDS = List.of("GET", "POST", "PUT", "HEAD", "OPTIONS", "/read", "/learned", "/forget",
      "/learn/3", "/", "/draw.js",
      "..", "%00", "%2e%2e/", "?", "#", "http://", "Host: ", "localhost", "127.0.0.1", "Origin: http://evil.example", "Content-Length: ",
      "-1", "0", "12544", "99999999999999999999", "Transfer-Encoding: chunked", "\r\n", "\r\n\r\n", "ffffffff\r\n", "HTTP/1.1", "HTTP/9.9",
      "Expect: 100-continue", "Connection: keep-alive", "\0", "\u00ff");

  @Test void anyBytes() throws Exception {
    long seconds = Long.getLong("lenet4j.stress.seconds", 2);
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream err = System.err;
    try (PageServer server = new PageServer(0)) {
      System.setErr(new PrintStream(said, true)); // where the server says what failed
      new DrawADigit(new Splits(SyntheticDigits.create(100, 1), SyntheticDigits.create(100, 2)), server);
      int port = URI.create(server.start()).getPort();
      byte[] paper = new byte[112 * 112];
      Arrays.fill(paper, (byte) 255);
      List<byte[]> seeds = List.of(request(port, "GET /", 0), request(port, "GET /learned", 0), join(request(port, "POST /read",
          paper.length), paper), join(request(port, "POST /learn/3", paper.length), paper), request(port, "POST /forget", 0));
      for (byte[] seed : seeds) {
        assertTrue(ANSWER.matcher(ask(port, seed)).matches(), ask(port, seed));
      }
      int requests = 0;
      int answers = 0;
      for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds); System.nanoTime() < end; requests++) {
        byte[] bytes = mutate(seeds.get(requests % seeds.size()), new SplittableRandom(requests));
        String answer = ask(port, bytes);
        assertTrue(answer.isEmpty() || ANSWER.matcher(answer).matches(), () -> "to " + new String(bytes, ISO_8859_1) + ": " + answer);
        answers += answer.isEmpty() ? 0 : 1;
      }
      assertTrue(ask(port, seeds.get(0)).startsWith("HTTP/1.1 200 "), "it answers still");
      assertTrue(answers > requests / 10 && requests > 20, answers + " answers to " + requests);
      System.out.println(requests + " requests, " + answers + " answers, 0 failures");
    } finally {
      System.setErr(err);
    }
    assertEquals("", said.toString(ISO_8859_1));
  }

  private static byte[] request(int port, String line, int length) {
    return (line + " HTTP/1.1\r\nHost: localhost:" + port + "\r\nContent-Length: " + length + "\r\nConnection: close\r\n\r\n")
        .getBytes(ISO_8859_1);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** One to three changes, most of them where the text is. */
  private static byte[] mutate(byte[] seed, SplittableRandom random) {
    byte[] bytes = seed;
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      int at = random.nextInt(Math.min(bytes.length, random.nextInt(5) == 0 ? 1 << 16 : 120) + 1);
      byte[] before = Arrays.copyOf(bytes, at);
      byte[] after = Arrays.copyOfRange(bytes, Math.min(bytes.length, at + random.nextInt(8)), bytes.length);
      byte[] word = WORDS.get(random.nextInt(WORDS.size())).getBytes(ISO_8859_1);
      bytes = switch (random.nextInt(4)) {
        case 0 -> join(before, new byte[] {(byte) random.nextInt(256)}, after);
        case 1 -> join(before, after);
        case 2 -> before;
        default -> join(before, word, after);
      };
      bytes = bytes.length == 0 ? seed : bytes;
    }
    return bytes;
  }

  private static String ask(int port, byte[] request) throws IOException {
    try (Socket socket = new Socket("localhost", port)) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request);
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    } catch (SocketException e) {
      return ""; // it hung up while we wrote
    }
  }
}
