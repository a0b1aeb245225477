package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Images in a file are the same as in an array, whatever is done with them. */
class MappedFileTest {
  private static final Dataset DIGITS = SyntheticDigits.create(3000, 7); // 2.3 MB: several blocks

  @TempDir Path folder;

  private Dataset mapped(Dataset data) throws IOException {
    Path file = folder.resolve("images");
    Files.write(file, new byte[] {1, 2, 3});
    Files.write(file, data.images(), StandardOpenOption.APPEND);
    return data.isRegression() ? Dataset.map(data.shape(), file, 3, data.targets(), data.classes())
        : Dataset.map(data.shape(), file, 3, data.labels(), data.classes());
  }

  private static byte[] bytes(Dataset data) {
    byte[] all = new byte[data.size() * data.shape().size()];
    data.copy(0, data.size(), all, 0);
    byte[] inBlocks = new byte[all.length];
    List<Integer> counts = new ArrayList<>();
    data.blocks((images, first, count) -> {
      System.arraycopy(images, 0, inBlocks, first * data.shape().size(), count * data.shape().size());
      counts.add(count);
    });
    assertArrayEquals(all, inBlocks);
    assertEquals(data.size(), counts.stream().mapToInt(count -> count).sum());
    return all;
  }

  private static void assertSameData(Dataset expected, Dataset actual) {
    assertEquals(expected.shape(), actual.shape());
    assertArrayEquals(bytes(expected), bytes(actual));
    assertArrayEquals(expected.labels(), actual.labels());
    assertArrayEquals(expected.targets(), actual.targets());
    assertEquals(expected.classes(), actual.classes());
  }

  private static void assertSameSplits(Splits expected, Splits actual) {
    assertSameData(expected.train(), actual.train());
    assertSameData(expected.test(), actual.test());
    assertFalse(actual.train().isInMemory());
  }

  @Test void everyWayToChooseChoosesTheSame() throws IOException {
    Dataset file = mapped(DIGITS);
    assertSameData(DIGITS, file);
    assertSameData(DIGITS.subset(2999, 5, 5, 0), file.subset(2999, 5, 5, 0));
    assertSameData(DIGITS.subset(9, 8, 7).subset(2, 0), file.subset(9, 8, 7).subset(2, 0));
    assertSameData(DIGITS.head(1500), file.head(1500));
    assertSameData(DIGITS.ofClasses(3, 4), file.ofClasses(3, 4));
    assertSameData(DIGITS.perClass(7, 1), file.perClass(7, 1));
    assertSameSplits(DIGITS.holdOut(100, 2), file.holdOut(100, 2));
    assertSameSplits(DIGITS.holdOut(0.3, 3), file.holdOut(0.3, 3));
    assertSameSplits(HeldOut.split(DIGITS, Splits.numberedNames(10)), HeldOut.split(file, Splits.numberedNames(10)));
    List<Splits> folds = file.folds(3, 4);
    for (int i = 0; i < folds.size(); i++) {
      assertSameSplits(DIGITS.folds(3, 4).get(i), folds.get(i));
    }
    assertSameData(DIGITS.plus(DIGITS.head(20)), file.plus(DIGITS.head(20)));
    assertSameData(DIGITS.head(20).plus(DIGITS).subset(19, 20, 21), DIGITS.head(20).plus(file).subset(19, 20, 21));
    assertSameData(DIGITS.withClasses(12), file.withClasses(12));
    assertArrayEquals(DIGITS.image(2500), file.image(2500));
    Dataset targets = new Dataset(DIGITS.shape(), DIGITS.images(), new float[6000], 2);
    assertSameSplits(targets.holdOut(0.2, 5), mapped(targets).holdOut(0.2, 5));
  }

  /** The rule that stands in Division against the obvious one: sort a class by its ranks and take the first ones. */
  @Test void copiesOfAnImageAreHeldOutInTheirOrder() {
    int[] same = IntStream.range(0, 200).map(i -> i % 40).toArray(); // five copies of each
    Dataset data = DIGITS.subset(same).withLabels(new int[200], 1);
    long[] ranks = SampleHash.of(data);
    Arrays.setAll(ranks, i -> SampleHash.mix(ranks[i] ^ SampleHash.mix(8)));
    int[] expected = IntStream.range(0, 200).boxed().sorted((a, b) -> Long.compare(ranks[a], ranks[b])).limit(66).mapToInt(i -> i).sorted()
        .toArray();
    assertArrayEquals(data.subset(expected).images(), data.holdOut(0.33, 8).test().images());
  }

  @Test void everyLookAtThePixelsSeesTheSame() throws IOException {
    byte[] images = DIGITS.images().clone();
    Arrays.fill(images, 784 * 40, 784 * 43, (byte) 0);
    Dataset array = new Dataset(DIGITS.shape(), images, DIGITS.labels(), 10);
    Dataset file = mapped(array);
    assertEquals(array.normalization(), file.normalization());
    assertArrayEquals(SampleHash.of(array), SampleHash.of(file));
    assertEquals(Seen.NOTHING.plus(array).text(), Seen.NOTHING.plus(file).text());
    assertSame(file, Seen.NOTHING.plus(array).of(file).seen());
    assertArrayEquals(new int[] {40, 41, 42}, Blanks.of(file));
    assertSameData(Blanks.without(array), Blanks.without(file));
    PixelFixes all = new PixelFixes(true, 90, true, true);
    assertSameData(all.apply(array), all.apply(file));
    assertEquals(all.apply(array).normalization(), mapped(all.apply(array)).normalization());
    assertEquals(PixelFixes.suggested(all.apply(array)), PixelFixes.suggested(mapped(all.apply(array))));
    assertSameData(Scans.of(array.head(150), 1), Scans.of(mapped(array).head(150), 1));
    assertSameData(new ReplayBuffer(5, 1).add(array).samples(), new ReplayBuffer(5, 1).add(mapped(array)).samples());
    Random random = new Random(3);
    byte[] noise = new byte[100 * 3 * 40 * 30];
    random.nextBytes(noise);
    Dataset photos = new Dataset(new Shape(3, 40, 30), noise, new int[100], 2);
    assertSameData(Preprocess.dataset(photos), Preprocess.dataset(mapped(photos)));
  }

