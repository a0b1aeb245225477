package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lenet4j.GeneratedFile;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** docs/command-line.md says what the commands themselves say. */
class CommandLineDocsTest {
  @Test void theReferenceIsUpToDate() throws IOException {
    CommandSpec main = Main.commandLine(null).getCommandSpec();
    StringBuilder page = new StringBuilder("# The command line\n\n"
        + "Made from the code; `mvn test -Dtest='CommandLineDocsTest,ReachabilityTest' -Dgenerate` writes it anew.\n\n"
        + "`./lenet4j COMMAND [options]`. " + text(main.usageMessage().description()) + "\n\n| exit code | |\n|---|---|\n");
    main.usageMessage().exitCodeList().forEach((code, meaning) -> page.append("| " + code + " | " + meaning + " |\n"));
    page.append("\nAn error is one line on the standard error that says what was wrong and what to do. Every command has `--help` and"
        + " `--version`. `LENET4J_JAVA_OPTS` holds more options for Java, for example `-Xmx4g`; `JAVA_HOME` says which Java.\n");
    for (Map.Entry<String, CommandLine> command : main.subcommands().entrySet()) {
      CommandSpec spec = command.getValue().getCommandSpec();
      page.append("\n## " + command.getKey() + "\n\n" + text(spec.usageMessage().description()) + "\n\n| option | |\n|---|---|\n");
      for (PositionalParamSpec parameter : spec.positionalParameters()) {
        row(page, parameter.paramLabel(), parameter);
      }
      for (OptionSpec option : spec.options()) {
        if (!List.of("--help", "--version").contains(option.longestName())) {
          row(page, String.join(", ", option.names()) + (option.arity().max() == 0 ? "" : " " + option.paramLabel()), option);
        }
      }
    }
    page.append("\n## JSON\n\n`--json` of each command writes one object, that of `predict` a list. A name means the same wherever it"
        + " is, and the same thing has one name. Where there is nothing to say, such as an accuracy without test images, the"
        + " value is null; so are NaN and infinity.\n\n| key | of | |\n|---|---|---|\n");
    for (Vocabulary.Word word : Vocabulary.words()) {
      page.append("| `" + word.key() + "` | " + word.commands().replace(" ", ", ") + " | " + word.meaning() + " |\n");
    }
    GeneratedFile.check(Path.of("docs/command-line.md"), page.toString());
  }

  private static void row(StringBuilder page, String name, ArgSpec argument) {
    page.append("| `" + name + "` | " + text(argument.description()).replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValue()))
        .replace("|", "\\|") + " |\n");
  }

  private static String text(String... lines) {
    return String.join(" ", lines).replace("%n", " ").replace("%%", "%").strip();
  }
}
