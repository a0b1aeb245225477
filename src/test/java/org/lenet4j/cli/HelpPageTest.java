package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** {@code --help} of every command, and what shells complete. */
class HelpPageTest {
  @TempDir Path folder;

  @Test void everyOptionIsThereOnce() {
    for (CommandLine command : Main.commandLine(null).getSubcommands().values()) {
      List<String> shown = new ArrayList<>();
      HelpPage.groups(command.getCommandSpec()).values().forEach(options -> options.forEach(option -> shown.add(option.longestName())));
      List<String> all = command.getCommandSpec().options().stream().map(OptionSpec::longestName).sorted().toList();
      assertEquals(all, shown.stream().sorted().toList(), command.getCommandName());
    }
  }

  @Test void theUsualOptionsComeFirstAndTwoExamplesLast() {
    for (String command : Main.commandLine(null).getSubcommands().keySet()) {
      Cli run = Cli.run(command, "--help");
      assertEquals(0, run.exitCode(), command);
      List<String> lines = run.out().lines().toList();
      assertTrue(lines.stream().allMatch(line -> line.length() <= 80), command);
      assertEquals("Examples:", lines.get(lines.size() - 3), command);
      assertTrue(lines.subList(lines.size() - 2, lines.size()).stream().allMatch(line -> line.contains("lenet4j " + command)), command);
    }
    String help = Cli.run("train", "--help").out();
    List<String> order = List.of("Usage: lenet4j train [OPTIONS]\n", "The usual options:", "--data=", "--epochs=", "--out=",
        "How to train:", "--batch-size=", "Where it runs:", "--threads=", "Others:", "--checkpoint=", "Exit codes:", "Examples:");
    for (int i = 1; i < order.size(); i++) {
      assertTrue(help.indexOf(order.get(i - 1)) >= 0 && help.indexOf(order.get(i - 1)) < help.indexOf(order.get(i)), order.get(i) + help);
    }
  }

  /** In a real bash, as the shell itself would ask for them. */
  @Test void bashCompletes() throws IOException, InterruptedException {
    assumeTrue(Files.exists(Path.of("/bin/bash")), "bash");
    Files.writeString(folder.resolve("script"), Cli.run("completion").out());
    Files.writeString(folder.resolve("asks"), """
        source ./script
        for words in "tr" "train --rec" "train --recipe @" "finetune --device @" "evaluate --split t" "predict --from p" "show pre"; do
          COMP_WORDS=(./lenet4j ${words/@/})
          [[ $words != *@ ]] || COMP_WORDS+=("")
          COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
          COMPREPLY=()
          _complete_lenet4j 2>/dev/null
          echo "$words: ${COMPREPLY[*]}"
        done
        complete -p lenet4j
        """);
    Path said = folder.resolve("said");
    Process bash = new ProcessBuilder("/bin/bash", "asks").directory(folder.toFile()).redirectErrorStream(true)
        .redirectOutput(said.toFile()).start();
    assertEquals(0, bash.waitFor(), Files.readString(said));
    Set<String> lines = Set.copyOf(Files.readAllLines(said));
    for (String line : List.of("tr: train", "train --rec: --recipe", "train --recipe @: plain fast best tune",
        "finetune --device @: auto cuda gpu openblas cpu", "evaluate --split t: train test", "predict --from p: pretrained",
        "complete -o default -F _complete_lenet4j lenet4j")) {
      assertTrue(lines.contains(line), line + " is not in " + lines);
    }
  }
}
