package org.lenet4j.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Which images a model has seen in training: hashes of them that are kept with its weights, so that nobody measures it on them unawares.
 * An image is known by its bytes as a net sees them, framed and whatever its label: again in a renamed or copied folder, in another
 * lossless format, in IDX files.
 *
 * <p>It never has more than 4,096 hashes. Up to so many images it knows each of them; of more it keeps those whose hash begins with
 * some zero bits, which is a random sample, as a bottom-k sketch has (E. Cohen and H. Kaplan, "Summarizing data using bottom-k sketches",
 * PODC 2007). A hash has 40 bits: in one of 27,000 data sets of 10,000 images, one is taken for another. Immutable.
 */
public final class Seen {
  /** Of fresh weights: nothing. */
  public static final Seen NOTHING = new Seen(true, new TreeMap<>());
  /** Of weights that do not say what they were trained on. */
  public static final Seen UNKNOWN = new Seen(false, new TreeMap<>());

  private static final int MOST = 4096; // 27 kB of text at most
  private static final int ENOUGH = 20; // images of a sample, to say from it that all were seen
  private static final int BITS = 40;
  private static final int BYTES = BITS / Byte.SIZE;
  private static final String BROKEN = "the note of what the model has seen is broken: ";
  private static final String FORM = "2"; // of the hashes; another one when Preprocess frames pictures in another way

  private final boolean complete;
  private final SortedMap<Integer, long[]> levels; // number of zero bits -> sorted hashes that begin with them; from 0 up

  private Seen(boolean complete, SortedMap<Integer, long[]> levels) {
    this.complete = complete;
    this.levels = levels;
  }

  /**
   * A data set in three parts, each null if it is empty.
   *
   * @param unseen  images that were not seen in training
   * @param seen    images that were
   * @param unknown images of which it cannot be told; only if others were seen, and there were more than 4,096 to remember
   */
  public record Parts(Dataset unseen, Dataset seen, Dataset unknown) {
    /** What a model is to be measured on: images that it has not seen, or if there are none those that it has. */
    public Dataset measured() {
      return unseen != null ? unseen : seen;
    }
  }

  /** Whether no image is known to have been seen. */
  public boolean isEmpty() {
    return levels.isEmpty();
  }

  /** Whether this is all that was seen; not if training began with weights that do not say what they had seen. */
  public boolean isComplete() {
    return complete;
  }

  /** With all images of a data set; this itself if they were seen already. */
  public Seen plus(Dataset data) {
    long[] hashes = hashes(data);
    if (!levels.isEmpty()) {
      Parts parts = of(data, hashes);
      if (parts.unseen == null && parts.unknown == null) {
        return this;
      }
    }
    int[] counts = new int[BITS + 1]; // by zero bits
    for (long hash : hashes) {
      counts[Long.numberOfLeadingZeros(hash) - (Long.SIZE - BITS)]++;
    }
    int zeros = BITS;
    for (int count = counts[BITS]; zeros > 0 && count + counts[zeros - 1] <= MOST; count += counts[zeros]) {
      zeros--;
    }
    long[] kept = beginning(hashes, zeros);
    while (zeros > 0) { // there may be fewer, as some images are there twice
      long[] more = beginning(hashes, zeros - 1);
      if (more.length > MOST) {
        break;
      }
      kept = more;
      zeros--;
    }
    return plus(zeros, kept);
  }

  /** Those that begin with so many zero bits, sorted, each once; so few are sorted. */
  private static long[] beginning(long[] hashes, int zeros) {
    long[] found = new long[hashes.length];
    int count = 0;
    for (long hash : hashes) {
      if (hash >>> BITS - zeros == 0) {
        found[count++] = hash;
      }
    }
    return LongStream.of(Arrays.copyOf(found, count)).sorted().distinct().toArray();
  }

  private Seen plus(int zeros, long... more) {
    SortedMap<Integer, long[]> all = new TreeMap<>(levels);
    all.merge(zeros, more, Seen::union);
    while (all.values().stream().mapToInt(hashes -> hashes.length).sum() > MOST) { // halve the largest
      int largest = all.firstKey();
      for (Map.Entry<Integer, long[]> level : all.entrySet()) {
        largest = level.getValue().length > all.get(largest).length ? level.getKey() : largest;
      }
      long[] hashes = all.remove(largest);
      all.merge(largest + 1, Arrays.copyOf(hashes, count(hashes, largest + 1)), Seen::union);
    }
    return new Seen(complete, all);
  }

  private static long[] union(long[] a, long... b) {
    return LongStream.concat(LongStream.of(a), LongStream.of(b)).sorted().distinct().toArray();
  }

