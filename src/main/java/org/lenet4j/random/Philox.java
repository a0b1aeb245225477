package org.lenet4j.random;

/**
 * Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). A number is a
 * pure function of its key and counter, so any thread or device draws the same one, in any order, without state to save.
 */
public final class Philox {
  /** Domain of {@link #uniform}'s {@code stream}: initial weights. */
  public static final int INIT = -1;
  /** Domain: the order of an epoch's samples. */
  public static final int SHUFFLE = -2;
  /** Domain: splits and subsets of a data set. */
  public static final int SPLIT = -3;
  /** Domain: the embedded digits. */
  public static final int DIGITS = -4;
  /** Domain: which old samples are kept and replayed. */
  public static final int REPLAY = -5;
  /** Domain: what a search tries, and labels drawn from a model's answers. */
  public static final int SEARCH = -6;
  /** Domain: what becomes of a digit that is scanned. */
  public static final int SCANS = -7;

  private static final int M0 = 0xD2511F53;
  private static final int M1 = 0xCD9E8D57;
  private static final int W0 = 0x9E3779B9;
  private static final int W1 = 0xBB67AE85;

  private Philox() {}

  /**
   * Word {@code index & 3} of the Philox block with key {@code seed} and counter {@code (index >>> 2, stream, sample, 0)}.
   *
   * @param seed   the key
   * @param stream an epoch, or one of the domains above
   * @param sample a sample's index, a parameter or a layer
   * @param index  which number
   */
  public static int bits(long seed, int stream, int sample, int index) {
    return bits(seed, stream, sample, 0, index);
  }

  /** As {@link #bits(long, int, int, int)} with a fourth counter word, for several uses of one sample (dropout layers). */
  public static int bits(long seed, int stream, int sample, int use, int index) {
    int[] words = new int[4]; // never leaves this method: the compiler keeps it in registers
    block(seed, index >>> 2, stream, sample, use, words);
    return switch (index & 3) {
      case 0 -> words[0];
      case 1 -> words[1];
      case 2 -> words[2];
      default -> words[3];
    };
  }

  /** All four words of the block with key {@code seed} and counter {@code (c0, c1, c2, c3)}: the fast way to many numbers. */
  public static void block(long seed, int c0, int c1, int c2, int c3, int[] words) {
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < 10; round++) {
      long p0 = (M0 & 0xFFFFFFFFL) * (c0 & 0xFFFFFFFFL);
      long p1 = (M1 & 0xFFFFFFFFL) * (c2 & 0xFFFFFFFFL);
      int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c0 = n0;
      c1 = (int) p1;
      c2 = n2;
      c3 = (int) p0;
      k0 += W0;
      k1 += W1;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
  }

  /** A float in [0, 1) with 24 random bits. */
  public static float uniform(long seed, int stream, int sample, int index) {
    return (bits(seed, stream, sample, index) >>> 8) * 0x1p-24f;
  }

  /** An integer in [0, bound), by multiplication (Lemire 2019; the bias is below {@code bound / 2^32}). */
  public static int below(int bound, long seed, int stream, int sample, int index) {
    return (int) (((bits(seed, stream, sample, index) & 0xFFFFFFFFL) * bound) >>> 32);
  }
}
