package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SplitsTest {
  @TempDir Path folder;

  private void fails(String spec, String... parts) {
    IOException e = assertThrows(IOException.class, () -> Splits.open(spec));
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }

  @Test void needsOneSplitAndEqualShapes() {
    Dataset a = new Dataset(new Shape(1, 1, 1), new byte[1], new int[1], 2);
    Dataset b = new Dataset(new Shape(1, 1, 1), new byte[1], new int[1], 3);
    assertThrows(IllegalArgumentException.class, () -> new Splits(null, null));
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> new Splits(a, b));
    assertTrue(e.getMessage().contains("1x1x1 in 2 classes, the test set of 1x1x1 in 3"), e.getMessage());
    assertEquals(List.of("0", "1"), new Splits(null, a).classNames());
  }

  @Test void opensIdxFoldersAndKeepsTheBytesOf28x28() throws IOException {
    Dataset digits = SyntheticDigits.create(20, 1);
    Idx.write(digits, folder.resolve("train-images-idx3-ubyte.gz"), folder.resolve("train-labels-idx1-ubyte.gz"));
    Splits splits = Splits.open(folder.toString());
    assertArrayEquals(digits.images(), splits.train().images());
    assertArrayEquals(digits.labels(), splits.train().labels());
  }

  @Test void opensOtherSizesAs28x28() throws IOException {
    byte[] images = new byte[2 * 16 * 16];
    images[100] = images[101] = images[256 + 77] = (byte) 200;
    Dataset small = new Dataset(new Shape(1, 16, 16), images, new int[] {0, 1}, 2);
    Idx.write(small, folder.resolve("test-images-idx3-ubyte"), folder.resolve("test-labels-idx1-ubyte"));
    assertEquals(new Shape(1, 28, 28), Splits.open(folder.toString()).test().shape());
  }

  @Test void opensImageFolders() throws IOException {
    for (String name : new String[] {"train", "train/a", "train/b"}) {
      Files.createDirectories(folder.resolve(name));
    }
    for (String name : new String[] {"train/a/1.png", "train/b/1.png"}) {
      ImageIO.write(new BufferedImage(9, 9, BufferedImage.TYPE_BYTE_GRAY), "png", folder.resolve(name).toFile());
    }
    assertEquals(List.of("a", "b"), Splits.open(folder.toString()).classNames());
  }

  @Test void opensTheEmbeddedDigits() throws IOException {
    Splits splits = Splits.open("digits");
    assertEquals(10_000, splits.test().size());
    assertArrayEquals(SyntheticDigits.create(10, 42).images(), Arrays.copyOf(splits.train().images(), 7840));
  }

  @Test void saysWhatThereIsNot() throws IOException {
    fails("nowhere-at-all", "no data at 'nowhere-at-all': there is no such folder",
        "give a folder of IDX files or of images, mnist or digits");
    fails("", "no data at ''");
    fails("a\0b", "cannot be the name of a file");
    fails(folder.toString(), "no data here; expected one sub-folder of images per class, or IDX files named");
    Path file = Files.createFile(folder.resolve("file"));
    fails(file.toString(), "not a folder");
  }
}
