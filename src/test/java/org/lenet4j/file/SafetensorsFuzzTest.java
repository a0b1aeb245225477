package org.lenet4j.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.Bounds;
import org.lenet4j.Checkpoint;
import org.lenet4j.EpochResult;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.ModelFile;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.TuningCheckpoint;

/** Whatever the bytes are: a checkpoint, or an IOException with one line of text; soon, and without much memory. */
class SafetensorsFuzzTest {
  /** What takes part in a header, to be put where it does not belong. */
  private static final String[] WORDS = {"{", "}", "[", "]", "\"", ",", ":", "-", "0", "1", "-1", "4", "2147483648", "9223372036854775807",
      "99999999999999999999", "1e999", "null", "true", "\"F32\"", "\"F16\"", "[0,0]", "{}", "[]", "\\u0000", "\\ud800", "\u00ff", "\\", " ",
      "\"w\":", "\"__metadata__\":", "\\\"name\\\":", "conv2d", "16777216", "NaN"};

  private static Checkpoint small() {
    Model model = new Model(new Shape(1, 4, 4), List.of(new Conv2d("c", 1, 1, 2, 1, Activation.RELU),
        new Pool2d("p", Pool2d.Kind.MAX, 2), new Dropout("d", 0.5f), new Linear("f", 4, 2, Activation.NONE)), Init.KAIMING_UNIFORM, 1);
    return new Checkpoint(model.freeze("c"), Recipe.tune().withAnchor(Anchor.to(model, 1, "c")),
        new OptimizerState(3, Map.of("m.f.bias", new float[2])), 1, 1, null, null,
        List.of(new EpochResult(1, 0.5, 0.5, Double.NaN, Double.NaN, 1)), Map.of("lr", "0.1"));
  }

  /** Reads the bytes in each way there is, and writes what it got if {@code again}; true if the bytes are safetensors. */
  private static boolean read(byte[] bytes, Path file, boolean again) throws IOException {
    boolean taken = false;
    try {
      Safetensors.read(bytes, "fuzz");
      taken = true;
      ModelFile.read(bytes, "fuzz");
    } catch (IOException e) {
      assertOneLine(e, "fuzz");
    }
    if (taken) { // the container is whole: see what the file reader makes of its notes
      Files.write(file, bytes);
      try {
        Checkpoint checkpoint = Checkpoint.load(file);
        if (again) {
          checkpoint.save(file); // what can be read can be written
          assertEquals(checkpoint.history(), Checkpoint.load(file).history());
        }
      } catch (IOException e) {
        assertOneLine(e, file.toString());
      }
    }
    return taken;
  }

  private static void assertOneLine(IOException e, String source) {
    String message = e.getMessage();
    assertTrue(message.startsWith(source + ": ") && message.length() < source.length() + 4000, message);
    assertTrue(message.chars().noneMatch(Character::isISOControl), message);
  }

  @FuzzTest(maxDuration = "60s") void jazzer(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("fuzz", ".ckpt");
    try {
      Bounds.check(64 << 20, () -> {
        try {
          if (read(bytes, file, false)) {
            TuningCheckpoint.load(file);
          }
        } catch (IOException e) {
          assertOneLine(e, file.toString());
        }
      });
    } finally {
      Files.delete(file);
    }
  }

  @Tag("slow") @Test void mutations(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("fuzz.ckpt");
    small().save(file);
    byte[] whole = Files.readAllBytes(file);
    assertTrue(read(whole, file, true));
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    TreeMap<Long, Integer> worst = new TreeMap<>();
    // A file of 1.5 kB: its text, its tree and two copies of its model, read four times. Trusting one number of it would cost megabytes.
    long most = 2 << 20;
    int taken = 0;
    for (int seed = 0; seed < 20_000; seed++) {
      byte[] bytes = mutate(whole, new SplittableRandom(seed));
      long before = threads.getCurrentThreadAllocatedBytes();
      try {
        taken += read(bytes, file, seed % 16 == 0) ? 1 : 0; // not always: each write waits for the disk
        if (threads.getCurrentThreadAllocatedBytes() - before >= most) { // the file, or something that the JVM did once?
          before = threads.getCurrentThreadAllocatedBytes();
          read(bytes, file, seed % 16 == 0);
        }
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ": " + new String(bytes, StandardCharsets.ISO_8859_1), e);
      }
      worst.put(threads.getCurrentThreadAllocatedBytes() - before, seed);
    }
    assertTrue(worst.lastKey() < most, "seed " + worst.lastEntry().getValue() + " took " + worst.lastKey() + " bytes");
    assertTrue(taken > 500 && taken < 15_000, taken + " of the mutations were read; they should be neither all harmless nor all fatal");
  }

  /** One to three changes. Half of them keep the lengths right, so that what lies deeper is reached too. */
  private static byte[] mutate(byte[] whole, SplittableRandom random) {
    byte[] bytes = whole;
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      bytes = switch (random.nextInt(8)) {
        case 0 -> flip(bytes, random, 0, bytes.length);
        case 1 -> flip(bytes, random, 0, Math.min(8, bytes.length));
        case 2 -> Arrays.copyOf(bytes, random.nextInt(bytes.length + 20));
        case 3 -> splice(bytes, bytes, random);
        default -> editHeader(bytes, random);
      };
    }
    return bytes;
  }

  private static byte[] flip(byte[] bytes, SplittableRandom random, int from, int to) {
    byte[] copy = bytes.clone();
    if (to > from) {
      copy[random.nextInt(from, to)] ^= (byte) (1 << random.nextInt(8));
    }
    return copy;
  }

  /** Puts a piece of one in a place of the other. */
  private static byte[] splice(byte[] bytes, byte[] source, SplittableRandom random) {
    int from = random.nextInt(source.length + 1);
    int length = Math.min(random.nextInt(40), source.length - from);
    int at = random.nextInt(bytes.length + 1);
    int until = Math.min(bytes.length, at + random.nextInt(10));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, at);
    out.write(source, from, length);
    out.write(bytes, until, bytes.length - until);
    return out.toByteArray();
  }

  private static byte[] editHeader(byte[] bytes, SplittableRandom random) {
    if (bytes.length < 8) {
      return bytes;
    }
    long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 0 || length > bytes.length - 8) {
      return bytes;
    }
    byte[] header = Arrays.copyOfRange(bytes, 8, 8 + (int) length);
    byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8);
    header = switch (random.nextInt(4)) {
      case 0 -> flip(header, random, 0, header.length);
      case 1 -> splice(header, header, random);
      case 2 -> splice(header, word, random);
      default -> replaceNumber(header, random);
    };
    byte[] data = Arrays.copyOfRange(bytes, 8 + (int) length, bytes.length);
    return SafetensorsTest.file(header, data);
  }

  private static byte[] replaceNumber(byte[] header, SplittableRandom random) {
    String text = new String(header, StandardCharsets.ISO_8859_1);
    List<int[]> numbers = Pattern.compile("\\d+").matcher(text).results()
        .map(match -> new int[] {match.start(), match.end()}).toList();
    if (numbers.isEmpty()) {
      return header;
    }
    int[] number = numbers.get(random.nextInt(numbers.size()));
    String value = random.nextBoolean() ? Long.toString(random.nextLong() >> random.nextInt(64)) : Integer.toString(random.nextInt(9));
    return (text.substring(0, number[0]) + value + text.substring(number[1])).getBytes(StandardCharsets.ISO_8859_1);
  }
}
