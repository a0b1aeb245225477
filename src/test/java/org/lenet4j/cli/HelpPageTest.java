package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
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

  /** In a real shell, as it would ask for them itself. */
  private Set<String> completed(String... shell) throws IOException, InterruptedException {
    assumeTrue(Files.exists(Path.of(shell[0])), shell[0] + " is not there");
    Locale usual = Locale.getDefault();
    Locale.setDefault(Locale.ROOT); // as main does
    try {
      Files.writeString(folder.resolve("script"), Cli.run("completion").out());
    } finally {
      Locale.setDefault(usual);
    }
    Files.writeString(folder.resolve("asks"), """
        source ./script
        asks() {
          [ -z "${ZSH_VERSION:-}" ] || emulate -L sh # as bashcompinit does
          for words in "tr" "train --rec" "train --recipe @" "finetune --device @" "evaluate --split t" "predict --from p" "show pre"; do
            COMP_WORDS=(./lenet4j ${words/@/})
            [[ $words != *@ ]] || COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            COMPREPLY=()
            _complete_lenet4j 2>/dev/null
            echo "$words: ${COMPREPLY[*]}"
          done
        }
        asks
        complete -p lenet4j
        """);
    Path said = folder.resolve("said");
    Process asked = new ProcessBuilder(Stream.concat(Stream.of(shell), Stream.of("asks")).toList()).directory(folder.toFile())
        .redirectErrorStream(true).redirectOutput(said.toFile()).start();
    assertEquals(0, asked.waitFor(), Files.readString(said));
    return Set.copyOf(Files.readAllLines(said));
  }

  @Test void bashCompletes() throws IOException, InterruptedException {
    Set<String> lines = completed("/bin/bash");
    for (String line : List.of("tr: train", "train --rec: --recipe", "train --recipe @: plain fast best tune",
        "finetune --device @: auto cuda gpu openblas cpu", "evaluate --split t: train test", "predict --from p: pretrained",
        "complete -o default -F _complete_lenet4j lenet4j")) {
      assertTrue(lines.contains(line), line + " is not in " + lines);
    }
  }

  /** Which chooses among the words that the script offers by what was typed; outside of its line editor it offers all. */
  @Test void zshCompletes() throws IOException, InterruptedException {
    Set<String> lines = completed("/bin/zsh", "-f");
    for (String line : List.of("train --recipe @: plain fast best tune", "finetune --device @: auto cuda gpu openblas cpu",
        "evaluate --split t: train test validation", "predict --from p: pretrained")) {
      assertTrue(lines.contains(line), line + " is not in " + lines);
    }
  }
}
