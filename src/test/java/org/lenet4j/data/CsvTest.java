package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvTest {
  private static final Dataset DIGITS = SyntheticDigits.create(30, 3);

  @TempDir Path folder;
  private final List<String> told = new ArrayList<>();

  private Splits open(Path path) throws IOException {
    told.clear();
    return Splits.open(path.toString(), new Reading().withTold(told::add));
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private void fails(String text, String part) throws IOException {
    Path file = write("digits.csv", text);
    IOException e = assertThrows(IOException.class, () -> open(file));
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  /**
   * The digits as rows.
   *
   * @param label    first, last or none
   * @param header   or null for none
   * @param division of each pixel
   */
  private static String rows(String label, boolean header, String delimiter, int division) {
    StringBuilder text = new StringBuilder();
    for (int i = header ? -1 : 0; i < DIGITS.size(); i++) {
      StringJoiner row = new StringJoiner(delimiter);
      String name = i < 0 ? "label" : Integer.toString(DIGITS.labels()[i]);
      if (label.equals("first")) {
        row.add(name);
      }
      for (int p = 0; p < 784; p++) {
        int v = i < 0 ? 0 : DIGITS.images()[i * 784 + p] & 0xFF;
        row.add(i < 0 ? "pixel" + p : division == 1 ? Integer.toString(v) : String.format(Locale.ROOT, "%.6f", v / (double) division));
      }
      if (label.equals("last")) {
        row.add(name);
      }
      text.append(row).append('\n');
    }
    return text.toString();
  }

  @ParameterizedTest
  @CsvSource({"first, true, ',', 1", "first, false, ',', 1", "last, true, ',', 1", "last, false, ',', 1", "first, false, ;, 1",
      "last, false, ' ', 1", "first, true, ', ', 1", "first, false, ',', 255", "last, false, ;, 255"})
  void labelAnywhereAnyDelimiterIntegersOrShares(String label, boolean header, String delimiter, int division) throws IOException {
    Path file = write("digits.csv", rows(label, header, delimiter, division));
    Splits splits = open(file);
    assertNull(splits.test());
    assertArrayEquals(DIGITS.labels(), splits.train().labels());
    assertArrayEquals(DIGITS.images(), splits.train().images());
    assertEquals(division == 1 ? List.of() : List.of(file + ": values 0 to 1, taken as 0 to 255"), told);
  }

  @Test void tabsQuotesWindowsLinesByteOrderMarkCommentsAndGzip() throws IOException {
    String text = "\uFEFF" + rows("first", true, "\t", 1).replaceAll("(?m)^(\\w+)", "\"$1\"").replace("\n", "\r\n") + "# the end\r\n\r\n";
    Files.write(folder.resolve("digits.tsv.gz"), IdxTest.gzip(text.getBytes(StandardCharsets.UTF_8)));
    assertArrayEquals(DIGITS.images(), open(folder).train().images());
    assertArrayEquals(DIGITS.images(), open(folder.resolve("digits.tsv.gz")).train().images());
  }

  @Test void decimalCommas() throws IOException {
    write("digits.csv", rows("first", false, ";", 255).replace('.', ','));
    assertArrayEquals(DIGITS.images(), open(folder).train().images());
  }

  @Test void pandasColumnOfRowNumbersAndNumberedHeader() throws IOException {
    String[] lines = rows("first", true, ",", 1).split("\n");
    StringBuilder numbered = new StringBuilder(',' + lines[0] + '\n');
    StringBuilder counted = new StringBuilder("0");
    for (int c = 1; c < 785; c++) {
      counted.append(',').append(c);
    }
    StringBuilder headless = new StringBuilder();
    counted.append('\n');
    for (int i = 1; i < lines.length; i++) {
      numbered.append(i - 1).append(',').append(lines[i]).append('\n');
      headless.append(i - 1).append(',').append(lines[i]).append('\n');
      counted.append(lines[i]).append('\n');
    }
    for (CharSequence text : List.of(numbered, counted, headless)) {
      Splits splits = open(write("digits.csv", text.toString()));
      assertArrayEquals(DIGITS.labels(), splits.train().labels());
      assertArrayEquals(DIGITS.images(), splits.train().images());
    }
  }

  @Test void partsByTheNamesOfFiles() throws IOException {
    write("mnist_train.csv", rows("first", true, ",", 1));
    write("mnist_test.csv", rows("first", true, ",", 1));
    write("sample_submission.csv", "ImageId,Label\n1,0\n");
    write("readme.txt", "notes");
    Splits splits = open(folder);
    assertEquals(30, splits.train().size());
    assertEquals(30, splits.test().size());
    assertEquals(List.of(folder + ": passed over: 1 .csv, 1 .txt, in " + folder.getFileName()), told);
  }

  @Test void kagglesTestFileHasNoLabels() throws IOException {
    write("train.csv", rows("first", true, ",", 1));
    Path test = write("test.csv", rows("none", true, ",", 1));
    assertNull(open(folder).test());
    assertEquals(List.of(test + ": 30 rows without labels, passed over: nothing can be measured on them"), told);
    IOException e = assertThrows(IOException.class, () -> open(test));
    assertTrue(e.getMessage().contains("30 rows of 784 pixels and no label; expected 785 columns"), e.getMessage());
  }

  @Test void emnistsRowsAreTurnedUpright() throws IOException {
    write("emnist-digits-train.csv", rows("first", false, ",", 1));
    assertArrayEquals(new PixelFixes(true, 0, false, false).apply(DIGITS).images(), open(folder).train().images());
    assertEquals(List.of("emnist-digits: EMNIST's files hold images transposed; turned upright"), told);
  }

  @Test void otherSizesBecome28x28() throws IOException {
    Splits splits = open(write("small.csv", "1,0,0,0,0,0,9,0,0,0\n0,0,0,0,9,9,9,0,0,0\n"));
    assertEquals(new Shape(1, 28, 28), splits.train().shape());
    assertArrayEquals(new int[] {1, 0}, splits.train().labels());
  }

  @Test void saysWhereWhatIsWrong() throws IOException {
    fails("1,0,0,0,9\n1,0,x7,0,9\n", "line 2, column 3: 'x7' is no number");
    fails("1,0,0,0,9\n\n# notes\n1,0,,0,9\n", "line 4, column 3 is empty");
    fails("label,a,b,c,d\n1,0,0,0,9\n1,0,0,9\n", "line 3 has 4 columns, the lines before it 5");
    fails("label,a,b,c\n1,0,0,0,9\n", "line 2 has 5 columns, its header 4");
    fails("1,0,0,9\n", "1 rows of 4 pixels and no label");
    fails("2,0,0,0,0,9\n", "6 columns are not the pixels of a square image and a label");
    fails("label,a,b,c,d\n-1,0,0,0,9\n", "column 1 should hold the labels, but has values from -1.0");
    fails("1.5,0,0,0,9.5\n", "neither the first of its 5 columns nor the last holds labels");
    fails("label,a,b,c,d\n1,0,0,0,99999\n", "values 0 to 99999 are no pixels");
    fails("label,a,b,c,d\n1,0,0,0,NaN\n", "line 2, column 5: 'NaN' is no number");
    fails("label,a,b,c,d\n1,0,0,0,1e999\n", "are no pixels");
    fails("label,a,b,c,d\n", "holds no images");
    fails("", "holds no images");
    byte[] gzip = IdxTest.gzip(rows("first", true, ",", 1).getBytes(StandardCharsets.UTF_8));
    Path cut = Files.write(folder.resolve("cut.csv.gz"), Arrays.copyOf(gzip, gzip.length / 2));
    assertTrue(assertThrows(IOException.class, () -> open(cut)).getMessage().contains("damaged gzip data behind line"));
  }

  @Test void severalFilesAreNotGuessed() throws IOException {
    write("a.csv", "1,0,0,0,9\n");
    write("b.csv", "1,0,0,0,9\n");
    IOException e = assertThrows(IOException.class, () -> open(folder));
    assertTrue(e.getMessage().contains("several CSV files, a.csv, b.csv; name them train.csv and test.csv"), e.getMessage());
  }
}
