package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lenet4j.GeneratedFile;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** docs/command-line.md and docs/lenet4j.1 say what the commands themselves say. */
class CommandLineDocsTest {
  @Test void theReferenceIsUpToDate() throws IOException {
    CommandSpec main = Main.commandLine(null).getCommandSpec();
    StringBuilder page = new StringBuilder("# The command line\n\n"
        + "Made from the code; `mvn test -Dtest='CommandLineDocsTest,ReachabilityTest' -Dgenerate` writes it anew.\n\n"
        + "`./lenet4j COMMAND [options]`. " + text(main.usageMessage().description()) + "\n\n| exit code | |\n|---|---|\n");
    main.usageMessage().exitCodeList().forEach((code, meaning) -> page.append("| " + code + " | " + meaning + " |\n"));
    page.append("\nAn error is one line on the standard error that says what was wrong and what to do. Every command has `--help` and"
        + " `--version`. `LENET4J_JAVA_OPTS` holds more options for Java, for example `-Xmx4g`; `JAVA_HOME` says which Java.\n\n"
        + "`eval \"$(./lenet4j completion)\"` has bash and zsh complete commands, options and their words; `man docs/lenet4j.1` shows this"
        + " page.\n");
    for (Map.Entry<String, CommandLine> command : main.subcommands().entrySet()) {
      CommandSpec spec = command.getValue().getCommandSpec();
      page.append("\n## " + command.getKey() + "\n\n" + text(spec.usageMessage().description()) + "\n\n```\n"
          + String.join("\n", spec.usageMessage().footer()) + "\n```\n\n| option | |\n|---|---|\n");
      for (PositionalParamSpec parameter : spec.positionalParameters()) {
        row(page, parameter.paramLabel(), parameter);
      }
      Map<String, List<OptionSpec>> groups = HelpPage.groups(spec);
      groups.forEach((heading, options) -> {
        page.append(groups.size() == 1 ? "" : "| **" + heading + "** | |\n");
        for (OptionSpec option : options) {
          if (!List.of("--help", "--version").contains(option.longestName())) {
            row(page, name(option), option);
          }
        }
      });
    }
    page.append("\n## JSON\n\n`--json` of each command writes one object, that of `predict` a list. A name means the same wherever it"
        + " is, and the same thing has one name. Where there is nothing to say, such as an accuracy without test images, the"
        + " value is null; so are NaN and infinity.\n\n| key | of | |\n|---|---|---|\n");
    for (Vocabulary.Word word : Vocabulary.words()) {
      page.append("| `" + word.key() + "` | " + word.commands().replace(" ", ", ") + " | " + word.meaning() + " |\n");
    }
    GeneratedFile.check(Path.of("docs/command-line.md"), page.toString());
  }

  /** {@code man ./docs/lenet4j.1} is the same as a manual page. */
  @Test void theManualPageIsUpToDate() throws IOException {
    CommandSpec main = Main.commandLine(null).getCommandSpec();
    StringBuilder page = new StringBuilder(".\\\" Made from the code, as docs/command-line.md is.\n.TH LENET4J 1\n.SH NAME\nlenet4j \\- "
        + roff("trains LeNet-5 as fast as the hardware allows") + "\n.SH SYNOPSIS\n.B lenet4j\n.I COMMAND\n[options]\n");
    for (Map.Entry<String, CommandLine> command : main.subcommands().entrySet()) {
      CommandSpec spec = command.getValue().getCommandSpec();
      page.append(".SH \"LENET4J " + command.getKey().toUpperCase(Locale.ROOT) + "\"\n"
          + roff(text(spec.usageMessage().description())) + "\n");
      spec.positionalParameters().forEach(parameter -> item(page, "\\fI" + parameter.paramLabel() + "\\fR", parameter));
      Map<String, List<OptionSpec>> groups = HelpPage.groups(spec);
      groups.forEach((heading, options) -> {
        page.append(groups.size() == 1 ? "" : ".SS " + heading + "\n");
        options.forEach(option -> item(page, "\\fB" + roff(name(option)) + "\\fR", option));
      });
      page.append(".SS Examples\n.nf\n" + roff(String.join("\n", spec.usageMessage().footer())) + "\n.fi\n");
    }
    page.append(".SH \"EXIT STATUS\"\n");
    main.usageMessage().exitCodeList().forEach((code, meaning) -> page.append(".TP\n" + code + "\n" + meaning + "\n"));
    GeneratedFile.check(Path.of("docs/lenet4j.1"), page.toString());
  }

  private static void item(StringBuilder page, String name, ArgSpec argument) {
    page.append(".TP\n" + name + "\n" + roff(text(argument)) + "\n");
  }

  /** Text that is no instruction of roff's: a backslash, a hyphen that is copied, a dot or an apostrophe that begins a line. */
  private static String roff(String text) {
    return text.replace("\\", "\\e").replace("-", "\\-").replaceAll("(?m)^([.'])", "\\\\&$1");
  }

  private static String name(OptionSpec option) {
    return String.join(", ", option.names()) + (option.arity().max() == 0 ? "" : " " + option.paramLabel());
  }

  private static void row(StringBuilder page, String name, ArgSpec argument) {
    page.append("| `" + name + "` | " + text(argument).replace("|", "\\|") + " |\n");
  }

  private static String text(ArgSpec argument) {
    return text(argument.description()).replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValue()));
  }

  private static String text(String... lines) {
    return String.join(" ", lines).replace("%n", " ").replace("%%", "%").strip();
  }
}
