package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders as data sets come in, and what is said about them. */
class LayoutTest {
  @TempDir Path folder;
  private final List<String> told = new ArrayList<>();

  private Splits open(Path path) throws IOException {
    told.clear();
    return Splits.open(path.toString(), new Reading().withTold(told::add));
  }

  private void fails(Path path, String... parts) {
    IOException e = assertThrows(IOException.class, () -> open(path));
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), () -> "'" + part + "' is not in: " + e.getMessage());
    }
    assertEquals(List.of(), told, "a failure is all there is to say");
  }

  private void tells(String... parts) {
    for (String part : parts) {
      assertTrue(told.stream().anyMatch(line -> line.contains(part)), () -> "'" + part + "' is not in: " + told);
    }
  }

  /** All there is, held out or not. */
  private static int size(Splits splits) {
    return splits.train().size() + (splits.test() == null ? 0 : splits.test().size());
  }

  /** Writes pictures of one stroke, {@code count} of them, as PNG. */
  private void pictures(String name, int count) throws IOException {
    Path target = Files.createDirectories(folder.resolve(name));
    for (int i = 0; i < count; i++) {
      picture(target.resolve(i + ".png"), "png", i);
    }
  }

  private static void picture(Path file, String type, int place) throws IOException {
    BufferedImage image = new BufferedImage(30, 30, BufferedImage.TYPE_INT_RGB);
    for (int p = 0; p < 900; p++) {
      boolean ink = p % 30 >= 12 && p % 30 < 15 && p / 30 >= 4 + place % 8 && p / 30 < 24;
      image.setRGB(p % 30, p / 30, ink ? 0 : 0xFFFFFF);
    }
    assertTrue(ImageIO.write(image, type, file.toFile()));
  }

  private void idx(String name, String prefix, int count) throws IOException {
    Path target = Files.createDirectories(folder.resolve(name));
    Idx.write(SyntheticDigits.create(count, 1), target.resolve(prefix + "-images-idx3-ubyte"),
        target.resolve(prefix + "-labels-idx1-ubyte"));
  }

  @ParameterizedTest
  @CsvSource({"training, testing", "Train, Test", "TRAINING, TESTING", "train, valid", "train, val", "train, validation", "train, dev",
      "trainingSet, testSet", "mnist_train, mnist_test", "train_images, test_images"})
  void partsByTheirNames(String train, String test) throws IOException {
    for (String name : new String[] {"0", "1"}) {
      pictures(train + "/" + name, 3);
      pictures(test + "/" + name, 2);
    }
    Splits splits = open(folder);
    assertEquals(6, splits.train().size());
    assertEquals(4, splits.test().size());
    assertNull(splits.validation());
    tells("training images from " + train, "test images from " + test);
  }

  @Test void threePartsKeepTheirRoles() throws IOException {
    for (String name : new String[] {"a", "b"}) {
      pictures("train/" + name, 3);
      pictures("val/" + name, 2);
      pictures("test/" + name, 1);
    }
    Splits splits = open(folder);
    assertArrayEquals(new int[] {6, 4, 2}, new int[] {splits.train().size(), splits.validation().size(), splits.test().size()});
    tells("training images from train, validation images from val, test images from test");
    assertEquals(4, splits.ofClasses(0, 1).validation().size());
  }

  @Test void plainPartsNeedNoWords() throws IOException {
    for (String name : new String[] {"train/a", "train/b", "test/a", "test/b"}) {
      pictures(name, 1);
    }
    open(folder);
    assertEquals(List.of(), told);
  }

  @Test void partsOfOneKindTwiceAreNotGuessed() throws IOException {
    pictures("train/0", 1);
    pictures("training/0", 1);
    fails(folder, "which holds the training images, train or training?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"MNIST/raw", "EMNIST/raw", "archive/data/mnist", "raw"})
  void idxFilesBelow(String below) throws IOException {
    idx(below, "t10k", 20);
    assertEquals(20, open(folder).test().size());
    tells("read from " + folder.resolve(below));
  }

  @Test void severalSetsBelowAreNamed() throws IOException {
    idx("MNIST/raw", "t10k", 20);
    idx("FashionMNIST/raw", "t10k", 20);
    fails(folder, "several data sets, FashionMNIST, MNIST; give one of them");
  }

  @Test void foldersNamedLikeTheFilesInThem() throws IOException {
    for (String name : new String[] {"train-images", "train-labels"}) {
      String type = name.endsWith("images") ? "-idx3-ubyte" : "-idx1-ubyte";
      Files.createDirectories(folder.resolve(name + type));
    }
    Idx.write(SyntheticDigits.create(20, 1), folder.resolve("train-images-idx3-ubyte/train-images-idx3-ubyte"),
        folder.resolve("train-labels-idx1-ubyte/train-labels-idx1-ubyte"));
    assertEquals(20, open(folder).train().size());
    Idx.write(SyntheticDigits.create(30, 1), folder.resolve("train-images.idx3-ubyte"), folder.resolve("train-labels.idx1-ubyte"));
    assertEquals(30, open(folder).train().size(), "the files beside them come first");
    assertEquals(List.of(), told);
  }

  @Test void oneMoreFolderAroundEverything() throws IOException {
    for (String name : new String[] {"0", "1"}) {
      pictures("archive/mnist_png/training/" + name, 3);
      pictures("archive/mnist_png/testing/" + name, 2);
    }
    Files.createDirectories(folder.resolve("__MACOSX/archive"));
    Files.writeString(folder.resolve("archive/README.md"), "notes");
    assertEquals(4, open(folder).test().size());
    tells("read from " + folder.resolve("archive/mnist_png"), "passed over: 1 .md, 1 hidden, in ");
  }

  @Test void imagesLevels() throws IOException {
    for (String name : new String[] {"a", "b"}) {
      pictures("images/" + name, 3);
      pictures("other/train/images/" + name, 3);
      pictures("other/test/images/" + name, 2);
    }
    Files.createDirectories(folder.resolve("only"));
    Files.move(folder.resolve("images"), folder.resolve("only/images"));
    assertEquals(List.of("a", "b"), open(folder.resolve("only")).classNames());
    assertEquals(4, open(folder.resolve("other")).test().size());
  }

  @Test void aSetBesideLoosePicturesIsNoClass() throws IOException {
    for (String part : new String[] {"training", "testing"}) {
      pictures("mnist_png/" + part + "/0", 2);
      pictures("mnist_png/" + part + "/1", 2);
    }
    pictures("samples", 2);
    assertEquals(4, open(folder).test().size());
    tells("folder samples");
  }

  @Test void aDigitsFolderIsAClass() throws IOException {
    pictures("7/monday", 2);
    pictures("7/tuesday", 2);
    assertArrayEquals(new int[] {7, 7, 7, 7}, open(folder).train().labels());
    tells("images in folders below class folders belong to the class: monday, tuesday");
  }

  @Test void testPicturesWithoutClassesAreTold() throws IOException {
    pictures("train/a", 10);
    pictures("train/b", 10);
    pictures("test", 5);
    assertEquals(20, size(open(folder)));
    tells("folder test (pictures without classes)");
  }

  @Test void everyReadableKindAndWhatIsPassedOver() throws IOException {
    pictures("a", 1);
    pictures("b", 1);
    picture(folder.resolve("a/x.gif"), "gif", 0);
    picture(folder.resolve("a/x.tiff"), "tiff", 0);
    picture(folder.resolve("a/x.jfif"), "jpg", 0);
    picture(folder.resolve("a/x"), "png", 0);
    picture(folder.resolve("a/Bild vom 3.4"), "bmp", 0);
    for (String name : new String[] {"1.txt", "2.txt", "notes", ".DS_Store", "Thumbs.db", "paper.PDF"}) {
      Files.writeString(folder.resolve("a").resolve(name), "no picture");
    }
    Splits splits = open(folder);
    assertEquals(6 + 1, size(splits));
    tells("passed over: 2 .txt, 2 hidden, 1 .pdf, 1 without an extension, in a");
  }

  @Test void anEmptyClassKeepsItsPlace() throws IOException {
    pictures("a", 2);
    Files.createDirectories(folder.resolve("b"));
    pictures("c", 2);
    Splits splits = open(folder);
    assertEquals(List.of("a", "b", "c"), splits.classNames());
    assertArrayEquals(new int[] {0, 0, 2, 2}, splits.train().labels());
    tells(folder.resolve("b") + ": no images; the class keeps its place");
  }

  @Test void picturesWithoutFolders() throws IOException {
    pictures(".", 3);
    fails(folder, "3 pictures, but no classes");
  }

  @Test void linksAreFollowedButNotForEver() throws IOException {
    pictures("real", 3);
    pictures("data/b", 1);
    Files.createSymbolicLink(folder.resolve("data/a"), folder.resolve("real"));
    Files.createSymbolicLink(folder.resolve("data/b/again"), folder.resolve("data"));
    Files.createSymbolicLink(folder.resolve("data/b/gone.png"), folder.resolve("nowhere.png"));
    Splits splits = open(folder.resolve("data"));
    assertEquals(3, splits.train().counts()[0]);
    tells("1 broken link", "1 link to a folder around it");
  }

  @Test void otherKindsOfFilesAreNamed() throws IOException {
    Files.writeString(folder.resolve("x.parquet"), "PAR1...");
    fails(folder, "x.parquet is a Parquet file; convert it", "pandas.read_parquet");
    fails(folder.resolve("x.parquet"), "a Parquet file");
    Path file = folder.resolve("file");
    String[][] kinds = {{"MATLAB 5.0 MAT-file, Platform", "a MATLAB file"},
        {"% 1. Title\n@RELATION mnist", "an ARFF file"}, {"@RELATION mnist_784", "an ARFF file"}, {"<!DOCTYPE html>", "a web page"},
        {"version https://git-lfs.github.com/spec/v1", "git lfs pull"}, {"\u0089PNG\r\n", "a single picture; predict reads it"},
        {"\u0080\4\u0095", "pickled Python objects, which could run code"}};
    for (String[] kind : kinds) {
      Files.write(file, kind[0].getBytes(StandardCharsets.ISO_8859_1));
      fails(file, kind[1]);
    }
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("train-images-idx3-ubyte"));
    }
    fails(file, "a zip archive; unpack it");
    byte[] tar = new byte[1024];
    System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
    Files.write(file, IdxTest.gzip(tar));
    fails(file, "a tar archive; unpack it");
    Files.writeString(file, "something else");
    fails(file, "not a folder, and no file of data that can be read");
  }
}
