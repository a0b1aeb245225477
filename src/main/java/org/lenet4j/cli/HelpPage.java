package org.lenet4j.cli;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The options of a command in groups, the usual ones first; for {@code --help}, docs/command-line.md and the manual page. */
final class HelpPage {
  /** What is looked for first, whichever command has it. */
  private static final List<String> USUAL = List.of("--data", "--from", "--recipe", "--epochs", "--lr", "--replay", "--split", "--onnx",
      "--show", "--seed", "--device", "--out", "--report", "--resume", "--json", "--help");
  private static final int SHORT = 9; // options; so few are one group

  private static final Map<Class<?>, String> GROUPS = Map.ofEntries(Map.entry(ForeignOptions.class, "Weights that others made"),
      Map.entry(PixelOptions.class, "Images that are held or coded otherwise"), Map.entry(ExtraOptions.class, "More to train on"),
      Map.entry(ClassOptions.class, "Classes"), Map.entry(DataOptions.class, "The new data"),
      Map.entry(TuningOptions.class, "What is tuned, how far and until when"), Map.entry(ForgettingOptions.class, "Against forgetting"),
      Map.entry(RecipeOptions.class, "How to train"), Map.entry(DeviceOptions.class, "Where it runs"));
  private static final String OTHERS = "Others";

  private HelpPage() {}

  /** Has the help of all commands grouped so. */
  static void arrange(CommandLine line) {
    line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpPage::render);
    line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_FOOTER, help -> "\nExamples:\n  "
        + String.join("\n  ", help.commandSpec().usageMessage().footer()) + "\n");
    line.getSubcommands().values().forEach(HelpPage::arrange);
  }

  private static String render(Help help) {
    StringBuilder page = new StringBuilder();
    groups(help.commandSpec()).forEach((heading, options) -> {
      Help.Layout layout = help.createDefaultLayout();
      layout.addOptions(options, help.parameterLabelRenderer());
      page.append(help.createHeading("%n" + heading + ":%n")).append(layout);
    });
    return page.toString();
  }

  /** Headings, and the options below each. */
  static Map<String, List<OptionSpec>> groups(CommandSpec command) {
    List<OptionSpec> options = command.options().stream().filter(option -> !option.hidden()).toList();
    if (options.size() <= SHORT) {
      return options.isEmpty() ? Map.of() : Map.of("Options", options);
    }
    Map<String, List<OptionSpec>> groups = new LinkedHashMap<>();
    groups.put("The usual options", USUAL.stream().map(command.optionsMap()::get).filter(option -> option != null).toList());
    for (OptionSpec option : options) {
      if (!USUAL.contains(option.longestName())) {
        groups.computeIfAbsent(heading(option), heading -> new ArrayList<>()).add(option);
      }
    }
    List<OptionSpec> others = groups.remove(OTHERS); // come last
    if (others != null) {
      groups.put(OTHERS, others);
    }
    return groups;
  }

  private static String heading(OptionSpec option) {
    return option.userObject() instanceof Field field ? GROUPS.getOrDefault(field.getDeclaringClass(), OTHERS) : OTHERS;
  }
}
