package org.lenet4j.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.Bounds;

/** Whatever the bytes of a pickle are: a value, or an IOException with one line of text; and no class is ever looked for. */
class UnpicklerFuzzTest {
  private static final Path FILES = Path.of("src/test/resources/foreign");
  /** How many are tried: 10,000,000 take some minutes. */
  private static final int COUNT = Integer.getInteger("lenet4j.pickles", 100_000);

  private static final List<String> NAMES = List.of("cposix\nsystem\n", "cbuiltins\neval\n", "c__builtin__\ngetattr\n", "ctorch\nSize\n",
      "ccollections\nOrderedDict\n", "ctorch._utils\n_rebuild_tensor_v2\n", "ctorch\nFloatStorage\n", "c_codecs\nencode\n",
      "cjava.lang\nRuntime\n", "corg.lenet4j.file\nUnpicklerFuzzTest$Canary\n", "ctorch._tensor\n_rebuild_from_type_v2\n",
      "cargparse\nNamespace\n", "ibuiltins\nset\n", "X\4\0\0\0conv", "X\7\0\0\0storage", "\u008a\4\u00ff\u00ff\u00ff\u007f", "(", "t", "R",
      "b",
      "Q", "}", "u", "]", "e", "q\1", "h\1", "\u0094", "2", "0", "\u0085", "\u0086", "\u0087", "J\u00ff\u00ff\u00ff\u00ff", ".", "N",
      "\u0088",
      "\u0093", "\u0081", "\u0092", "o", "\u008f", "\u0090", "\u0091", "I-1\n", "Lx\n", "F1e9\n", "S'a'\n",
      "\u008e\u00ff\0\0\0\0\0\0\u00ff");

  @TempDir Path folder;

  /** Whoever loads it can tell. */
  static final class Canary {
    static {
      System.setProperty("lenet4j.canary", "sang");
    }

    private Canary() {}
  }

  private static List<byte[]> pickles() throws IOException {
    List<byte[]> pickles = new ArrayList<>();
    for (String name : List.of("state_dict", "data_parallel", "lightning_bfloat16", "views", "parameters", "arrays")) {
      try (ZipFile zip = new ZipFile(FILES.resolve(name + ".pt").toFile())) {
        pickles.add(zip.getInputStream(zip.getEntry(name + "/data.pkl")).readAllBytes());
      }
    }
    pickles.add(Files.readAllBytes(FILES.resolve("legacy.pt")));
    pickles.add(Files.readAllBytes(FILES.resolve("evil.pt")));
    pickles.add("(dp0\nS'w'\np1\n(lp2\nI1\naF2.5\naL3L\naI01\nag1\nasV\\u00e4\n(tS'x'\ns.".getBytes(StandardCharsets.ISO_8859_1));
    return pickles;
  }

  /** Reads bytes as the pickle of an archive, or as the older layout if they begin as it does; whether they were read. */
  private static boolean read(byte[] bytes) {
    try {
      if (bytes.length > 3 && (bytes[2] & 0xFF) == 0x8a) { // the magic number
        TorchFile.read(ByteBuffer.wrap(bytes));
      } else {
        StateDict.find(new Unpickler(ByteBuffer.wrap(bytes), new PickleNames()).load())
            .read(storage -> ByteBuffer.allocate((int) Math.min(4096, storage.elements() * storage.dtype().size)));
      }
      return true;
    } catch (IOException e) {
      assertOneLine(e);
      return false;
    }
  }

  private static void assertOneLine(IOException e) {
    String message = e.getMessage();
    assertTrue(message != null && message.length() < 2000 && message.chars().noneMatch(Character::isISOControl), message);
  }

  @FuzzTest(maxDuration = "20s") void jazzer(byte[] bytes) {
    Bounds.check(16 << 20, () -> read(bytes));
  }