  /** How many of the sorted hashes begin with so many zero bits. */
  private static int count(long[] hashes, int zeros) {
    int found = Arrays.binarySearch(hashes, 1L << BITS - zeros);
    return found < 0 ? -found - 1 : found;
  }

  private static long[] hashes(Dataset data) {
    long[] hashes = SampleHash.of(data);
    Arrays.setAll(hashes, i -> hashes[i] >>> Long.SIZE - BITS);
    return hashes;
  }

  /**
   * Tells the images of a data set that were seen from those that were not. Where only a sample of what was seen is known and some of the
   * data set is in it, an image outside the sample is of neither part, unless all inside were seen, and these are not few.
   */
  public Parts of(Dataset data) {
    return levels.isEmpty() ? new Parts(data, null, null) : of(data, hashes(data));
  }

  private Parts of(Dataset data, long... hashes) {
    boolean[] seen = new boolean[hashes.length];
    int zeros = 0; // of the coarsest sample that knows any of them
    for (Map.Entry<Integer, long[]> level : levels.entrySet()) {
      for (int i = 0; i < hashes.length; i++) {
        if (Arrays.binarySearch(level.getValue(), hashes[i]) >= 0) {
          seen[i] = true;
          zeros = level.getKey();
        }
      }
    }
    long end = 1L << BITS - zeros;
    boolean all = LongStream.of(hashes).filter(hash -> hash < end).count() >= ENOUGH
        && IntStream.range(0, hashes.length).allMatch(i -> seen[i] || hashes[i] >= end);
    return new Parts(part(data, IntStream.range(0, hashes.length).filter(i -> !seen[i] && hashes[i] < end)),
        part(data, IntStream.range(0, hashes.length).filter(i -> seen[i] || all)),
        part(data, IntStream.range(0, hashes.length).filter(i -> !seen[i] && hashes[i] >= end && !all)));
  }

  private static Dataset part(Dataset data, IntStream samples) {
    int[] indices = samples.toArray();
    return indices.length == 0 ? null : indices.length == data.size() ? data : data.subset(indices);
  }

  /** As a line of text, of less than 28,000 characters. */
  public String text() {
    String hashes = levels.entrySet().stream().map(level -> " " + level.getKey() + ":" + text(level.getValue()))
        .collect(Collectors.joining());
    return FORM + (complete ? "" : "+") + hashes;
  }

  private static String text(long... hashes) {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES * hashes.length + Long.BYTES);
    for (int i = 0; i < hashes.length; i++) {
      bytes.putLong(BYTES * i, hashes[i] << Long.SIZE - BITS); // the next one covers its end
    }
    return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), BYTES * hashes.length));
  }

  /**
   * Reads what {@link #text} wrote; what another version of the library wrote, which frames pictures in another way, is not complete.
   *
   * @throws IllegalArgumentException if it is something else; the message says so in one line
   */
  public static Seen parse(String text) {
    String[] words = text.split(" ", -1);
    if (!words[0].matches("[0-9]{1,9}\\+?")) {
      throw new IllegalArgumentException(BROKEN + "it begins with no number");
    }
    SortedMap<Integer, long[]> levels = new TreeMap<>();
    int count = 0;
    for (String word : Arrays.asList(words).subList(1, words.length)) {
      int colon = word.indexOf(':');
      if (!word.matches("[0-9]{1,2}:.*")) {
        throw new IllegalArgumentException(BROKEN + "a part has no number");
      }
      int zeros = Integer.parseInt(word.substring(0, colon));
      long[] hashes = hashes(word.substring(colon + 1));
      count += hashes.length;
      if (zeros >= BITS || levels.put(zeros, hashes) != null || count > MOST || count(hashes, zeros) < hashes.length) {
        throw new IllegalArgumentException(BROKEN + "part " + zeros + " is none");
      }
    }
    return new Seen(words[0].equals(FORM), levels);
  }

  private static long[] hashes(String text) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) { // its message may have what is in the text
      throw new IllegalArgumentException(BROKEN + "a part is no base64", e);
    }
    if (bytes.length % BYTES != 0) {
      throw new IllegalArgumentException(BROKEN + "it is cut off");
    }
    ByteBuffer padded = ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length + Long.BYTES));
    long[] hashes = new long[bytes.length / BYTES];
    Arrays.setAll(hashes, i -> padded.getLong(BYTES * i) >>> Long.SIZE - BITS);
    for (int i = 1; i < hashes.length; i++) {
      if (hashes[i] <= hashes[i - 1]) {
        throw new IllegalArgumentException(BROKEN + "its hashes are not in order");
      }
    }
    return hashes;
  }

  @Override public String toString() {
    int hashes = levels.values().stream().mapToInt(level -> level.length).sum();
    return (hashes == 0 ? "nothing" : hashes + " hashes of images") + (complete ? "" : ", and what is not known");
  }
}
