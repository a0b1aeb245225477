package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
  @TempDir Path folder;

  /** Writes synthetic digits, dark on white, as {@code under/name/NNN.type}. */
  private void write(String name, int digit, int count, String type) throws IOException {
    Dataset digits = SyntheticDigits.create(10 * count, digit);
    Path target = Files.createDirectories(folder.resolve(name));
    for (int i = 0; i < count; i++) {
      BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < 784; p++) {
        int v = 255 - (digits.images()[(10 * i + digit) * 784 + p] & 0xFF);
        image.setRGB(p % 28, p / 28, v << 16 | v << 8 | v);
      }
      assertTrue(ImageIO.write(image, type, target.resolve(String.format(Locale.ROOT, "%03d.%s", i, type)).toFile()));
    }
  }

  private static void fails(Path file, String part, Path load) {
    IOException e = assertThrows(IOException.class, () -> ImageFolder.load(load));
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test void holdsOutAboutAFifthButNothingOfSmallClasses() throws IOException {
    write("0", 0, 50, "png");
    write("1", 1, 40, "bmp");
    write("2", 2, 4, "png");
    Splits splits = ImageFolder.load(folder);
    assertEquals(List.of("0", "1", "2"), splits.classNames());
    assertEquals(50 + 40 + 4, splits.train().size() + splits.test().size());
    int[] held = splits.test().counts();
    assertTrue(held[0] >= 4 && held[0] <= 18 && held[1] >= 2 && held[1] <= 16, Arrays.toString(held)); // three deviations
    assertEquals(0, held[2]);
  }

  @Test void tooFewImagesGiveNoTestSet() throws IOException {
    write("a", 0, 4, "png");
    write("b", 1, 1, "png");
    Splits splits = ImageFolder.load(folder);
    assertNull(splits.test());
    assertEquals(5, splits.train().size());
  }

  @Test void takesTrainAndTestFolders() throws IOException {
    write("train/a", 0, 3, "png");
    write("train/b", 1, 2, "png");
    write("test/a", 0, 1, "png");
    write("test/b", 1, 1, "png");
    Splits splits = ImageFolder.load(folder);
    assertArrayEquals(new int[] {0, 0, 0, 1, 1}, splits.train().labels());
    assertArrayEquals(new int[] {0, 1}, splits.test().labels());
    write("test/c", 2, 1, "png");
    fails(folder, "train has the classes [a, b], but test has [a, b, c]", folder);
  }

  @Test void takesATestFolderAlone() throws IOException {
    write("test/3", 3, 2, "png");
    write("test/7", 7, 2, "png");
    Splits splits = ImageFolder.load(folder);
    assertNull(splits.train());
    assertArrayEquals(new int[] {3, 3, 7, 7}, splits.test().labels());
  }

  @Test void aDigitsLabelIsTheDigit() throws IOException {
    write("7", 7, 1, "png");
    write("3", 3, 1, "png");
    Splits splits = ImageFolder.load(folder);
    assertArrayEquals(new int[] {3, 7}, splits.train().labels());
    assertEquals(8, splits.train().classes());
  }

  @Test void otherNamesAreSortedByNumberOrName() throws IOException {
    write("n/100", 0, 1, "png");
    write("n/20", 1, 1, "png");
    write("n/3", 2, 1, "png");
    assertEquals(List.of("3", "20", "100"), ImageFolder.load(folder.resolve("n")).classNames());
    write("s/100", 0, 1, "png");
    write("s/20", 1, 1, "png");
    write("s/x", 2, 1, "png");
    assertEquals(List.of("100", "20", "x"), ImageFolder.load(folder.resolve("s")).classNames());
  }

  @Test void imagesAreFramed() throws IOException {
    write("0", 0, 1, "png");
    write("1", 1, 1, "png");
    Splits splits = ImageFolder.load(folder);
    byte[] first = Arrays.copyOf(splits.train().images(), 784);
    assertArrayEquals(first, Preprocess.digit(first, 28, 28));
    assertEquals(0, first[0]);
  }

  @Test void passesOverHiddenAndOtherFiles() throws IOException {
    write("a", 0, 1, "png");
    write("b", 1, 1, "png");
    write(".cache", 2, 1, "png");
    Files.writeString(folder.resolve("a").resolve("README.txt"), "notes");
    Files.writeString(folder.resolve("a").resolve("._000.png"), "resource fork");
    Files.writeString(folder.resolve("labels.csv"), "notes");
    assertEquals(2, ImageFolder.load(folder).train().size());
  }

  @Test void saysWhatIsMissing() throws IOException {
    fails(folder.resolve("missing"), "no such folder", folder.resolve("missing"));
    fails(folder, "no data here; expected one sub-folder of images per class, or IDX files", folder);
    write("only", 0, 1, "png");
    fails(folder, "only one class, 'only'", folder);
    Path notes = Files.createDirectories(folder.resolve("other"));
    Files.writeString(notes.resolve("notes.txt"), "no image");
    fails(notes, "a class without images, only 1 .txt; put PNG, JPEG or BMP files there or remove the folder", folder);
  }

  @Test void namesAnUnreadableImage() throws IOException {
    write("a", 0, 2, "png");
    write("b", 1, 2, "png");
    Path text = folder.resolve("b").resolve("001.png");
    Files.writeString(text, "this is no image");
    fails(text, "not an image but text; expected PNG, JPEG, GIF, BMP, TIFF, WebP or PNM", folder);
    byte[] png = Files.readAllBytes(folder.resolve("a").resolve("000.png"));
    Files.write(text, Arrays.copyOf(png, png.length / 2));
    fails(text, "cannot be read as an image", folder);
    Files.write(text, new byte[0]);
    fails(text, "not an image", folder);
  }
}
