package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;

/** The library says it in its own words, the command line names the option. {@link FinetuneErrorTest} sees both together. */
class AdviceTest {
  private static final Pattern OPTION = Pattern.compile("\"[^\"]*--(?!add-modules)[a-z]"); // Java's own is not ours

  @Test void theLibraryKnowsNoOptions() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      List<String> lines = files.filter(file -> file.toString().endsWith(".java") && !file.getParent().endsWith("cli"))
          .flatMap(AdviceTest::lines).filter(line -> OPTION.matcher(line).find()).toList();
      assertEquals(List.of(), lines);
    }
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** If the library says something otherwise, its advice must not vanish unnoticed. */
  @Test void theLibrarySaysWhatIsAdvised() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      String said = files.filter(file -> file.toString().endsWith(".java") && !file.getParent().endsWith("cli"))
          .map(AdviceTest::said).collect(Collectors.joining("\n"));
      List<String> unsaid = Advice.OPTIONS.keySet().stream().map(pattern -> pattern.split("'")[0]) // quoted is what a file says
          .filter(pattern -> !Pattern.compile(pattern).matcher(said).find()).toList();
      assertEquals(List.of(), unsaid);
    }
  }

  /** A source with its strings put together, and a 0 for each expression between or behind them. */
  private static String said(Path file) {
    return lines(file).collect(Collectors.joining("\n")).replaceAll("\"\\s*\\+\\s*\"", "").replaceAll("\"\\s*\\+[^\";]*\\+\\s*\"", "0")
        .replaceAll("\"\\s*\\+[^\";]*", "0");
  }

  /** The launcher alone can fetch CUDA, and says how much that is before it does. */
  @Test void cudaCanBeFetched() throws IOException {
    String reason = "cuda: cuBLAS cannot be loaded: libcublas.so.13 not found (looked in /a " + Advice.NOT_FOUND + "; and more";
    String file = "src/main/java/org/lenet4j/backend/cuda/probe/CudaLibraries.java";
    assertTrue(Files.readString(Path.of(file)).contains(Advice.NOT_FOUND), "the library says it so");
    assertEquals(reason, Advice.addTo(reason), "not started by the launcher");
    System.setProperty("lenet4j.launcher", "./lenet4j");
    try {
      String advised = Advice.addTo(reason);
      assertEquals(Loader.getPlatform().equals("linux-x86_64"), advised.contains("LENET4J_CUDA=redist ./lenet4j fetches"), advised);
      assertEquals(Loader.getPlatform().equals("linux-x86_64"), advised.contains("2.0 GB"), advised);
    } finally {
      System.clearProperty("lenet4j.launcher");
    }
  }

  @Test void theCommandLineNamesThem() {
    assertEquals("1 and 26 do not fit; replace it with one of 26 (--head 26)",
        Advice.addTo("1 and 26 do not fit; replace it with one of 26"));
    assertEquals("add some, replay old ones (--replay), choose a smaller head (--head), or allow it (--allow-missing)",
        Advice.addTo("add some, replay old ones, choose a smaller head, or allow it"));
    assertEquals("a.png; remove it; finetune --skip-bad skips it", Advice.addTo("a.png; remove it, or have it skipped"));
    assertEquals("get them, or use the embedded digits (--data digits)", Advice.addTo("get them, or use the embedded digits"));
    assertEquals("f: it is the checkpoint of a fine-tuning; lenet4j finetune --resume continues it",
        Advice.addTo("f: it is the checkpoint of more than a training run: it has 'lenet4j.tuning.layer_decay'"));
    assertEquals("nothing to add", Advice.addTo("nothing to add"));
  }
}
