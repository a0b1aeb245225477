package org.lenet4j.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.lenet4j.file.Words;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is said of a command line that cannot be understood: the mistake, and what was probably meant. Words of picocli's are ours here. */
final class WrongUse {
  /** What others call our options. */
  private static final Map<String, String> OPTIONS = Map.ofEntries(Map.entry("learning-rate", "--lr"), Map.entry("learningrate", "--lr"),
      Map.entry("rate", "--lr"), Map.entry("batch", "--batch-size"), Map.entry("bs", "--batch-size"), Map.entry("b", "--batch-size"),
      Map.entry("e", "--epochs"), Map.entry("n", "--epochs"), Map.entry("o", "--out"), Map.entry("output", "--out"),
      Map.entry("save", "--out"), Map.entry("weights", "--from"), Map.entry("model", "--from"), Map.entry("load", "--from"),
      Map.entry("checkpoint", "--from"), Map.entry("dataset", "--data"), Map.entry("train", "--data"), Map.entry("d", "--data"),
      Map.entry("input", "--data"), Map.entry("gpu", "--device gpu"), Map.entry("cuda", "--device cuda"), Map.entry("cpu", "--device cpu"),
      Map.entry("jobs", "--threads"), Map.entry("workers", "--threads"), Map.entry("j", "--threads"), Map.entry("v", "--verbose"),
      Map.entry("debug", "--verbose"), Map.entry("q", "--quiet"), Map.entry("silent", "--quiet"), Map.entry("overwrite", "--force"),
      Map.entry("f", "--force"), Map.entry("decay", "--weight-decay"), Map.entry("wd", "--weight-decay"),
      Map.entry("dropout-rate", "--dropout"), Map.entry("early-stopping", "--patience"), Map.entry("random-seed", "--seed"),
      Map.entry("augmentation", "--augment"), Map.entry("scheduler", "--schedule"), Map.entry("plot", "--report"),
      Map.entry("continue", "--resume"), Map.entry("device-id", "--device"), Map.entry("optim", "--optimizer"));

  /** What others call our commands. */
  private static final Map<String, String> COMMANDS = Map.ofEntries(Map.entry("test", "evaluate"), Map.entry("measure", "evaluate"),
      Map.entry("validate", "evaluate"), Map.entry("tune", "finetune"), Map.entry("fine-tune", "finetune"),
      Map.entry("classify", "predict"),
      Map.entry("recognize", "predict"), Map.entry("read", "predict"), Map.entry("infer", "predict"), Map.entry("run", "predict"),
      Map.entry("convert", "export"), Map.entry("onnx", "export"), Map.entry("inspect", "show"), Map.entry("describe", "show"),
      Map.entry("summary", "show"), Map.entry("fit", "train"), Map.entry("learn", "train"), Map.entry("version", "--version"),
      Map.entry("devices", "info"), Map.entry("speed", "benchmark"));

  /** What picocli says of a value that is none of its type. */
  private static final Pattern VALUE = Pattern.compile("'([^']*)' is not an? (int|long|float|double|boolean)$");
  private static final Map<String, String> TYPES = Map.of("int", "a whole number", "long", "a whole number", "float", "a number",
      "double", "a number", "boolean", "true or false");
  private static final Pattern WEIGHTS = Pattern.compile(".*\\.(safetensors|pth?|onnx)");
  private static final Pattern PICTURE = Pattern.compile("(?i).*\\.(png|jpe?g|gif|bmp|tiff?|webp|p[bgp]m)");

  private WrongUse() {}

  /** A first word that is no command. */
  static String command(String word, Collection<String> commands) {
    String meant = COMMANDS.get(word);
    String like = meant != null ? "; did you mean " + meant + "?" : exists(word) && PICTURE.matcher(word).matches()
        ? "; did you mean predict " + word + "?" : Words.didYouMean(word, commands);
    return "unknown command '" + word + "'; commands are " + String.join(", ", commands) + like;
  }

