package org.lenet4j.cli;

import java.util.List;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** {@code lenet4j completion}. */
@Command(name = "completion", description = "Prints a script by which bash and zsh complete commands, options and their words.",
    footer = {"eval \"$(./lenet4j completion)\"", "./lenet4j completion >> ~/.bashrc"})
final class CompletionCommand implements Runnable {
  /** What options take that take one of some words; all others take anything, of which shells complete names of files. */
  static final Map<String, List<String>> WORDS = Map.ofEntries(Map.entry("--data", List.of("digits", "mnist")),
      Map.entry("--extra", List.of("digits", "mnist")), Map.entry("--replay", List.of("digits", "mnist")),
      Map.entry("--source", List.of("digits", "mnist")), Map.entry("--from", List.of("pretrained")),
      Map.entry("--recipe", List.of("plain", "fast", "best", "tune")), Map.entry("--optimizer", List.of("adam", "adamw", "sgd")),
      Map.entry("--schedule", List.of("constant", "step", "cosine", "one-cycle")),
      Map.entry("--augment", List.of("none", "light", "strong")),
      Map.entry("--device", List.of("auto", "cuda", "gpu", "openblas", "cpu")), Map.entry("--precision", List.of("fp32", "tf32", "bf16")),
      Map.entry("--kernels", List.of("cudnn", "fused", "auto")), Map.entry("--split", List.of("train", "test", "validation")),
      Map.entry("--activation", List.of("relu", "tanh", "sigmoid")), Map.entry("--pool", List.of("max", "avg")),
      Map.entry("--monitor", List.of("loss", "accuracy")), Map.entry("--turn", List.of("90", "180", "270")),
      Map.entry("--freeze", List.of("body", "none", "conv1", "conv2", "fc1", "fc2", "fc3")), Map.entry("--strength", List.of("auto")));

  @Spec private CommandSpec spec;

  @Override public void run() {
    CommandLine all = Main.commandLine(null);
    all.getSubcommands().values().forEach(command -> addWords(command.getCommandSpec()));
    spec.commandLine().getOut().print(AutoComplete.bash("lenet4j", all));
  }

  private static void addWords(CommandSpec command) {
    for (OptionSpec option : List.copyOf(command.options())) {
      List<String> words = WORDS.get(option.longestName());
      if (words != null) {
        command.remove(option);
        command.addOption(option.toBuilder().paramLabel(option.longestName().substring(2)) // by which picocli names a variable for them
            .completionCandidates(words).build());
      }
    }
  }
}
