package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.lenet4j.random.Philox;

class SeenTest {
  private static final Dataset DIGITS = SyntheticDigits.create(3000, 4);

  /** Many different small images. */
  private static Dataset many(int count, int seed) {
    byte[] images = new byte[8 * count];
    for (int i = 0; i < images.length; i++) {
      images[i] = (byte) Philox.below(256, seed, 0, 0, i);
    }
    return new Dataset(new Shape(1, 2, 4), images, new int[count], 2);
  }

  private static int size(Dataset data) {
    return data == null ? 0 : data.size();
  }

  private static void assertParts(int unseen, int seen, int unknown, Seen.Parts parts) {
    assertEquals(unseen + " " + seen + " " + unknown, size(parts.unseen()) + " " + size(parts.seen()) + " " + size(parts.unknown()));
  }

  @Test void knowsEachOfSomeThousand() {
    Seen seen = Seen.NOTHING.plus(DIGITS.head(2000));
    Seen.Parts parts = seen.of(DIGITS);
    assertParts(1000, 2000, 0, parts);
    assertSame(parts.unseen(), parts.measured());
    assertEquals(DIGITS.image(2000)[400], parts.unseen().image(0)[400]);
    assertParts(0, 2000, 0, seen.of(DIGITS.head(2000)));
    assertSame(DIGITS, Seen.NOTHING.of(DIGITS).unseen()); // no copy
  }

  @Test void knowsASampleOfMore() {
    Dataset large = many(60_000, 1);
    Seen seen = Seen.NOTHING.plus(large);
    assertParts(0, 60_000, 0, seen.of(large));
    assertParts(0, 1000, 0, seen.of(large.head(1000)));
    assertParts(10_000, 0, 0, seen.of(many(10_000, 2)));
    Seen.Parts half = seen.of(large.head(5000).plus(many(5000, 3))); // of a sixteenth it can be told
    assertEquals(5000 / 16.0, size(half.seen()), 70);
    assertEquals(5000 / 16.0, size(half.unseen()), 70);
    assertEquals(10_000, size(half.seen()) + size(half.unseen()) + size(half.unknown()));
    Seen.Parts few = seen.of(large.head(100)); // six of them are in the sample: too few to speak for all
    assertTrue(few.unseen() == null && size(few.seen()) < 20 && size(few.unknown()) > 80, few.toString());
    assertSame(few.seen(), few.measured());
  }

  /** More images than it has hashes, but not more that differ: it knows each of them. */
  @Test void imagesThatAreThereTwiceCountOnce() {
    Dataset once = many(3000, 5);
    Seen twice = Seen.NOTHING.plus(once.plus(once));
    assertEquals(Seen.NOTHING.plus(once).text(), twice.text());
    assertParts(1000, 0, 0, twice.of(many(1000, 6)));
  }

  @Test void aSmallSetIsKnownBesideALargeOne() {
    Dataset small = many(160, 5);
    Seen seen = Seen.NOTHING.plus(many(60_000, 1)).plus(small);
    assertParts(40, 160, 0, seen.of(small.plus(many(40, 6))));
  }

  /** A run that is continued notes what one notes that was never stopped. */
  @Test void whatWasSeenIsSeenOnce() {
    for (int seed = 0; seed < 20; seed++) {
      Seen seen = Seen.NOTHING;
      for (int i = 0; i < 6; i++) {
        Dataset data = many(1 + Philox.below(i % 2 == 0 ? 300 : 9000, seed, 0, 0, i), 100 + seed * 10 + i);
        seen = seen.plus(data);
        assertEquals(seen.text(), seen.plus(data).text());
        assertTrue(seen.text().length() < 28_000, "long");
      }
    }
  }

  @Test void isReadAsItWasWritten() {
    Seen seen = Seen.UNKNOWN.plus(DIGITS).plus(many(9000, 1));
    Seen read = Seen.parse(seen.text());
    assertEquals(seen.text(), read.text());
    assertFalse(read.isComplete());
    assertTrue(Seen.parse(Seen.NOTHING.plus(DIGITS).text()).isComplete());
    assertParts(0, 3000, 0, read.of(DIGITS));
    assertFalse(Seen.parse("0" + Seen.NOTHING.plus(DIGITS).text().substring(1)).isComplete()); // of another version
  }

  @Test void brokenTextIsRefused() {
    String good = Seen.NOTHING.plus(DIGITS.head(3)).text();
    List<String> broken = List.of("", "x", "1 ", "1 0", "1 0:!", "1 0:AAAA", "1 41:", "1 0: 0:", "1 3:" + good.substring(4),
        "1 0:AAAAAAAAAAAAAAA=", good.replace("0:", "-1:"), good + "\n", "99999999999");
    for (String bad : broken) {
      String message = assertThrows(IllegalArgumentException.class, () -> Seen.parse(bad), bad).getMessage();
      assertEquals(1, message.lines().count(), message);
    }
  }

  @Test void freshWeightsHaveSeenNothing() {
    assertTrue(Seen.NOTHING.isComplete() && Seen.NOTHING.isEmpty());
    assertTrue(!Seen.UNKNOWN.isComplete() && Seen.UNKNOWN.isEmpty());
    assertNull(Seen.UNKNOWN.of(DIGITS).seen());
  }

  /** If this fails because Preprocess frames in another way, hashes of older versions say nothing: give Seen.FORM the next number too. */
  @Test void picturesAreFramedAsInFormTwo() {
    CRC32 crc = new CRC32();
    for (int i = 0; i < 8; i++) {
      byte[] page = new byte[60 * 50]; // a slanted ring on it, dark on light
      for (int p = 0; p < page.length; p++) {
        double y = (p / 50 - 25 - i) / 14.0;
        double x = (p % 50 - 22 - y * i) / (5.0 + i);
        page[p] = (byte) (Math.abs(x * x + y * y - 1) < 0.4 ? 40 + 10 * i : 230);
      }
      crc.update(Preprocess.digit(page, 60, 50));
    }
    assertEquals("ee2bfb30", Long.toHexString(crc.getValue()));
  }
}