  /** Options or values that cannot be parsed, or that a command does not take. */
  static String explain(ParameterException e, Collection<String> commands) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    String help = "see " + command.qualifiedName() + " --help";
    if (e instanceof UnmatchedArgumentException unmatched) {
      String word = unmatched.getUnmatched().get(0);
      return word.startsWith("-") && word.length() > 1 ? option(word, command, commands, help) : stray(word, command, help);
    }
    ArgSpec argument = e.getArgSpec();
    if (e instanceof MissingParameterException missing && !missing.getMissing().isEmpty()) {
      return missing.getMissing().stream().map(WrongUse::wanted).collect(Collectors.joining("; ")) + "; " + help;
    }
    if (e instanceof OverwrittenOptionException twice) {
      return name(twice.getOverwritten()) + " is given twice; give it once";
    }
    String message = e.getMessage();
    Matcher value = VALUE.matcher(message);
    if (argument != null && value.find()) {
      return name(argument) + ": '" + value.group(1) + "' is not " + TYPES.get(value.group(2)) + remedy(value.group(1), value.group(2))
          + "; " + help;
    }
    if (argument != null && message.contains("KEY=VALUE")) {
      return name(argument) + ": '" + message.replaceAll(".* but was ", "") + "' is not of the form " + argument.paramLabel() + "; " + help;
    }
    if (message.startsWith("Unknown subcommand '")) { // of help
      return command(message.substring(message.indexOf('\'') + 1, message.lastIndexOf('\'')), commands);
    }
    message = argument == null ? message : message.replaceFirst("^Invalid value for [^:]*: ", name(argument) + ": ");
    return message.contains("--") || message.endsWith("?") ? message : message + "; " + help;
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  private static String wanted(ArgSpec argument) {
    return argument.required() ? "give " + name(argument) + " " + argument.paramLabel()
        : name(argument) + " needs a value: " + name(argument) + " " + argument.paramLabel();
  }

  private static String remedy(String value, String type) {
    boolean whole = value.matches("[+-]?\\d+");
    if (whole) {
      return " that there is room for";
    }
    if (value.matches("[+-]?\\d*,\\d+") && !type.equals("int") && !type.equals("long")) {
      return "; write " + value.replace(',', '.');
    }
    return value.matches("\\d+([.,]\\d+)?%") ? "; write a share of 0 to 1" : "";
  }

  private static String option(String word, CommandSpec command, Collection<String> commands, String help) {
    String bare = word.replaceFirst("=.*", "").replaceFirst("^-+", "");
    List<String> names = command.optionsMap().keySet().stream().filter(name -> name.startsWith("--")).map(name -> name.substring(2))
        .toList();
    String meant = OPTIONS.get(bare.toLowerCase(Locale.ROOT).replace('_', '-'));
    String like;
    if (command.parent() == null) { // options before the command
      like = "; the command comes first: lenet4j COMMAND " + word + "; commands are " + String.join(", ", commands);
    } else if (meant != null && command.optionsMap().containsKey(meant.split(" ")[0])) {
      like = "; did you mean " + meant + "?";
    } else {
      String nearest = Words.nearest(bare.replace('_', '-'), names);
      like = nearest == null ? "; " + help : "; did you mean --" + nearest + "?";
    }
    return "unknown option '" + word + "'" + like;
  }

  /** A word that belongs to no option: mostly the option before it is missing. */
  private static String stray(String word, CommandSpec command, String help) {
    boolean weights = WEIGHTS.matcher(word).matches() || word.equals("pretrained");
    String option = weights ? "--from" : DataOptions.isWord(word) || exists(word) ? "--data" : null;
    boolean known = option != null && command.optionsMap().containsKey(option);
    return "'" + word + "' belongs to no option" + (known ? "; did you mean " + option + " " + word + "?" : "; " + help);
  }

  private static boolean exists(String word) {
    try {
      return Files.exists(Path.of(word));
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
