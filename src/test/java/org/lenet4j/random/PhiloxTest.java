package org.lenet4j.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PhiloxTest {
  // kat_vectors of Random123 (D. E. Shaw Research), the lines "philox4x32 10": counter, key, result

  @Test void answersTheZeroVector() {
    check(0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
  }

  @Test void answersTheOnesVector() {
    check(-1, -1, -1, -1, -1, -1, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
  }

  @Test void answersThePiVector() {
    check(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  private static void check(int c0, int c1, int c2, int c3, int k0, int k1, int... expected) {
    int[] words = new int[4];
    Philox.block((long) k1 << 32 | k0 & 0xFFFFFFFFL, c0, c1, c2, c3, words);
    assertArrayEquals(expected, words);
  }

  @Test void bitsAreTheWordsOfTheBlock() {
    int[] words = new int[4];
    Philox.block(42, 25, 7, 9, 3, words);
    for (int k = 0; k < 4; k++) {
      assertEquals(words[k], Philox.bits(42, 7, 9, 3, 100 + k));
    }
    Philox.block(42, 25, 7, 9, 0, words);
    assertEquals(words[2], Philox.bits(42, 7, 9, 102));
  }

  @Test void uniformFillsItsIntervalEvenly() {
    double sum = 0;
    for (int i = 0; i < 100_000; i++) {
      float u = Philox.uniform(1, 2, 3, i);
      assertTrue(u >= 0 && u < 1);
      sum += u;
    }
    assertEquals(0.5, sum / 100_000, 0.005); // 5 standard errors of 0.289 / sqrt(100,000)
  }

  @Test void belowStaysBelow() {
    int[] count = new int[7];
    for (int i = 0; i < 70_000; i++) {
      count[Philox.below(7, 5, 0, 0, i)]++;
    }
    for (int c : count) {
      assertEquals(10_000, c, 500); // 5 standard deviations of sqrt(10,000 * 6/7)
    }
  }
}
