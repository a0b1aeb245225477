package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.JsonTree;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.ImageFile;
import org.lenet4j.data.Preprocess;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.Model;

/** {@code predict}: what can be given to it, and what it says. */
class PredictCliTest {
  private static final Dataset DIGITS = SyntheticDigits.create(100, 3);

  @TempDir static Path shared;
  private static Path white;
  private static Path noImage;

  @TempDir Path folder;

  @BeforeAll static void images() throws IOException {
    white = image(shared.resolve("white.png"), paper());
    noImage = Files.writeString(shared.resolve("no.png"), "no image");
  }

  private static Path image(Path file, BufferedImage image) throws IOException {
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  private static BufferedImage paper() {
    BufferedImage image = new BufferedImage(90, 60, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D g = image.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, 90, 60);
    return image;
  }

  private static Path digit(Path file, int sample) throws IOException {
    BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
    for (int p = 0; p < 784; p++) {
      image.getRaster().setSample(p % 28, p / 28, 0, DIGITS.images()[sample * 784 + p] & 0xFF);
    }
    return image(file, image);
  }

  private static void letter(Path file, String letter) throws IOException {
    BufferedImage image = new BufferedImage(120, 140, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D g = image.createGraphics();
    try {
      g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 100));
      g.getFontMetrics();
    } catch (RuntimeException | InternalError e) {
      Assumptions.abort("no fonts on this machine");
    }
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, 120, 140);
    g.setColor(Color.BLACK);
    g.drawString(letter, 20, 110);
    g.dispose();
    image(file, image);
  }

  private static Cli predict(Object... args) {
    List<Object> words = new ArrayList<>(List.of("predict", "--from", "pretrained"));
    words.addAll(Arrays.asList(args));
    return Cli.run(words.toArray());
  }

  private static List<String> files(Cli run) {
    return run.out().lines().map(line -> line.split("\t")[0]).toList();
  }

  @Test void aPictureWithoutInkHasNoDigit() throws IOException {
    Cli run = predict(white, digit(folder.resolve("a.png"), 3));
    assertEquals(1, run.exitCode());
    assertEquals(white + "\tno digit", run.out().lines().findFirst().orElseThrow());
    assertEquals(2, run.out().lines().count());
    assertEquals("", run.err());
    JsonTree json = JsonTree.parse(predict(white, noImage, folder.resolve("a.png"), "--json", "-").out());
    assertEquals(Set.of("file", "verdict", "label", "name", "probability", "probabilities"), json.names(0));
    assertEquals("no digit", json.at(0, "verdict"));
    for (String key : List.of("label", "name", "probability", "probabilities")) {
      assertNull(json.at(0, key), key);
    }
    assertEquals(Set.of("file", "error"), json.names(1));
    assertEquals("sure", json.at(2, "verdict"));
    assertEquals((long) DIGITS.labels()[3], json.at(2, "label"));
  }

  /** Letters, of which the net is to doubt some. */
  @Test void whatIsNoDigitIsMarked() throws IOException {
    for (String letter : "AEFHKMNRWX".split("")) {
      letter(folder.resolve(letter + ".png"), letter);
    }
    Cli run = predict(folder);
    assertEquals(0, run.exitCode(), run.err());
    List<String> doubted = run.out().lines().filter(line -> line.endsWith("\tnot sure")).toList();
    assertTrue(doubted.size() >= 3, run.out());
    for (String line : doubted) {
      assertTrue(line.matches("\\Q" + folder + "\\E.[A-Z]\\.png\t[0-9]\\?\t0\\.[0-9]{4}\tnot sure"), line);
    }
    assertEquals(doubted.size(), JsonTree.parse(predict(folder, "--json", "-").out()).list().stream()
        .filter(answer -> "not sure".equals(new JsonTree(answer).at("verdict"))).count());
  }

  /** In the order of the names, sub-folders among them; more than are read one by one. */
  @Test void aFolderIsReadInOrder() throws IOException {
    List<String> expected = new ArrayList<>();
    StringBuilder labels = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      Path file = folder.resolve(i < 40 ? "a/" + (char) ('a' + i / 10) + "/" + i % 10 + ".PNG" : "b" + i + ".png");
      expected.add(digit(file, i).toString());
      labels.append(DIGITS.labels()[i]);
    }
    Files.writeString(folder.resolve("a/notes.txt"), "no image by name");
    digit(folder.resolve(".hidden.png"), 0);
    digit(folder.resolve("a/.hidden/0.png"), 0);
    Files.writeString(folder.resolve("a/without-a-dot"), "no image either");
    Cli run = predict(folder);
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(expected, files(run));
    String answers = String.join("", run.out().lines().map(line -> line.split("\t")[1].substring(0, 1)).toList());
    assertTrue(IntStream.range(0, 60).filter(i -> answers.charAt(i) == labels.charAt(i)).count() >= 50, answers + " of " + labels);
    assertTrue(run.err().startsWith("passed over: 2 hidden, 1 .txt, 1 without an extension, in "), run.err());
    assertEquals(1, run.err().lines().count());
    assertEquals(expected, JsonTree.parse(predict(folder, "--json", "-").out()).list().stream()
        .map(answer -> new JsonTree(answer).at("file")).toList());
  }

  @Test void oneBadFileAmongManyIsNamed() throws IOException {
    for (int i = 10; i < 50; i++) {
      digit(folder.resolve(i + ".png"), i);
    }
    byte[] whole = Files.readAllBytes(folder.resolve("30.png"));
    Files.write(folder.resolve("30.png"), Arrays.copyOf(whole, whole.length / 2));
    Cli run = predict(folder, shared.resolve("none.png"), white);
    assertEquals(1, run.exitCode());
    assertEquals(40, run.out().lines().count());
    assertTrue(run.out().contains("white.png\tno digit") && !run.out().contains("30.png"), run.out());
    List<String> errors = run.err().lines().toList();
    assertEquals(2, errors.size(), run.err());
    assertTrue(errors.get(0).startsWith("lenet4j predict: " + folder.resolve("30.png") + ": "), run.err());
    assertEquals("lenet4j predict: " + shared.resolve("none.png") + ": no such file", errors.get(1));
  }

  @Test void foldersWithoutImages() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Path other = Files.createDirectories(folder.resolve("other/deep"));
    digit(other.resolve(".a.png"), 0);
    Cli run = predict(empty, other.getParent(), digit(folder.resolve("a.png"), 0));
    assertEquals(1, run.exitCode());
    assertEquals(1, run.out().lines().count());
    assertEquals(List.of("lenet4j predict: " + empty + ": a folder without images", "lenet4j predict: " + other.getParent()
        + ": a folder without images, only 1 hidden"), run.err().lines().toList());
    Cli nothing = predict();
    assertEquals(2, nothing.exitCode());
    assertTrue(nothing.err().contains("give an IMAGE"), nothing.err());
  }

  @Test void standardInput() throws IOException {
    Path file = digit(folder.resolve("a.png"), 4);
    String expected = predict(file).out().replace(file.toString(), "-");
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream(Files.readAllBytes(file)));
      Cli run = predict("-", file);
      assertEquals(0, run.exitCode(), run.err());
      assertEquals(expected + predict(file).out(), run.out());
      System.setIn(new ByteArrayInputStream(new byte[0]));
      run = predict("-");
      assertEquals(1, run.exitCode());
      assertTrue(run.err().startsWith("lenet4j predict: -: ") && run.err().lines().count() == 1, run.err());
    } finally {
      System.setIn(before);
    }
  }

  @Test void aListOfFiles() throws IOException {
    Path list = Files.write(folder.resolve("list"), List.of(digit(folder.resolve("b.png"), 1).toString(),
        digit(folder.resolve("a.png"), 2).toString()));
    assertEquals(Files.readAllLines(list), files(predict("@" + list)));
  }

  @Test void showDrawsWhatTheNetSees() throws IOException {
    Path file = digit(folder.resolve("a.png"), 3);
    for (Cli run : List.of(predict(file, "--show"), predict("--show", file))) {
      assertEquals(0, run.exitCode(), run.err());
      List<String> lines = run.out().lines().toList();
      assertEquals(1 + 28, lines.size());
      for (int y = 0; y < 28; y++) {
        String line = lines.get(1 + y);
        for (int x = 0; x < 28; x++) {
          int value = DIGITS.images()[3 * 784 + y * 28 + x] & 0xFF;
          char drawn = line.length() > 2 + 2 * x ? line.charAt(2 + 2 * x) : ' ';
          if (value < 12 || value > 240) {
            assertEquals(value < 12, drawn == ' ', run.out());
          }
          assertTrue(line.length() < 4 + 2 * x || drawn == line.charAt(3 + 2 * x), "two alike");
        }
      }
    }
    assertEquals(1, predict(white, "--show").out().lines().count());
    assertEquals(1 + 28, predict(file, "--show", "--json", "-").err().lines().count() + 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"US-ASCII", "ISO-8859-1", "UTF-8"})
  void aTerminalGetsOnlyCharactersThatItHas(String charset) {
    byte[] image = new byte[784];
    Arrays.fill(image, 28, 56, (byte) 255);
    String before = System.getProperty("stdout.encoding");
    System.setProperty("stdout.encoding", charset);
    try {
      String text = Drawing.text(image);
      assertTrue(Charset.forName(charset).newEncoder().canEncode(text), text);
      assertEquals(charset.equals("UTF-8"), text.contains("█"));
      assertEquals(2 + 56, text.lines().toList().get(1).length());
    } finally {
      if (before == null) {
        System.clearProperty("stdout.encoding");
      } else {
        System.setProperty("stdout.encoding", before);
      }
    }
  }

  @Test void showWritesPng() throws IOException {
    Path file = digit(folder.resolve("a.png"), 3);
    Path out = folder.resolve("seen.png");
    assertEquals(0, predict("--show", out, file).exitCode());
    assertArrayEquals(DIGITS.image(3), Preprocess.digit(ImageFile.read(out)), "one image can be read again");
    assertEquals(28, ImageIO.read(out.toFile()).getWidth());
    byte[] first = Files.readAllBytes(out);
    Cli again = predict("--show", out, file); // might be two images to read
    assertEquals(2, again.exitCode());
    assertTrue(again.err().contains("--show=" + out + " replaces it"), again.err());
    assertArrayEquals(first, Files.readAllBytes(out));
    assertEquals(0, predict("--show=" + out, file, digit(folder.resolve("b.png"), 4), digit(folder.resolve("c.png"), 5)).exitCode());
    BufferedImage sheet = ImageIO.read(out.toFile());
    assertEquals(2 * 112 + 4, sheet.getWidth());
    assertEquals(2 * 112 + 4, sheet.getHeight());
    for (int p = 0; p < 784; p++) {
      assertEquals(DIGITS.images()[4 * 784 + p] & 0xFF, sheet.getRaster().getSample(116 + 4 * (p % 28) + 1, 4 * (p / 28) + 2, 0));
    }
    assertEquals(2, predict("--show=" + folder.resolve("seen.jpg"), file).exitCode());
    assertFalse(Files.exists(folder.resolve("seen.jpg")));
    assertEquals(1, predict("--show=" + folder.resolve("nowhere/seen.png"), file).exitCode());
  }

  @Test void trainingAndMeasuringSayWhatHasNoInk() throws IOException {
    for (int i = 0; i < 100; i++) {
      digit(folder.resolve("d/train/" + DIGITS.labels()[i] + "/" + i + ".png"), i);
      digit(folder.resolve("d/test/" + DIGITS.labels()[i] + "/" + i + ".png"), i);
    }
    image(folder.resolve("d/train/4/white.png"), paper());
    image(folder.resolve("d/train/5/white.png"), paper());
    image(folder.resolve("d/test/1/white.png"), paper());
    Path out = folder.resolve("w.safetensors");
    Cli train = Cli.run("train", "--data", folder.resolve("d"), "--epochs", 1, "--batch-size", 16, "--out", out);
    assertEquals(0, train.exitCode(), train.err());
    assertTrue(train.err().contains("2 training images have no ink and are left out"), train.err());
    assertTrue(train.err().contains("d/train: no ink is found in 2 of 102 images: 4/white.png, 5/white.png\n"), train.err());
    assertTrue(train.out().contains("100 training"), train.out());
    assertEquals(10, Model.load(out).sureFrom().length);
    Cli tune = Cli.run("finetune", "--data", folder.resolve("d"), "--epochs", 1, "--batch-size", 16, "--out", out);
    assertEquals(0, tune.exitCode(), tune.err());
    assertTrue(tune.err().contains("2 training images have no ink and are left out"), tune.err());
    assertEquals(10, Model.load(out).sureFrom().length);
    Cli evaluate = Cli.run("evaluate", "--from", "pretrained", "--data", folder.resolve("d"));
    assertTrue(evaluate.out().contains("101 images; 1 has no ink and counts as wrong"), evaluate.out());
    assertTrue(evaluate.err().contains("d/test: no ink is found in 1 of 101 images: 1/white.png\n"), evaluate.err());
  }

  /** Digits are 0 to 9 in every country. */
  @ParameterizedTest
  @ValueSource(strings = {"ar-EG", "ar-SA-u-nu-arab", "fa-IR", "hi-IN-u-nu-deva", "ne-NP", "th-TH-u-nu-thai", "bn-BD", "mr-IN", "my-MM"})
  void digitsAreEuropean(String tag) throws IOException {
    Path data = Cli.data(folder.resolve("data"), 64, 64);
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag(tag));
    try {
      assertFalse(Locale.getDefault().getLanguage().isEmpty());
      Path out = folder.resolve("w.safetensors");
      for (Cli run : List.of(Cli.run("evaluate", "--from", "pretrained", "--data", data), predict(white, digit(folder.resolve("1.png"), 1)),
          Cli.run("train", "--data", data, "--epochs", 1, "--batch-size", 16, "--out", out, "--report", folder.resolve("r")),
          Cli.run("finetune", "--data", data, "--epochs", 1, "--batch-size", 16, "--find-lr", "--validation", "0.2", "--out", out),
          Cli.run("info"), Cli.run("train", "--help"))) {
        String said = run.out() + run.err();
        assertTrue(said.chars().noneMatch(c -> Character.isDigit(c) && (c < '0' || c > '9')), said);
        assertTrue(said.chars().anyMatch(c -> c >= '0' && c <= '9'), said);
      }
      String page = Files.readString(folder.resolve("r/index.html"));
      assertTrue(page.chars().noneMatch(c -> Character.isDigit(c) && (c < '0' || c > '9')));
    } finally {
      Locale.setDefault(before);
    }
  }
}
