package examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;

/** The page in a real browser, with a real mouse, finger and keyboard as far as the page can tell. Pictures are in target/screenshots. */
@Timeout(300)
class DrawADigitPageTest {
  private static final double[] SEVEN = {0.25, 0.25, 0.75, 0.22, 0.45, 0.82};
  private static final double[] TICK = {0.2, 0.5, 0.4, 0.8, 0.8, 0.2}; // somebody's 1
  private static final String INK = "byId('seen').getContext('2d').getImageData(0, 0, 28, 28).data.filter((v, i) => i % 4 < 3 && v > 99)"
      + ".length";

  @TempDir static Path folder;
  private static Chromium browser;
  private static PageServer server;
  private static String address;

  @BeforeAll static void open() throws Exception {
    Path program = Chromium.find();
    if (program == null) {
      System.out.println("SKIPPED: the page of DrawADigit was not tested, because there is no Chromium in PATH");
    }
    Assumptions.assumeTrue(program != null, "there is no Chromium in PATH");
    server = new PageServer(0);
    new DrawADigit(new Splits(SyntheticDigits.create(6000, 1), SyntheticDigits.create(2000, 2)), server);
    address = server.start();
    browser = new Chromium(program, Files.createDirectory(folder.resolve("profile")));
  }

  @AfterAll static void close() throws Exception {
    if (browser != null) {
      browser.close();
      server.close();
    }
  }

  @BeforeEach void load() throws Exception {
    browser.window(1100, 1000, false);
    browser.scheme("light");
    browser.call("Page.navigate", "{\"url\":\"" + address + "\"}");
    browser.await("document.readyState === 'complete' && document.querySelectorAll('#digits button').length === 10");
    browser.evaluate("ask('forget', '').then(showLessons)");
  }

  @AfterEach void noComplaints() throws Exception {
    browser.evaluate("0"); // what was said so far has come
    assertEquals(List.of(), browser.complaints());
  }

  @Test void readsWhatIsDrawn() throws Exception {
    assertEquals("?", digit());
    draw(SEVEN);
    assertEquals("7", digit());
    assertEquals("7", browser.evaluate("document.querySelector('.best .key').textContent"));
    double whole = Double.parseDouble(browser.evaluate(
        "[...document.querySelectorAll('.bar i')].reduce((sum, bar) => sum + Number(bar.style.getPropertyValue('--share')), 0)"));
    assertEquals(1, whole, 1e-5); // ten probabilities in float32
    assertTrue(Integer.parseInt(browser.evaluate(INK)) > 40, "the 28x28 image is empty");
    browser.await("byId('say').textContent.startsWith('Reads as 7')");

    click("#undo");
    browser.await("!reading && byId('digit').textContent === '?'");
    assertEquals("0", browser.evaluate(INK));
    click("#digits button:nth-child(8)"); // nothing drawn, nothing to learn
    assertEquals("Draw a digit first.", said());
  }

  @Test void learnsFromACorrectionAndForgetsNothing() throws Exception {
    draw(TICK);
    String before = digit();
    assertNotEquals("1", before, "choose another drawing: the net gets this one right");
    click("#digits button:nth-child(2)"); // that was a 1
    browser.await("!learning");
    assertTrue(said().startsWith("Learned in "), said());
    assertEquals("1", digit());
    assertEquals("correction: 0 of 1, 1 of 1", lesson("count", "yours"));
    String[] old = lesson("old", "old").split("[:,%]+ ?"); // 2,000: 97.10%, 97.40%
    assertEquals(97, Double.parseDouble(old[2]), 2, "before, of these digits, which it has not seen");
    assertTrue(Double.parseDouble(old[3]) > Double.parseDouble(old[2]) - 1, "forgot: " + String.join(" ", old));
    assertEquals(before + " \u2192 1", browser.evaluate("byId('samples').textContent"));
    pictures("taught");

    draw(SEVEN); // the next stroke begins on blank paper
    assertEquals("1", browser.evaluate("strokes.length"));
    assertEquals("7", digit());
    browser.call("Page.reload", "{}");
    browser.await("document.readyState === 'complete' && !byId('taught').hidden");
    assertEquals("correction: 0 of 1, 1 of 1", lesson("count", "yours"));
    assertEquals(before + " \u2192 1", browser.evaluate("byId('samples').textContent"), "after the page was loaded again");
    click("#forget");
    browser.await("byId('ask').open");
    assertEquals("Forget the correction?", browser.evaluate("byId('question').textContent.slice(0, 22)"));
    pictures("asks");
    browser.key("Escape", "Escape", 27, "");
    browser.await("!byId('ask').open");
    assertEquals("false", browser.evaluate("byId('taught').hidden"), "Esc keeps");
    click("#forget");
    click("[value=forget]");
    browser.await("byId('taught').hidden");
    draw(TICK);
    assertEquals(before, digit());
  }

