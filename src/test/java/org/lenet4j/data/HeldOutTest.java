package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeldOutTest {
  private static final Dataset DIGITS = SyntheticDigits.create(2000, 3);

  private static Set<Long> held(Dataset data) {
    return hashes(HeldOut.split(data, Splits.numberedNames(10)).test());
  }

  private static Set<Long> hashes(Dataset data) {
    Set<Long> hashes = new HashSet<>();
    Arrays.stream(SampleHash.of(data)).forEach(hashes::add);
    return hashes;
  }

  @Test void isAFifthOfEachClass() {
    Splits splits = HeldOut.split(DIGITS, Splits.numberedNames(10));
    assertEquals(2000, splits.train().size() + splits.test().size());
    assertEquals(400, splits.test().size(), 3 * 18); // three deviations
    for (int count : splits.test().counts()) {
      assertEquals(40, count, 4 * 5.7);
    }
  }

  /** Any half of the images, in another order: each of them is on the side where it was. */
  @Test void noImageMovesAnother() {
    Set<Long> all = held(DIGITS);
    for (int seed = 0; seed < 5; seed++) {
      Dataset half = DIGITS.holdOut(1000, seed).test();
      Set<Long> expected = hashes(half);
      expected.retainAll(all);
      assertEquals(expected, held(half));
    }
  }

  @Test void copiesAreOnOneSideWhateverTheirLabel() {
    int[] labels = IntStream.range(0, 2000).map(i -> (i + 1) % 10).toArray();
    Dataset twice = DIGITS.plus(new Dataset(DIGITS.shape(), DIGITS.images(), labels, 10));
    Splits splits = HeldOut.split(twice, Splits.numberedNames(10));
    Set<Long> train = hashes(splits.train());
    train.retainAll(hashes(splits.test()));
    assertEquals(Set.of(), train);
    assertEquals(held(DIGITS), hashes(splits.test()));
  }

  @Test void aClassIsNeverHeldOutAsAWhole() {
    Set<Long> chosen = held(DIGITS);
    int held = IntStream.range(5, 2000).filter(i -> chosen.contains(SampleHash.of(DIGITS.subset(i))[0])).findFirst().orElseThrow();
    Dataset same = DIGITS.subset(held, held, held, held, held).plus(DIGITS.subset(0, 1, 2, 3, 4)); // five copies: all would be held out
    int label = DIGITS.labels()[held];
    assertTrue(HeldOut.split(same, Splits.numberedNames(10)).train().counts()[label] > 0);
  }

  @Test void ofFewerThanFiveNothingIsHeldOut() {
    Splits splits = HeldOut.split(DIGITS.head(40), Splits.numberedNames(10));
    assertNull(splits.test());
    assertArrayEquals(DIGITS.head(40).images(), splits.train().images());
  }

  /** The same ones in every version: else an update would measure on what was trained on. */
  @Test void isTheSameForever() {
    byte[] images = new byte[20 * 3];
    for (int i = 0; i < images.length; i++) {
      images[i] = (byte) (7 * i);
    }
    Dataset data = new Dataset(new Shape(1, 1, 3), images, new int[20], 2);
    assertEquals(0x24d65459556c93d9L, SampleHash.of(data)[1]);
    assertArrayEquals(new byte[] {21, 28, 35, 84, 91, 98, -46, -39, -32, -4, 3, 10},
        HeldOut.split(data, Splits.numberedNames(2)).test().images());
  }
}
