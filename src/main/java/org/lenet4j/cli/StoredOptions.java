package org.lenet4j.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The options of a command as text in its checkpoint, and back. */
final class StoredOptions {
  private static final String KEY = "option ";
  private static final String BETWEEN = "\n"; // values of an option that was given several times
  private static final List<String> DATA = List.of("--from", "--data", "--replay", "--source");
  private static final List<String> FILES = List.of("--out", "--report", "--tensorboard", "--json");
  /** Where things are and how to run, nothing that changes the result. */
  private static final List<String> FREE = List.of("--resume", "--from", "--data", "--out", "--checkpoint", "--report", "--tensorboard",
      "--device", "--threads", "--json", "--verbose");
  private static final List<String> NOT_KEPT = List.of("--resume", "--checkpoint", "--device", "--threads", "--json", "--verbose");

  private StoredOptions() {}

  /** What was given, files and folders by their absolute names, so that the run can be continued from any folder. */
  static Map<String, String> of(ParseResult given) {
    Map<String, String> stored = new LinkedHashMap<>();
    for (OptionSpec option : given.matchedOptions()) {
      String name = option.longestName();
      if (!NOT_KEPT.contains(name)) {
        List<String> values = option.originalStringValues().stream().map(value -> absolute(name, value)).toList();
        stored.put(KEY + name, String.join(BETWEEN, values));
      }
    }
    return stored;
  }

  private static String absolute(String name, String value) {
    boolean file = FILES.contains(name) || DATA.contains(name) && !DataOptions.isWord(value);
    return file && !value.equals("-") ? Path.of(value).toAbsolutePath().normalize().toString() : value;
  }

  /**
   * The arguments of the run that a checkpoint belongs to, with those that were given to continue it in their place.
   *
   * @throws IllegalArgumentException if one was given that would change the result, or these are no stored options
   */
  static List<String> arguments(Map<String, String> stored, ParseResult given) {
    Map<String, String> options = new LinkedHashMap<>();
    stored.forEach((key, value) -> {
      if (key.startsWith(KEY)) {
        options.put(key.substring(KEY.length()), value);
      }
    });
    if (!options.containsKey("--data")) {
      throw new IllegalArgumentException("it is not the checkpoint of a fine-tuning; lenet4j train --resume continues a training");
    }
    for (OptionSpec option : given.matchedOptions()) {
      String name = option.longestName();
      if (!FREE.contains(name)) {
        throw new IllegalArgumentException(name + " cannot be given with --resume: the settings come from the checkpoint");
      }
      options.put(name, String.join(BETWEEN, option.originalStringValues()));
    }
    List<String> arguments = new ArrayList<>();
    options.forEach((name, values) -> {
      if (name.equals("--resume")) {
        return;
      }
      for (String value : values.split(BETWEEN, -1)) {
        arguments.add(value.isEmpty() || value.equals("true") ? name : name + "=" + value);
      }
    });
    return arguments;
  }
}
