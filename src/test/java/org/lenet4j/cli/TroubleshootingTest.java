package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;

/** Whoever looks for what a failed command said finds it in docs/troubleshooting.md. */
class TroubleshootingTest {
  @TempDir static Path folder;
  private static List<Pattern> entries;

  @BeforeAll static void prepare() throws IOException {
    String page = Files.readString(Path.of("docs/troubleshooting.md"));
    entries = Pattern.compile("(?m)^\\| `([^`]+)`").matcher(page).results().map(row -> Pattern.compile(
        Stream.of(row.group(1).split("\\.\\.\\.", -1)).map(String::strip).map(Pattern::quote).collect(Collectors.joining(".*")))).toList();
    Files.createDirectories(folder.resolve("empty"));
    Files.createDirectories(folder.resolve("hollow/0"));
    Files.writeString(Files.createDirectories(folder.resolve("bad/0")).resolve("a.png"), "no picture");
    Cli.data(folder.resolve("few"), 32, 10);
    LeNet5.create(10, 1).save(folder.resolve("weights"));
    Files.write(folder.resolve("zip"), new byte[] {'P', 'K', 3, 4, 0, 0, 0, 0, 0, 0, 0, 0});
    Files.write(folder.resolve("other"), SyntheticDigits.create(1, 1).images());
  }

  @ParameterizedTest @ValueSource(strings = {"train --data FOLDER/nowhere", "train --data FOLDER/empty", "train --data FOLDER/hollow",
      "train --data FOLDER/bad", "train --data FOLDER/few --batch-size 64", "train --device tpu", "train --threads 0",
      "train --device openblas --precision tf32", "train --device cuda --kernels fused --precision bf16",
      "train --resume FOLDER/weights", "train --resume FOLDER/x --epochs 2",
      "train --data FOLDER/few --batch-size 8 --lr 1e9 --recipe plain --out FOLDER/out", "evaluate --from FOLDER/nothing --data digits",
      "evaluate --from FOLDER/zip --data digits", "evaluate --from FOLDER/other --data digits",
      "finetune --data FOLDER/few --batch-size 8 --freeze conv1,conv2,fc1,fc2,fc3 --out FOLDER/out",
      "finetune --data FOLDER/few --batch-size 8 --ewc 1 --out FOLDER/out"})
  void isOnThePage(String command) {
    Cli run = Cli.run((Object[]) command.replace("FOLDER", folder.toString()).split(" "));
    assertTrue(run.exitCode() != 0, run.out());
    String said = run.err().strip();
    assertEquals(1, said.lines().count(), said);
    assertTrue(entries.stream().map(entry -> entry.matcher(said)).anyMatch(Matcher::find), "not in docs/troubleshooting.md: " + said);
  }
}
