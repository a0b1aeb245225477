package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs every command of docs/fine-tuning.md, one after the other, in a folder with photographs. */
@Timeout(600)
class FineTuningDocsTest {
  private static final Path DOC = Path.of("docs/fine-tuning.md");

  @TempDir static Path folder;

  @BeforeAll static void prepare() throws IOException {
    DocPage.prepareForTraining(folder);
  }

  @Tag("slow") @Test void everyCommandRuns() throws Exception {
    List<DocPage.Snippet> commands = new DocPage(DOC).snippets().stream().filter(snippet -> !snippet.java()).toList();
    assertTrue(commands.size() >= 13, commands.toString());
    for (DocPage.Snippet command : commands) {
      DocPage.run(folder, command);
    }
    for (String file : List.of("mine.safetensors", "mine2.safetensors", "all.safetensors", "report/index.html", "searched/index.html")) {
      assertTrue(Files.exists(folder.resolve(file)), file);
    }
  }

  @Test void theProgramIsAnExample() throws IOException {
    String example = Files.readString(Path.of("examples/src/main/java/examples/FineTuneExample.java"));
    Matcher snippet = Pattern.compile("```java\n[^`]*?String photos = [^\n]*\n(.*?)\n```", Pattern.DOTALL).matcher(Files.readString(DOC));
    assertTrue(snippet.find());
    assertTrue(example.contains(snippet.group(1).replaceAll("(?m)^(?=.)", "    ")), "docs/fine-tuning.md and FineTuneExample differ");
  }

  /** The rows of the table, each with one seed and one epoch. */
  @Tag("slow") @Test void theFiguresCanBeReproduced() throws Exception {
    Assumptions.assumeTrue(System.getenv("LENET4J_DATA") != null, "LENET4J_DATA is not set");
    Assumptions.assumeFalse(System.getProperty("os.name").startsWith("Windows"), "the script needs a shell");
    for (String row : List.of("usps-10", "usps-all-forgetful")) {
      ProcessBuilder builder = new ProcessBuilder("benchmarks/finetuning/run.sh", row).redirectErrorStream(true);
      builder.environment().put("SEEDS", "1");
      builder.environment().put("EPOCHS", "1");
      builder.environment().put("LENET4J", folder.resolve("lenet4j").toString());
      Process process = builder.start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor(), out);
      assertTrue(Pattern.compile("new data +mean 9[0-9]\\.[0-9]+%").matcher(out).find(), out);
      assertTrue(Pattern.compile("old data before +mean 99\\.[0-9]+%").matcher(out).find(), out);
    }
  }
}
