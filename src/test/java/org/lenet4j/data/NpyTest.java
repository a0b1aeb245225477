package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
  private static final Dataset DIGITS = SyntheticDigits.create(20, 3);

  @TempDir Path folder;
  private final List<String> told = new ArrayList<>();

  /** A file as NumPy writes it. */
  static byte[] npy(String descr, boolean fortran, String shape, byte[] data) {
    String header = "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': (" + shape + "), }";
    String padded = header + " ".repeat(63 - (10 + header.length()) % 64) + "\n";
    ByteBuffer out = ByteBuffer.allocate(10 + padded.length() + data.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) padded.length());
    return out.put(padded.getBytes(StandardCharsets.ISO_8859_1)).put(data).array();
  }

  private static byte[] numbers(String descr, double... values) {
    int bytes = descr.charAt(2) - '0';
    ByteBuffer out = ByteBuffer.allocate(bytes * values.length)
        .order(descr.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    for (double v : values) {
      switch (descr.substring(1)) {
        case "f8" -> out.putDouble(v);
        case "f4" -> out.putFloat((float) v);
        case "i8" -> out.putLong((long) v);
        case "i4", "u4" -> out.putInt((int) (long) v);
        case "i2", "u2" -> out.putShort((short) v);
        default -> out.put((byte) v);
      }
    }
    return out.array();
  }

  private static double[] pixels() {
    double[] values = new double[DIGITS.images().length];
    Arrays.setAll(values, i -> DIGITS.images()[i] & 0xFF);
    return values;
  }

  private static byte[] labels(String descr) {
    return npy(descr, false, "20,", numbers(descr, Arrays.stream(DIGITS.labels()).asDoubleStream().toArray()));
  }

  static byte[] zip(Object... namesAndBytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (int i = 0; i < namesAndBytes.length; i += 2) {
        zip.putNextEntry(new ZipEntry(namesAndBytes[i] + ".npy"));
        zip.write((byte[]) namesAndBytes[i + 1]);
      }
    }
    return out.toByteArray();
  }

  private Splits open(Object... namesAndBytes) throws IOException {
    Path file = Files.write(folder.resolve("mnist.npz"), zip(namesAndBytes));
    told.clear();
    return Splits.open(file.toString(), new Reading().withTold(told::add));
  }

  private void fails(String part, Object... namesAndBytes) {
    IOException e = assertThrows(IOException.class, () -> open(namesAndBytes));
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"|u1", "<u2", ">u2", "<i2", "<i4", ">i4", "<i8", "<f4", ">f4", "<f8"})
  void everyTypeOfNumber(String descr) throws IOException {
    Splits splits = open("x_train", npy(descr, false, "20, 28, 28", numbers(descr, pixels())), "y_train", labels(descr));
    assertArrayEquals(DIGITS.images(), splits.train().images());
    assertArrayEquals(DIGITS.labels(), splits.train().labels());
    assertEquals(List.of(), told);
  }

  @Test void sharesHalvesAndNormalizedOnes() throws IOException {
    double[] shares = Arrays.stream(pixels()).map(v -> v / 255).toArray();
    assertArrayEquals(DIGITS.images(), open("x_train", npy("<f4", false, "20, 784", numbers("<f4", shares)), "y_train", labels("|u1"))
        .train().images());
    assertTrue(told.get(0).endsWith("values 0 to 1, taken as 0 to 255"), told.toString());
    double[] around = Arrays.stream(shares).map(v -> 2 * v - 1).toArray();
    assertArrayEquals(DIGITS.images(), open("x_train", npy("<f8", false, "20, 784", numbers("<f8", around)), "y_train", labels("|u1"))
        .train().images());
    assertTrue(told.get(0).contains("-1 to 1 taken as 0 to 255"), told.toString());
    fails("are no pixels; expected 0 to 255, 0 to 1 or -1 to 1, as they were before they were normalized",
        "x_train", npy("<f8", false, "20, 784", numbers("<f8", Arrays.stream(shares).map(v -> (v - 0.13) / 0.31).toArray())),
        "y_train", labels("|u1"));
    byte[] half = {0, 0x3C, 0, 0x38, 1, 0, 0, (byte) 0xBC}; // 1, 0.5, 2^-24, -1
    Npy halves = Npy.read("h", new ByteArrayInputStream(npy("<f2", false, "4,", half)));
    assertArrayEquals(new double[] {1, 0.5, Math.pow(2, -24), -1}, new double[] {halves.at(0), halves.at(1), halves.at(2), halves.at(3)});
  }

  @Test void fortranOrder() throws IOException {
    byte[] turned = new byte[DIGITS.images().length]; // the first index changes fastest
    for (int i = 0; i < turned.length; i++) {
      int x = i % 28;
      int y = i / 28 % 28;
      turned[i / 784 + 20 * (y + 28 * x)] = DIGITS.images()[i];
    }
    assertArrayEquals(DIGITS.images(), open("x_train", npy("|u1", true, "20, 28, 28", turned), "y_train", labels("<i8")).train().images());
  }

  @Test void partsAndNames() throws IOException {
    byte[] images = npy("|u1", false, "20, 28, 28, 1", DIGITS.images());
    byte[] labels = labels("<i8");
    for (String[] names : new String[][] {{"x_train", "y_train", "x_val", "y_val", "x_test", "y_test"},
        {"train_images", "train_labels", "val_images", "val_labels", "test_images", "test_labels"},
        {"XTrain", "yTrain", "xvalid", "yvalid", "testx", "testy"}}) {
      Splits splits = open(names[0], images, names[1], labels, names[2], images, names[3], labels, names[4], images, names[5], labels);
      assertEquals(20, splits.train().size());
      assertEquals(20, splits.validation().size());
      assertEquals(20, splits.test().size());
    }
    Splits numbered = open("arr_0", images, "arr_1", labels, "arr_2", images, "arr_3", labels);
    assertEquals(20, numbered.test().size());
    assertTrue(told.get(0).contains("taken as training images: "), told.toString());
    Splits together = open("images", images, "labels", labels);
    assertArrayEquals(DIGITS.images(), together.train().images());
  }

  @Test void filesOfOneArrayEach() throws IOException {
    Files.write(folder.resolve("x_train.npy"), npy("|u1", false, "20, 28, 28", DIGITS.images()));
    Files.write(folder.resolve("y_train.npy"), labels("|u1"));
    assertArrayEquals(DIGITS.images(), Splits.open(folder.toString()).train().images());
    Path kmnist = Files.createDirectory(folder.resolve("kmnist"));
    Files.write(kmnist.resolve("kmnist-test-imgs.npz"), zip("arr_0", npy("|u1", false, "20, 28, 28", DIGITS.images())));
    Files.write(kmnist.resolve("kmnist-test-labels.npz"), zip("arr_0", labels("|u1")));
    assertArrayEquals(DIGITS.labels(), Splits.open(kmnist.toString()).test().labels());
  }

  @Test void oneHotLabelsColumnsAndColours() throws IOException {
    double[] rows = new double[200];
    byte[] colours = new byte[3 * DIGITS.images().length];
    for (int i = 0; i < 20; i++) {
      rows[10 * i + DIGITS.labels()[i]] = 1;
    }
    for (int i = 0; i < colours.length; i++) {
      colours[i] = DIGITS.images()[i / 3];
    }
    byte[] hot = npy("<f4", false, "20, 10", numbers("<f4", rows));
    Splits splits = open("x_test", npy("|u1", false, "20, 28, 28, 3", colours), "y_test", hot);
    assertArrayEquals(DIGITS.labels(), splits.test().labels());
    assertEquals(new Shape(1, 28, 28), splits.test().shape());
    rows[0] = rows[1] = 1;
    fails("sample 0 has a row of 10 numbers that is no label", "x_test", npy("|u1", false, "20, 784", DIGITS.images()),
        "y_test", npy("<f4", false, "20, 10", numbers("<f4", rows)));
  }

  @Test void refusesWhatIsNoNumber() throws IOException {
    byte[] images = npy("|u1", false, "20, 28, 28", DIGITS.images());
    fails("an array of Python objects, which are pickled and could run code", "x_train", npy("|O", false, "20,", new byte[9]), "y_train",
        labels("|u1"));
    fails("an array of type U5", "x_train", images, "y_train", npy("<U5", false, "20,", new byte[400]));
    fails("there are no labels for these images", "x_train", images);
    fails("19 labels, but", "x_train", images, "y_train", npy("|u1", false, "19,", new byte[19]));
    fails("expected the arrays x_train, y_train", "foo", images, "bar", images);
    fails("truncated, its header promises 15680 bytes", "x_train", npy("|u1", false, "20, 28, 28", new byte[100]), "y_train",
        labels("|u1"));
    fails("more than the 2 GB", "x_train", npy("<f8", false, "99999, 99999, 999", new byte[9]), "y_train", labels("|u1"));
    fails("sample 0 has the label -1", "x_train", images, "y_train", npy("|i1", false, "20,", numbers("|i1", new double[] {-1,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})));
    Path file = folder.resolve("cut.npz");
    byte[] whole = zip("x_train", images, "y_train", labels("|u1"));
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertTrue(assertThrows(IOException.class, () -> Splits.open(file.toString())).getMessage().contains("damaged"));
  }

  /** Whatever bytes files hold, readers answer or throw IOException, and nothing else. */
  @Tag("slow") @Test void mutationsThrowOnlyIOException() throws IOException {
    byte[] array = npy("<i4", false, "2, 3, 4", new byte[96]);
    byte[] csv = "label,a,b,c,d\n1,0,0.5,0,9\n2,\"0\",3,-1,9\n".getBytes(StandardCharsets.US_ASCII);
    byte[] npz = zip("x", npy("|u1", false, "2, 4, 4", new byte[32]), "y", npy("|u1", false, "2,", new byte[2]));
    byte[] qmnist = IdxTest.idx(new byte[64], 0xC02, 2, 8);
    byte[][] seeds = {array, csv, npz, qmnist, IdxTest.gzip(csv)};
    Random random = new Random(42);
    int accepted = 0;
    Path file = folder.resolve("fuzzed.csv");
    for (int i = 0; i < 5000; i++) {
      byte[] bytes = seeds[i % seeds.length].clone();
      if (i % 3 == 0) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 8));
      }
      for (int n = random.nextInt(4); n > 0 && bytes.length > 0; n--) {
        int at = random.nextInt(bytes.length);
        bytes[at] = (byte) (random.nextBoolean() ? bytes[at] ^ 1 << random.nextInt(8) : " ,;\n\t0-9eE".charAt(random.nextInt(10)));
      }
      accepted += read("array", bytes) + label(bytes);
      try (OutputStream out = Files.newOutputStream(file)) {
        out.write(bytes);
      }
      try {
        accepted += Splits.open(file.toString(), new Reading().withTold(line -> { })).train() == null ? 0 : 1;
      } catch (IOException e) {
        assertTrue(e.getMessage().contains("fuzzed"), e.getMessage());
      }
    }
    assertTrue(accepted > 500, "mutations that leave a file valid should be read, got " + accepted);
  }

  private static int read(String name, byte... bytes) {
    try {
      Npy array = Npy.read(name, new ByteArrayInputStream(bytes));
      for (int i = 0; i < array.size(); i++) {
        array.at(i);
      }
      return 1;
    } catch (IOException e) {
      assertTrue(e.getMessage().startsWith(name), e.getMessage());
      return 0;
    }
  }

  private static int label(byte... bytes) {
    try {
      return Idx.readLabels("labels", new ByteArrayInputStream(bytes)).length > 0 ? 1 : 0;
    } catch (IOException e) {
      assertTrue(e.getMessage().startsWith("labels"), e.getMessage());
      return 0;
    }
  }
}