  @Test void segmentsHoldWholeImages() throws IOException {
    Path file = folder.resolve("images");
    byte[] numbers = new byte[100];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (byte) i;
    }
    Files.write(file, numbers);
    MappedFile pixels = new MappedFile(file, 1, 33, 3, 26); // 8 images a segment
    for (int first = 0; first <= 33; first++) {
      for (int count = 0; count <= 33 - first; count++) {
        byte[] into = new byte[3 * count + 2];
        pixels.copy(first, count, into, 1);
        int from = 1 + 3 * first;
        for (int i = 0; i < 3 * count; i++) {
          assertEquals(from + i, into[1 + i]);
        }
        assertEquals(0, into[0] | into[3 * count + 1]);
      }
    }
  }

  /** Of a file of 2.2 GB all but two images are holes. */
  @Test void offsetsAreLong() throws IOException {
    int size = 8300;
    int side = 512;
    byte[] image = new byte[side * side];
    new Random(1).nextBytes(image);
    try (RandomAccessFile out = new RandomAccessFile(folder.resolve("train-images-idx3-ubyte").toFile(), "rw")) {
      out.write(ByteBuffer.allocate(16).putInt(0x803).putInt(size).putInt(side).putInt(side).array());
      out.setLength(16 + (long) image.length * size);
      for (long i : new long[] {8191, size - 1}) { // the first ends behind 2^31
        out.seek(16 + image.length * i);
        out.write(image);
      }
    }
    Files.write(folder.resolve("train-labels-idx1-ubyte"), ByteBuffer.allocate(8 + size).putInt(0x801).putInt(size).array());
    Dataset data = Idx.loadFolder(folder).train();
    assertEquals(size, data.size());
    assertArrayEquals(image, data.image(8191));
    assertArrayEquals(image, data.subset(3, size - 1).image(1));
    byte[] three = new byte[3 * image.length];
    data.copy(8190, 3, three, 0);
    assertArrayEquals(image, Arrays.copyOfRange(three, image.length, 2 * image.length));
    assertEquals(8000, data.holdOut(300, 1).train().size());
    assertThrows(IllegalStateException.class, data::images);
    String refused = assertThrows(IllegalArgumentException.class, () -> new PixelFixes(false, 0, false, true).apply(data)).getMessage();
    assertTrue(refused.startsWith("8300 images of 1x512x512 are 2075 MB, more than an array holds"), refused);
  }

  @Test void moreThanAnArrayHoldsOfWhatIsInOne() {
    Dataset many = DIGITS.subset(new int[2_800_000]);
    assertArrayEquals(DIGITS.image(0), many.image(2_799_999));
    Dataset twice = many.plus(DIGITS);
    assertEquals(2_803_000, twice.size());
    assertArrayEquals(DIGITS.image(2999), twice.image(2_802_999));
  }

  private static void fails(String part, Executable call) {
    UncheckedIOException e = assertThrows(UncheckedIOException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test void aFileThatIsNotWhatItWasIsTold() throws IOException {
    Path file = folder.resolve("images");
    String changed = file + ": was changed or replaced while its images were in use";
    Dataset data = mapped(DIGITS);
    data.checkUnchanged();
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
    fails(changed, data::checkUnchanged);
    fails(changed, () -> data.image(0));
    fails(changed, () -> data.subset(0, 1, 2).blocks((images, first, count) -> { }));
    Dataset again = mapped(DIGITS);
    Files.write(file, new byte[1], StandardOpenOption.APPEND);
    fails(changed, () -> again.plus(DIGITS).checkUnchanged());
    Dataset third = mapped(DIGITS);
    Files.delete(file);
    fails(file + ": no such file", third::checkUnchanged);
    DIGITS.checkUnchanged();
  }

  @Test void whatCannotBeMapped() throws IOException {
    Path file = folder.resolve("images");
    Shape shape = DIGITS.shape();
    IOException none = assertThrows(IOException.class, () -> Dataset.map(shape, file, 0, new int[1], 2));
    assertEquals(file + ": no such file", none.getMessage());
    Files.write(file, new byte[784 * 2]);
    IOException e = assertThrows(IOException.class, () -> Dataset.map(shape, file, 1, new int[2], 2));
    assertEquals(file + ": has 1568 bytes, but 2 images of 784 bytes each from byte 1 on end at byte 1569", e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Dataset.map(shape, file, 0, new int[0], 2));
    Dataset data = Dataset.map(shape, file, 0, new int[2], 2);
    assertThrows(IndexOutOfBoundsException.class, () -> data.copy(1, 2, new byte[9999], 0));
    assertThrows(IndexOutOfBoundsException.class, () -> data.copy(0, 1, new byte[9], 0));
    assertThrows(IndexOutOfBoundsException.class, () -> data.subset(2));
    assertThrows(IllegalArgumentException.class, () -> data.withLabels(new int[3], 2));
  }
}
