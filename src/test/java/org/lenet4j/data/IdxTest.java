package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdxTest {
  private static final int IMAGES = 0x803;
  private static final int LABELS = 0x801;

  @TempDir Path folder;

  static byte[] idx(byte[] data, int... header) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * header.length + data.length);
    for (int value : header) {
      buffer.putInt(value);
    }
    return buffer.put(data).array();
  }

  static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static byte[] counting(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  private static void fails(String part, Path file, Executable read) {
    IOException e = assertThrows(IOException.class, read);
    assertTrue(e.getMessage().contains(part), e.getMessage());
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
  }

  private void imagesFail(String part, byte[] bytes) throws IOException {
    Path file = write("images", bytes);
    fails(part, file, () -> Idx.readImages(file));
  }

  @Test void readsAnyImageSizeRawAndGzipWhateverTheName() throws IOException {
    byte[] data = counting(2 * 3 * 5);
    byte[] bytes = idx(data, IMAGES, 2, 3, 5);
    for (Path file : new Path[] {write("a", bytes), write("b.gz", bytes), write("c", gzip(bytes)), write("d.gz", gzip(bytes))}) {
      Idx.Images images = Idx.readImages(file);
      assertEquals(new Shape(1, 3, 5), images.shape());
      assertEquals(2, images.count());
      assertArrayEquals(data, images.pixels());
    }
    assertArrayEquals(new int[] {0, 7, 255}, Idx.readLabels(write("l", idx(new byte[] {0, 7, -1}, LABELS, 3))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".gz"})
  void readsBackWhatItWrites(String suffix) throws IOException {
    Dataset train = new Dataset(new Shape(1, 4, 6), counting(3 * 24), new int[] {0, 2, 1}, 3);
    Dataset test = new Dataset(new Shape(1, 4, 6), counting(24), new int[] {4}, 5);
    Idx.write(train, folder.resolve("train-images-idx3-ubyte" + suffix), folder.resolve("train-labels-idx1-ubyte" + suffix));
    Splits alone = Idx.loadFolder(folder);
    assertNull(alone.test());
    assertEquals(3, alone.train().classes());
    Idx.write(test, folder.resolve("test-images-idx3-ubyte" + suffix), folder.resolve("test-labels-idx1-ubyte" + suffix));
    Splits both = Idx.loadFolder(folder);
    assertArrayEquals(train.images(), both.train().images());
    assertArrayEquals(train.labels(), both.train().labels());
    assertArrayEquals(test.images(), both.test().images());
    assertEquals(5, both.train().classes()); // the largest label of both, plus 1
    assertEquals(5, both.test().classes());
  }

  @Test void findsMnistsNamesAndTheDottedOnes() throws IOException {
    write("t10k-images.idx3-ubyte", idx(new byte[4], IMAGES, 1, 2, 2));
    write("t10k-labels.idx1-ubyte", idx(new byte[1], LABELS, 1));
    Splits splits = Idx.loadFolder(folder);
    assertNull(splits.train());
    assertNotNull(splits.test());
    assertEquals(2, splits.test().classes());
  }

  @Test void namesAMissingOrEmptyFolder() throws IOException {
    Path missing = folder.resolve("missing");
    fails("no such folder", missing, () -> Idx.loadFolder(missing));
    fails("no IDX files here; expected train-images-idx3-ubyte[.gz]", folder, () -> Idx.loadFolder(folder));
    Path file = write("file", new byte[1]);
    fails("not a folder", file, () -> Idx.loadFolder(file));
    fails("no such file", missing, () -> Idx.readImages(missing));
    fails("not a file", folder, () -> Idx.readLabels(folder));
  }

  @Test void namesAMissingPartner() throws IOException {
    Path images = write("train-images-idx3-ubyte", idx(new byte[4], IMAGES, 1, 2, 2));
    fails("there is no train-labels-idx1-ubyte[.gz] beside it", images, () -> Idx.loadFolder(folder));
    Files.delete(images);
    Path labels = write("test-labels-idx1-ubyte.gz", gzip(idx(new byte[1], LABELS, 1)));
    fails("there is no test-images-idx3-ubyte[.gz] beside it", labels, () -> Idx.loadFolder(folder));
  }

  @Test void rejectsACountMismatch() throws IOException {
    write("train-images-idx3-ubyte", idx(new byte[4], IMAGES, 1, 2, 2));
    Path labels = write("train-labels-idx1-ubyte", idx(new byte[2], LABELS, 2));
    fails("2 labels, but train-images-idx3-ubyte has 1 images", labels, () -> Idx.loadFolder(folder));
  }

  @Test void rejectsSplitsOfDifferentSizes() throws IOException {
    write("train-images-idx3-ubyte", idx(new byte[4], IMAGES, 1, 2, 2));
    write("train-labels-idx1-ubyte", idx(new byte[1], LABELS, 1));
    Path test = write("test-images-idx3-ubyte", idx(new byte[6], IMAGES, 1, 2, 3));
    write("test-labels-idx1-ubyte", idx(new byte[1], LABELS, 1));
    fails("images of 1x2x3, but train-images-idx3-ubyte has 1x2x2", test, () -> Idx.loadFolder(folder));
  }

  @Test void rejectsTheWrongMagicNumber() throws IOException {
    imagesFail("starts with 0x00000801 instead of 0x00000803; this is a file of labels", idx(new byte[1], LABELS, 1, 1, 1));
    imagesFail("starts with 0x03080000 instead of 0x00000803", idx(new byte[4], 0x03080000, 1, 2, 2));
    Path file = write("labels", idx(new byte[4], IMAGES, 1, 2, 2));
    fails("this is a file of images", file, () -> Idx.readLabels(file));
  }

  @Test void rejectsEveryTruncation() throws IOException {
    byte[] raw = idx(counting(2 * 3 * 4), IMAGES, 2, 3, 4);
    for (int length = 0; length < raw.length; length++) {
      imagesFail("truncated", Arrays.copyOf(raw, length));
      imagesFail("truncated", gzip(Arrays.copyOf(raw, length)));
    }
    imagesFail("promises 24 bytes of images but it holds 23; copy or download it again", Arrays.copyOf(raw, raw.length - 1));
    byte[] gzip = gzip(raw);
    for (int length = 2; length < gzip.length; length++) {
      imagesFail("truncated", Arrays.copyOf(gzip, length));
    }
  }

  @Test void rejectsTrailingBytes() throws IOException {
    byte[] raw = idx(new byte[5], IMAGES, 1, 2, 2);
    imagesFail("too long, there is more behind the 4 bytes of images", raw);
    imagesFail("too long", gzip(raw));
  }

  @Test void rejectsNoImagesAndNoPixels() throws IOException {
    imagesFail("holds no images", idx(new byte[0], IMAGES, 0, 28, 28));
    imagesFail("announces images of 0x28 pixels", idx(new byte[0], IMAGES, 1, 0, 28));
    Path labels = write("labels", idx(new byte[0], LABELS, 0));
    fails("holds no labels", labels, () -> Idx.readLabels(labels));
  }

  @Test void allocatesNothingForDimensionsThatLie() throws IOException {
    imagesFail("announces 2147483647 x 2147483647 x 2147483647 bytes", idx(new byte[9], IMAGES, -1 >>> 1, -1 >>> 1, -1 >>> 1));
    imagesFail("announces 65536 x 65536 x 65536 bytes", idx(new byte[9], IMAGES, 1 << 16, 1 << 16, 1 << 16)); // 2^48: 0 as an int
    imagesFail("dimension 1 in its header is negative", idx(new byte[9], IMAGES, 1, -3, -3));
    byte[] large = idx(new byte[9], IMAGES, 2_000_000, 32, 32);
    imagesFail("promises 2048000000 bytes of images but it holds 9", large);
    imagesFail("promises 2048000000 bytes of images but it holds 9", gzip(large));
  }

  @Test void stopsAGzipBombAtTheAnnouncedLength() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(idx(new byte[4], IMAGES, 1, 2, 2));
      for (int i = 0; i < 256; i++) {
        gzip.write(new byte[1 << 20]);
      }
    }
    long start = System.nanoTime();
    imagesFail("too long", out.toByteArray());
    assertTrue(System.nanoTime() - start < 1_000_000_000L); // 256 MiB would take longer to unpack
  }

  @Test void rejectsDamagedGzip() throws IOException {
    byte[] gzip = gzip(idx(counting(1000), IMAGES, 10, 10, 10));
    byte[] checksum = gzip.clone();
    checksum[gzip.length - 8] ^= 1;
    imagesFail("damaged gzip data (Corrupt GZIP trailer); copy or download it again", checksum);
    byte[] method = gzip.clone();
    method[2] = 7;
    imagesFail("damaged gzip data", method);
  }

  @Test void writesOnlyWhatTheFormatHolds() {
    Path a = folder.resolve("a");
    Dataset colour = new Dataset(new Shape(3, 1, 1), new byte[3], new int[] {0}, 2);
    assertThrows(IllegalArgumentException.class, () -> Idx.write(colour, a, a));
    Dataset regression = new Dataset(new Shape(1, 1, 1), new byte[1], new float[] {0.5f}, 1);
    assertThrows(IllegalArgumentException.class, () -> Idx.write(regression, a, a));
  }

  @Test void qmnistsLabelsAreRowsOfIntegers() throws IOException {
    ByteBuffer rows = ByteBuffer.allocate(2 * 8 * 4);
    for (int v : new int[] {7, 0, 2610, 3, 55, 123456, 0, 0, 2, 4, 3000, 1, 50, 99, 0, 0}) {
      rows.putInt(v);
    }
    write("qmnist-test-images-idx3-ubyte", idx(new byte[8], IMAGES, 2, 2, 2));
    write("qmnist-test-labels-idx2-int.gz", gzip(idx(rows.array(), 0xC02, 2, 8)));
    assertArrayEquals(new int[] {7, 2}, Idx.loadFolder(folder).test().labels());
    assertArrayEquals(new int[] {5, 6}, Idx.readLabels(write("five", idx(new byte[] {0, 0, 0, 5, 0, 0, 0, 9, 0, 0, 0, 6, 0, 0, 0, 9}, 0xC02,
        2, 2))));
    Path negative = write("negative", idx(new byte[] {-1, -1, -1, -1}, 0xC01, 1));
    fails("sample 0 has the label -1; labels are the numbers 0, 1, 2", negative, () -> Idx.readLabels(negative));
  }

  @Test void otherTypesOfNumbers() throws IOException {
    byte[] floats = ByteBuffer.allocate(16).putFloat(0).putFloat(0.5f).putFloat(1).putFloat(0.25f).array();
    assertArrayEquals(new byte[] {0, (byte) 128, (byte) 255, 64}, Idx.readImages(write("floats", idx(floats, 0xD03, 1, 2, 2))).pixels());
    byte[] shorts = ByteBuffer.allocate(8).putShort((short) 0).putShort((short) 200).putShort((short) 255).putShort((short) 7).array();
    assertArrayEquals(new byte[] {0, (byte) 200, (byte) 255, 7}, Idx.readImages(write("shorts", idx(shorts, 0xB03, 1, 2, 2))).pixels());
    byte[] none = ByteBuffer.allocate(16).putFloat(0).putFloat(Float.NaN).putFloat(1).putFloat(2).array();
    imagesFail("value 1 is NaN, no pixel", idx(none, 0xD03, 1, 2, 2));
    imagesFail("are no pixels", idx(ByteBuffer.allocate(16).putInt(-5).array(), 0xC03, 1, 2, 2));
  }

  @Test void emnistsImagesAreTurnedUpright() throws IOException {
    byte[] image = counting(2 * 2 * 3);
    write("emnist-letters-train-images-idx3-ubyte", idx(image, IMAGES, 2, 2, 3));
    write("emnist-letters-train-labels-idx1-ubyte", idx(new byte[] {1, 26}, LABELS, 2));
    Splits splits = Idx.loadFolder(folder);
    assertArrayEquals(new byte[] {0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11}, splits.train().images());
    assertEquals(new Shape(1, 3, 2), splits.train().shape());
    List<String> told = new ArrayList<>();
    Splits.open(folder.toString(), new Reading().withTold(told::add));
    assertEquals(List.of("emnist-letters: EMNIST's files hold images transposed; turned upright"), told);
    assertArrayEquals(image, IdxFolder.in(folder).read(new PixelFixes(true, 0, false, false), told).train().images());
  }

  @Test void severalSetsAreChosenByAFile() throws IOException {
    for (String set : new String[] {"emnist-digits", "emnist-letters"}) {
      byte label = (byte) (set.endsWith("digits") ? 3 : 20);
      write(set + "-test-images-idx3-ubyte", idx(new byte[784], IMAGES, 1, 28, 28));
      write(set + "-test-labels-idx1-ubyte", idx(new byte[] {label}, LABELS, 1));
    }
    fails("several data sets, emnist-digits, emnist-letters; give a file of the one to read", folder, () -> Idx.loadFolder(folder));
    Path file = folder.resolve("emnist-letters-test-labels-idx1-ubyte");
    assertArrayEquals(new int[] {20}, Splits.open(file.toString()).test().labels());
    write("t10k-images-idx3-ubyte", idx(new byte[784], IMAGES, 1, 28, 28));
    write("t10k-labels-idx1-ubyte", idx(new byte[] {1}, LABELS, 1));
    assertArrayEquals(new int[] {1}, Idx.loadFolder(folder).test().labels(), "MNIST's own names come first");
  }

  @Test void mappedIsWhatIsRead() throws IOException {
    Dataset digits = SyntheticDigits.create(70, 1);
    Path images = folder.resolve("a");
    Path labels = folder.resolve("b");
    Idx.write(digits, images, labels);
    Dataset mapped = Idx.map(images, labels);
    assertFalse(mapped.isInMemory());
    assertEquals(digits.toString(), mapped.toString());
    assertArrayEquals(digits.image(69), mapped.image(69));
    assertArrayEquals(digits.labels(), mapped.labels());
    Path gzip = folder.resolve("a.gz");
    Idx.write(mapped, gzip, labels);
    assertArrayEquals(digits.images(), Idx.readImages(gzip).pixels());
    fails("compressed, or of other numbers than unsigned bytes, and cannot be mapped into memory; unpack it (gunzip)", gzip,
        () -> Idx.map(gzip, labels));
    fails("not an IDX file of images", labels, () -> Idx.map(labels, labels));
    byte[] all = Files.readAllBytes(images);
    Files.write(images, Arrays.copyOf(all, all.length - 1));
    fails("truncated, its header promises 54880 bytes of images but it holds 54879", images, () -> Idx.map(images, labels));
    Files.write(images, Arrays.copyOf(all, all.length + 1));
    fails("too long", images, () -> Idx.map(images, labels));
    Files.write(images, new byte[] {0, 0});
    fails("truncated", images, () -> Idx.map(images, labels));
    Files.write(images, all);
    Idx.write(digits.head(69), folder.resolve("c"), labels);
    fails("69 labels, but a has 70 images", labels, () -> Idx.map(images, labels));
  }

  @Test void whatIsTooLargeForAnArrayIsToBeUnpacked() throws IOException {
    byte[] header = idx(new byte[9], IMAGES, 10_000_000, 28, 28);
    imagesFail("announces 10000000 x 28 x 28 bytes, more than the 2 GB that fit in memory; if it is meant to be so, unpack it (gunzip)",
        gzip(header));
    Path raw = write("raw", header);
    fails("truncated, its header promises 7840000000 bytes of images but it holds 9", raw, () -> Idx.map(raw, raw));
  }

  @Test void partsMakeTheFilesOfTheWhole() throws IOException {
    Dataset digits = SyntheticDigits.create(70, 1);
    Path images = folder.resolve("a");
    Path labels = folder.resolve("b");
    Idx.write(digits, images, labels);
    Path parts = folder.resolve("parts");
    Path partLabels = folder.resolve("part labels");
    for (int first = 0; first < 70; first += 35) {
      Idx.append(digits.subset(IntStream.range(first, first + 35).toArray()), parts, partLabels);
    }
    assertEquals(-1, Files.mismatch(images, parts));
    assertEquals(-1, Files.mismatch(labels, partLabels));
    Dataset small = new Dataset(new Shape(1, 2, 2), new byte[4], new int[1], 2);
    fails("is no whole IDX file of images of 1x2x2, and cannot be added to", parts, () -> Idx.append(small, parts, partLabels));
    fails("is no whole IDX file of images", partLabels, () -> Idx.append(digits, partLabels, partLabels));
    Files.write(partLabels, new byte[1], StandardOpenOption.APPEND);
    fails("is no whole IDX file of labels", partLabels, () -> Idx.append(digits, folder.resolve("new"), partLabels));
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
        () -> Idx.append(digits, folder.resolve("x.gz"), partLabels));
    assertTrue(e.getMessage().endsWith("x.gz: a compressed file cannot be added to; give a name without .gz"), e.getMessage());
  }

  /** An honest header of more than there is memory for. */
  @Test void moreThanFitsInMemory() {
    InputStream zeros = new InputStream() {
      @Override public int read() {
        return 0;
      }

      @Override public int read(byte[] buffer, int from, int length) {
        return length;
      }
    };
    long much = Runtime.getRuntime().maxMemory();
    IOException e = assertThrows(IOException.class, () -> Bounded.read(zeros, much, "big"));
    assertTrue(e.getMessage().matches("big: holds \\d+ MB of data, more than fits in the \\d+ MB that Java may use; give it more memory.*"),
        e.getMessage());
  }
}