  /** What it is worth shows before it is read: another class, another ring, another colour. */
  @Test void doubtIsVisible() throws Exception {
    three("sure", "0.96, 0, 0.04, 0, 0, 0, 0");
    assertEquals("sure 96% sure 0.96", worth());
    String sure = browser.evaluate("getComputedStyle(byId('digit')).color");
    pictures("sure");
    three("sure", "0.45, 0, 0.4, 0, 0.15, 0, 0");
    assertEquals("guess 45%: only a guess 0.45", worth());
    assertNotEquals(sure, browser.evaluate("getComputedStyle(byId('digit')).color"));
    pictures("guess");
    three("sure", "0.75, 0, 0.25, 0, 0, 0, 0");
    assertEquals("likely 75%: likely 0.75", worth());
    three("not_sure", "0.96, 0, 0, 0, 0, 0, 0");
    assertEquals("guess 96%, and perhaps no digit at all 0.96", worth());
    draw(0.5, 0.5, 0.51, 0.5); // a dot
    assertEquals("none no digit: it finds no ink 0", worth());
    assertEquals("\u2013", digit());
  }

  /** Shows an answer of 3. */
  private static void three(String verdict, String probabilities) throws Exception {
    browser.evaluate("show({verdict: '" + verdict + "', digit: 3, probabilities: [0, 0, 0, " + probabilities
        + "], image: new Array(784).fill(0)})");
  }

  private static String worth() throws Exception {
    return browser.evaluate("[byId('answer').dataset.trust, byId('sure').textContent,"
        + " byId('gauge').style.getPropertyValue('--share')].join(' ')");
  }

  @Test void aPhotographIsDropped() throws Exception {
    browser.evaluate("(async () => { const c = new OffscreenCanvas(400, 300); const g = c.getContext('2d'); g.fillStyle = '#ddd8c8';"
        + " g.fillRect(0, 0, 400, 300); g.strokeStyle = '#223'; g.lineWidth = 14; g.beginPath(); g.moveTo(150, 80); g.lineTo(240, 75);"
        + " g.lineTo(180, 230); g.stroke(); const data = new DataTransfer();"
        + " data.items.add(new File([await c.convertToBlob()], 'seven.png', {type: 'image/png'}));"
        + " document.dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})); })()");
    browser.await("byId('say').textContent.startsWith('Reads as 7')");
    assertTrue(Integer.parseInt(browser.evaluate(INK)) > 40, "what was cut out is not shown");
    pictures("photograph");
    click("#digits button:nth-child(8)"); // that was a 7
    browser.await("!learning");
    assertTrue(said().startsWith("Learned in "), said());
    click("#clear");
    browser.await("!reading && byId('digit').textContent === '?'");
    assertEquals("false", browser.evaluate("byId('invitation').hidden"));
  }

  @Test void keyboardAlone() throws Exception {
    browser.key("Tab", "Tab", 9, "");
    assertEquals("pad", browser.evaluate("document.activeElement.id"));
    press("ArrowUp", 38, 11);
    browser.key(" ", "Space", 32, " ");
    press("ArrowDown", 40, 20);
    browser.key(" ", "Space", 32, " ");
    browser.await("!reading");
    assertEquals("1", digit());
    browser.await("byId('say').textContent.startsWith('Reads as 1')");
    pictures("keyboard");
    browser.key("1", "Digit1", 49, "1");
    browser.await("!byId('taught').hidden && !learning");
    assertEquals("correction: 1 of 1, 1 of 1", lesson("count", "yours"));
    browser.key("Escape", "Escape", 27, "");
    browser.await("!reading && byId('digit').textContent === '?'");
    for (String next : List.of("undo", "clear", "photo", "")) {
      browser.key("Tab", "Tab", 9, "");
      assertEquals(next, browser.evaluate("document.activeElement.id"));
    }
    assertEquals("That was a 0", browser.evaluate("document.activeElement.getAttribute('aria-label')"));
  }