  @Tag("slow") @Test void mutations() throws IOException {
    List<byte[]> pickles = pickles();
    for (byte[] pickle : pickles.subList(0, 5)) {
      assertTrue(read(pickle));
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int taken = 0;
    long most = 4 << 20; // the longest has 22 kB, and makes values of some hundred bytes for each
    for (int seed = 0; seed < COUNT; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] bytes = mutate(pickles.get(random.nextInt(pickles.size())), random);
      long before = threads.getCurrentThreadAllocatedBytes();
      try {
        taken += read(bytes) ? 1 : 0;
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ": " + HexFormat.of().formatHex(bytes), e);
      }
      long bytesUsed = threads.getCurrentThreadAllocatedBytes() - before;
      assertTrue(bytesUsed < most, "seed " + seed + " took " + bytesUsed + " bytes");
    }
    assertTrue(taken > COUNT / 50 && taken < COUNT * 4L / 5, taken + " of the mutations were read; neither all nor none should be");
    assertEquals(null, System.getProperty("lenet4j.canary"));
  }

  private static byte[] mutate(byte[] whole, SplittableRandom random) {
    byte[] bytes = whole;
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      bytes = switch (random.nextInt(6)) {
        case 0 -> flip(bytes, random);
        case 1 -> Arrays.copyOf(bytes, random.nextInt(bytes.length + 20));
        case 2 -> splice(bytes, bytes, random);
        case 3 -> number(bytes, random);
        default -> splice(bytes, NAMES.get(random.nextInt(NAMES.size())).getBytes(StandardCharsets.ISO_8859_1), random);
      };
    }
    return bytes;
  }

  private static byte[] flip(byte[] bytes, SplittableRandom random) {
    byte[] copy = bytes.clone();
    if (copy.length > 0) {
      copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return copy;
  }

  private static byte[] number(byte[] bytes, SplittableRandom random) {
    byte[] copy = bytes.clone();
    if (copy.length > 0) {
      copy[random.nextInt(copy.length)] = (byte) random.nextInt(256);
    }
    return copy;
  }

  /** Puts a piece of one, half of the time all of it, in a place of the other. */
  private static byte[] splice(byte[] bytes, byte[] source, SplittableRandom random) {
    boolean whole = source.length < 60 && random.nextBoolean();
    int from = whole ? 0 : random.nextInt(source.length + 1);
    int length = whole ? source.length : Math.min(random.nextInt(40), source.length - from);
    int at = random.nextInt(bytes.length + 1);
    int until = Math.min(bytes.length, at + (random.nextBoolean() ? 0 : random.nextInt(10)));
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + length);
    out.write(bytes, 0, at);
    out.write(source, from, length);
    out.write(bytes, until, bytes.length - until);
    return out.toByteArray();
  }

  /** Damaged archives, from the disk. */
  @Test void brokenArchives() throws IOException {
    byte[] whole = Files.readAllBytes(FILES.resolve("state_dict.pt"));
    Path file = folder.resolve("broken.pt");
    int taken = 0;
    for (int seed = 0; seed < 2000; seed++) {
      Files.write(file, mutate(whole, new SplittableRandom(seed)));
      try {
        TorchFile.read(file);
        taken++;
      } catch (IOException e) {
        assertTrue(e.getMessage().startsWith(file + ": ") && e.getMessage().chars().noneMatch(Character::isISOControl), e.getMessage());
      }
    }
    assertTrue(taken > 50 && taken < 1900, taken + " of 2000 were read");
  }

  /** What the classes of this package ask their loader for. */
  @ParameterizedTest @ValueSource(strings = {"org.lenet4j.file\nUnpicklerFuzzTest$Canary", "java.util\nDate", "java.lang\nProcessBuilder"})
  void noClassIsLookedFor(String name) throws Exception {
    Path file = folder.resolve("canary.pt");
    Files.write(file, ("\u0080\2c" + name + "\n(I1\ntR.").getBytes(StandardCharsets.ISO_8859_1));
    List<URL> classPath = new ArrayList<>();
    for (String part : System.getProperty("java.class.path").split(File.pathSeparator)) {
      classPath.add(Path.of(part).toUri().toURL());
    }
    Set<String> asked = ConcurrentHashMap.newKeySet();
    try (URLClassLoader loader = new URLClassLoader(classPath.toArray(new URL[0]), ClassLoader.getPlatformClassLoader()) {
      @Override protected Class<?> loadClass(String wanted, boolean resolve) throws ClassNotFoundException {
        asked.add(wanted);
        return super.loadClass(wanted, resolve);
      }
    }) {
      InvocationTargetException thrown = assertThrows(InvocationTargetException.class,
          () -> loader.loadClass(TorchFile.class.getName()).getMethod("read", Path.class).invoke(null, file));
      String message = assertInstanceOf(IOException.class, thrown.getCause()).getMessage();
      assertTrue(message.contains("it holds an object of '" + name.replace('\n', '.') + "'"), message);
    }
    assertTrue(asked.contains(Unpickler.class.getName()), asked.toString());
    assertFalse(asked.contains(name.replace('\n', '.')), asked.toString());
    assertEquals(null, System.getProperty("lenet4j.canary"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "80 06 4e 2e                  | it is a pickle of protocol 6, the latest that is known is 5",
      "28 28 2e                     | broken pickle: it has an instruction for a value that is not there",
      "4e 85 85                     | broken pickle: it ends too early",
      "68 01 2e                     | broken pickle: it has a reference to value 1, which is not there",
      "8b ff ff 00 00 2e            | broken pickle: it has a number of 65535 bytes",
      "58 ff ff ff 7f 2e            | broken pickle: it ends too early",
      "58 ff ff ff ff 2e            | broken pickle: it has a length of 4294967295",
      "7d 5d 4e 73 2e               | broken pickle: it has a list as the key of a dictionary",
      "82 01 2e                     | broken pickle: it has a number of Python's registry of extensions",
      "4e 4e 52 2e                  | broken pickle: it has a call without arguments",
      "4e 29 52 2e                  | broken pickle: it calls what is no name",
      "4e 51 2e                     | broken pickle: it refers to something outside that is no storage",
      "97 2e                        | broken pickle: it has the unknown instruction 151",
  })
  void brokenPickles(String hex, String reason) {
    byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex.strip());
    assertEquals(reason, assertThrows(IOException.class,
        () -> new Unpickler(ByteBuffer.wrap(bytes), new PickleNames()).load()).getMessage());
  }

  /** A few bytes that double what they hold with each three of them, or hold themselves. */
  @Test void bombs() throws IOException {
    StringBuilder laughs = new StringBuilder("\u0080\2]q\0");
    for (int i = 0; i < 100; i++) {
      laughs.append("]q").append((char) (i + 1)).append("(h").append((char) i).append("h").append((char) i).append("e");
    }
    assertFalse(read((laughs + ".").getBytes(StandardCharsets.ISO_8859_1)));
    assertFalse(read("\u0080\2}(NNX\1\0\0\0aNu.".getBytes(StandardCharsets.ISO_8859_1)), "None is a key as any other");
    assertFalse(read("\u0080\2]q\0h\0a.".getBytes(StandardCharsets.ISO_8859_1)));
    assertFalse(read("\u0080\2}q\0X\1\0\0\0ah\0s.".getBytes(StandardCharsets.ISO_8859_1)));
    assertFalse(read(("\u0080\2" + "(".repeat(1_000_000)).getBytes(StandardCharsets.ISO_8859_1)));
    assertFalse(read(("\u0080\2N" + "\u0085".repeat(1_000_000) + ".").getBytes(StandardCharsets.ISO_8859_1)));
    String copies = "\u0080\2]q\0(" + "(K\1K\1t".repeat(100_000) + "e0"
        + "ccollections\nOrderedDict\nh\0\u0085R0".repeat(1000) + "N.";
    assertTrue(assertThrows(IOException.class, () -> new Unpickler(ByteBuffer.wrap(copies.getBytes(StandardCharsets.ISO_8859_1)),
        new PickleNames()).load()).getMessage().contains("it copies more than"));
  }

  @Test void valuesOfEveryProtocol() throws IOException {
    String protocol0 = "(dp0\nS'a'\np1\nI1\nsS'b'\nL2L\nsVc\nF2.5\nsI01\n(lI3\naNa(I1\nI2\ntasg1\nI00\ns.";
    Map<?, ?> map = (Map<?, ?>) new Unpickler(ByteBuffer.wrap(protocol0.getBytes(StandardCharsets.ISO_8859_1)), new PickleNames()).load();
    assertEquals(Arrays.asList(false, 2L, 2.5), List.copyOf(map.values()).subList(0, 3), "the last of two entries counts");
    assertEquals("[3, null, (2 values)]", map.get(true).toString());
  }
}
