package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClassNamesTest {
  private static final List<String> DIGITS = Splits.numberedNames(10);

  /** One image for each label; the pixel is the label. */
  private static Splits data(List<String> names, int... labels) {
    byte[] pixels = new byte[labels.length];
    IntStream.range(0, labels.length).forEach(i -> pixels[i] = (byte) labels[i]);
    return new Splits(new Dataset(new Shape(1, 1, 1), pixels, labels, names.size()), null, names);
  }

  /** One image of each class. */
  private static Splits data(String... names) {
    return data(List.of(names), IntStream.range(0, names.length).toArray());
  }

  private static String fails(Splits data, List<String> names) {
    return assertThrows(IllegalArgumentException.class, () -> data.matching(names)).getMessage();
  }

  private static void matches(List<String> model, Splits data, String note, Integer... labels) {
    ClassNames match = ClassNames.match(data, model);
    assertEquals(List.of(labels), Arrays.stream(match.splits().train().labels()).boxed().toList());
    assertEquals(model, match.splits().classNames());
    assertEquals(note, match.note());
  }

  @Test void aClassThatIsMissingKeepsItsPlace() {
    matches(List.of("a", "b", "c", "d"), data("b", "d"), null, 1, 3);
    matches(List.of("d", "c", "b", "a"), data("a", "b", "c", "d"), null, 3, 2, 1, 0);
    matches(DIGITS, data(Splits.numberedNames(8), 3, 7), null, 3, 7);
    matches(List.of("3", "7"), data(Splits.numberedNames(8), 3, 7), null, 0, 1);
  }

  @Test void whatAgreesIsNotCopied() {
    Splits data = data("a", "b");
    assertSame(data, data.matching(List.of("a", "b")));
  }

  @Test void caseAccentsAndEncodings() {
    List<String> model = List.of("\u00e9t\u00e9", "hot dog", "c");
    matches(model, data("e\u0301te\u0301", "hot dog", "c"), null, 0, 1, 2);
    matches(model, data("C", "ETE", "hot_dog"),
        "the data's classes ETE, hot_dog, C are read as the model's \u00e9t\u00e9, hot dog, c", 2, 0, 1);
    matches(List.of("a", "A", "b"), data("A", "a", "B"), "the data's class B is read as the model's b", 1, 0, 2);
    fails(data("A", "a"), List.of("a", "b")); // which of them is a?
    fails(data("\u00e4", "b"), List.of("a", "A", "b"));
  }

  @Test void numbers() {
    matches(DIGITS, data("eight", "five", "three"), "the data's classes three, five, eight are read as the model's 3, 5, 8", 8, 5, 3);
    matches(DIGITS, data("01", "02", "03", "04", "05", "06", "07", "08", "09"),
        "the data's classes 01 to 09 are read as the model's 1 to 9", 1, 2, 3, 4, 5, 6, 7, 8, 9);
    matches(DIGITS, data("33", "37"), "the data's classes 33, 37 are read as the model's 3, 7", 3, 7);
    matches(List.of("eight", "five", "three"), data(Splits.numberedNames(10), 3, 5),
        "the data's classes 5, 3 are read as the model's five, three", 2, 1);
    matches(List.of("drei", "eins", "zwei"), data("one", "two"), "the data's classes one, two are read as the model's eins, zwei", 1, 2);
    matches(List.of("a", "b", "c"), data("0", "1", "2"), "the data's classes 0 to 2 are read as the model's a, b, c", 0, 1, 2);
    matches(List.of("0", "1", "a"), data("0", "1", "2"), "the data's class 2 is read as the model's a", 0, 1, 2);
  }

  @Test void whatIsNotCertainIsAnErrorWithBothLists() {
    assertEquals("the model has no class cat (1 image), dog (1 image): the data's classes are cat, dog, the model's 0 to 9; name them as"
        + " the model does (cat=0,dog=1)", fails(data("cat", "dog"), DIGITS));
    assertEquals("the model has no class 255 (2 images): the data's classes are 0 to 9, 255, the model's 0 to 9; or use the others"
        + " alone (0-9)",
        fails(data(Splits.numberedNames(256), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 255), DIGITS));
    assertTrue(fails(data("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"), DIGITS).contains("(a=0,b=1,"));
    // in SVHN 10 is 0, in Chars74K it is the tenth, 9
    assertTrue(fails(data("01", "02", "03", "04", "05", "06", "07", "08", "09", "10"), DIGITS).contains("10 may be 0, or the first"));
    assertTrue(fails(data(Splits.numberedNames(11), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), DIGITS).contains("(10=0)"));
    assertEquals("the model has no class one (1 image), other (1 image), zero (1 image): the data's classes are one, other, zero, the"
        + " model's 0 to 9; or use the others alone (one,zero)", fails(data("one", "other", "zero"), DIGITS));
    fails(data("0", "1", "cat"), List.of("0", "1", "dog"));
    fails(data(Splits.numberedNames(27), IntStream.rangeClosed(1, 26).toArray()), letters()); // EMNIST counts from 1
    fails(data(Splits.numberedNames(4), 1, 2, 3), List.of("a", "b", "c", "d")); // from 0 or from 1?
    fails(data("0", "1"), List.of("3", "7"));
    fails(data("a", "b"), List.of("0", "1")); // weights of others, without names
  }

  private static List<String> letters() {
    return IntStream.rangeClosed('a', 'z').mapToObj(Character::toString).toList();
  }

  @Test void renamedClassesCanBecomeOne() {
    Splits data = data("one", "eins", "two").renamed(Map.of("one", "1", "eins", "1"));
    assertEquals(List.of("1", "two"), data.classNames());
    assertArrayEquals(new int[] {0, 0, 1}, data.train().labels());
    Splits ten = data("01", "02", "10").renamed(Map.of("10", "0"));
    matches(DIGITS, ten, "the data's classes 01, 02 are read as the model's 1, 2", 1, 2, 0);
    assertTrue(assertThrows(IllegalArgumentException.class, () -> data.renamed(Map.of("x", "y"))).getMessage().contains("no class x"));
  }

  @Test void presentClassesAreCountedAnew() {
    Splits some = data(Splits.numberedNames(27), 1, 3, 26).present();
    assertEquals(List.of("1", "3", "26"), some.classNames());
    assertArrayEquals(new int[] {0, 1, 2}, some.train().labels());
  }

  @Test void namesOfANewHead() {
    List<String> none = Arrays.asList(null, null, null, null, null);
    List<String> kept = Arrays.asList("1", "3", null, null);
    assertEquals(List.of("a", "b", "c", "d", "e"), ClassNames.forHead(none, List.of(data("a", "b", "c", "d", "e"))));
    assertEquals(List.of("a", "b", "2", "3", "4"), ClassNames.forHead(none, List.of(data("a", "b"))));
    assertEquals(List.of("0", "1", "2", "3", "4"), ClassNames.forHead(none, List.of(data("3", "4"))));
    assertEquals(List.of("5", "6", "7", "8", "9"), ClassNames.forHead(none, List.of(data("5", "6", "7", "8", "9"))));
    assertEquals(List.of("1", "3", "7", "x"), ClassNames.forHead(kept, List.of(data("3", "7"), data("7", "x", "1"))));
    assertEquals(List.of("1", "3", "7", "4"), ClassNames.forHead(kept, List.of(data("three", "seven"))));
    assertEquals(List.of("a", "b", "2"), ClassNames.forHead(Arrays.asList("a", "b", null), List.of(data("0", "1", "2"))));
    assertEquals(List.of("a", "x", "0"), ClassNames.forHead(Arrays.asList("a", null, null), List.of(data("x", "0"))));
    String message = assertThrows(IllegalArgumentException.class, () -> ClassNames.forHead(kept, List.of(data("a", "b", "c"))))
        .getMessage();
    assertEquals("the data has the classes a, b, c besides those that are kept, 1, 3, which do not fit the head of 4; replace it with one"
        + " of 5",
        message);
  }

  @Test void labelsWithGapsAreNamed() {
    int[] stray = IntStream.concat(IntStream.range(0, 400).map(i -> i % 10), IntStream.of(255)).toArray();
    Splits data = data(Splits.numberedNames(256), stray);
    String message = assertThrows(IllegalArgumentException.class, () -> ClassNames.checkGaps(data)).getMessage();
    assertEquals("the labels are 0 to 9, besides 255 (1 image): a net of 256 classes would have 245 without images; choose the classes to"
        + " learn (0-9), or insist on all (0-9,255)", message);
    Splits letters = data(Splits.numberedNames(27), IntStream.rangeClosed(1, 26).toArray());
    message = assertThrows(IllegalArgumentException.class, () -> ClassNames.checkGaps(letters)).getMessage();
    assertEquals("the labels are 1 to 26: a net of 27 classes would have 1 without images; choose the classes to learn (1-26)", message);
    ClassNames.checkGaps(letters.present());
    ClassNames.checkGaps(data(Splits.numberedNames(8), 3, 7)); // digits
    ClassNames.checkGaps(data("x", "y"));
  }

  @Test void aClassIsFoundByNameOrNumber() {
    assertEquals(1, ClassNames.find(List.of("1", "3", "26"), "3"));
    assertEquals(-1, ClassNames.find(List.of("1", "3", "26"), "0"));
    assertEquals(2, ClassNames.find(List.of("eight", "five", "three"), "3"));
    assertEquals(0, ClassNames.find(List.of("cat", "dog"), "Cat"));
    assertEquals(1, ClassNames.find(List.of("cat", "dog"), "1"));
    assertEquals(-1, ClassNames.find(List.of("cat", "dog"), "2"));
    assertEquals(-1, ClassNames.find(List.of("cat", "dog"), "eel"));
    assertNull(ClassNames.match(data("cat"), List.of("cat", "dog")).note());
  }
}