  @Test void fingerOnANarrowScreen() throws Exception {
    browser.window(400, 1250, true);
    pictures("blank-400");
    double[] box = box("#pad");
    for (int i = 0; i <= 16; i++) {
      double[] p = along(SEVEN, i / 16.0);
      browser.call("Input.dispatchTouchEvent", "{\"type\":\"" + (i == 0 ? "touchStart" : "touchMove") + "\",\"touchPoints\":[{\"x\":"
          + (box[0] + box[2] * p[0]) + ",\"y\":" + (box[1] + box[3] * p[1]) + "}]}");
    }
    browser.call("Input.dispatchTouchEvent", "{\"type\":\"touchEnd\",\"touchPoints\":[]}");
    browser.await("byId('say').textContent.startsWith('Reads as 7')");
    assertEquals("400", browser.evaluate("document.documentElement.scrollWidth"), "wider than the screen");
    assertEquals("none", browser.evaluate("getComputedStyle(byId('keys')).display"), "a telephone has no keys");
    pictures("finger-400");
  }

  private static String digit() throws Exception {
    return browser.evaluate("byId('digit').textContent");
  }

  private static String said() throws Exception {
    return browser.evaluate("byId('say').textContent");
  }

  private static String lesson(String what, String row) throws Exception {
    return browser.evaluate("`${byId('" + what + "').textContent}: ${byId('" + row + "-before').textContent}, ${byId('" + row
        + "-now').textContent}`");
  }

  private static void pictures(String name) throws Exception {
    for (String scheme : List.of("dark", "light")) {
      browser.scheme(scheme);
      browser.screenshot(Path.of("target/screenshots", name + "-" + scheme + ".png"));
    }
  }

  private static void press(String key, int code, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      browser.key(key, key, code, "");
    }
  }

  /** Left, top, width and height on the screen. */
  private static double[] box(String selector) throws Exception {
    return Stream.of(browser.evaluate("(b => [b.left, b.top, b.width, b.height].join())(document.querySelector('" + selector
        + "').getBoundingClientRect())").split(",")).mapToDouble(Double::parseDouble).toArray();
  }

  /** The point of a line at a time from 0 to 1, each of its parts taking as long. */
  private static double[] along(double[] line, double time) {
    int parts = line.length / 2 - 1;
    int part = (int) Math.min(time * parts, parts - 1);
    double within = time * parts - part;
    return new double[] {line[2 * part] + within * (line[2 * part + 2] - line[2 * part]),
        line[2 * part + 1] + within * (line[2 * part + 3] - line[2 * part + 1])};
  }

  private static void draw(double... line) throws Exception {
    double[] box = box("#pad");
    for (int i = 0; i <= 17; i++) {
      double[] p = along(line, Math.min(1, i / 16.0));
      mouse(i == 0 ? "mousePressed" : i == 17 ? "mouseReleased" : "mouseMoved", box[0] + box[2] * p[0], box[1] + box[3] * p[1]);
    }
    browser.await("!reading");
  }

  private static void click(String selector) throws Exception {
    double[] box = box(selector);
    mouse("mousePressed", box[0] + box[2] / 2, box[1] + box[3] / 2);
    mouse("mouseReleased", box[0] + box[2] / 2, box[1] + box[3] / 2);
  }

  private static void mouse(String type, double x, double y) throws Exception {
    browser.call("Input.dispatchMouseEvent", "{\"type\":\"" + type + "\",\"x\":" + x + ",\"y\":" + y + ",\"button\":\"left\",\"buttons\":"
        + (type.equals("mouseReleased") ? 0 : 1) + ",\"clickCount\":1}");
  }
}
