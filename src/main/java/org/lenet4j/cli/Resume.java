package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.lenet4j.Checkpoint;
import org.lenet4j.data.Dataset;
import org.lenet4j.report.Table;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a run is continued: its checkpoint remembers the options that it was started with, and they are parsed once more. */
final class Resume {
  private static final String COMMAND = "command"; // keys of a checkpoint's notes
  private static final String OPTION = "option ";
  private static final String BETWEEN = "\n"; // values of an option that was given several times
  private static final List<String> INPUT = List.of("--data", "--extra", "--from", "--replay", "--source");
  private static final List<String> OUTPUT = List.of("--out", "--report", "--tensorboard");
  private static final List<String> RUN = List.of("--precision", "--fast");
  private static final List<String> NOT_KEPT = List.of("--resume", "--checkpoint", "--device", "--threads", "--json", "--verbose",
      "--force", "--quiet");

  @Spec(Spec.Target.MIXEE) private CommandSpec command;

  @Option(names = "--resume", paramLabel = "FILE", description = "Continues from a checkpoint. The settings come from it; given too can be"
      + " only where things are (--data and other inputs, if they have moved; --out, --checkpoint, --report, --tensorboard) and how to run"
      + " (--device, --threads, --precision, --fast, --force, --quiet, --json, --verbose).")
  private Path file;

  /** The checkpoint to continue from, or null. */
  Path file() {
    return file;
  }

  /** How a checkpoint is read. */
  @FunctionalInterface interface Reader<T> {
    T read(Path file) throws IOException;
  }

  /**
   * Reads the checkpoint to continue from; null if there is none.
   *
   * @throws ParameterException if an option was given that would change the result
   */
  <T> T load(Reader<T> reader) throws IOException {
    if (file == null) {
      return null;
    }
    for (OptionSpec option : command.commandLine().getParseResult().matchedOptions()) {
      String name = option.longestName();
      if (!INPUT.contains(name) && !OUTPUT.contains(name) && !RUN.contains(name) && !NOT_KEPT.contains(name)) {
        throw new ParameterException(command.commandLine(), name + " cannot be given with --resume: the settings come from the checkpoint");
      }
    }
    return reader.read(file);
  }

  /** Whether a checkpoint file is the one that this run continues from. */
  boolean isFrom(Path checkpoint) throws IOException {
    return file != null && checkpoint != null && Files.exists(checkpoint) && Files.isSameFile(file, checkpoint);
  }

  /**
   * Gives the command the options of the run that it continues, with those that were given now in their place.
   *
   * @param run what the checkpoint holds
   * @throws IOException if it is not one of this command
   */
  void takeOptions(Checkpoint run) throws IOException {
    Map<String, String> notes = run.notes();
    Map<String, String> options = new LinkedHashMap<>();
    notes.forEach((key, value) -> {
      if (key.startsWith(OPTION)) {
        options.put(key.substring(OPTION.length()), value);
      }
    });
    for (OptionSpec option : command.commandLine().getParseResult().matchedOptions()) {
      options.put(option.longestName(), String.join(BETWEEN, option.originalStringValues()));
    }
    if (!command.name().equals(notes.get(COMMAND))) {
      throw new IOException(file + ": it is not the checkpoint of lenet4j " + command.name());
    }
    if (run.epoch() > 0 && run.history().isEmpty()) { // a result could not be told
      throw new IOException(file + ": it does not say what its finished epochs came to; start the run anew");
    }
    List<String> arguments = new ArrayList<>();
    options.forEach((name, values) -> {
      for (String value : values.split(BETWEEN, -1)) {
        arguments.add(value.isEmpty() || value.equals("true") ? name : name + "=" + value);
      }
    });
    command.commandLine().parseArgs(arguments.toArray(new String[0]));
  }

  /** What a checkpoint has to know to continue from any folder: the options, files and folders by their absolute names. */
  Map<String, String> notes(Path out) {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(COMMAND, command.name());
    for (OptionSpec option : command.commandLine().getParseResult().matchedOptions()) {
      String name = option.longestName();
      if (!NOT_KEPT.contains(name)) {
        List<String> values = option.originalStringValues().stream().map(value -> absolute(name, value)).toList();
        notes.put(OPTION + name, String.join(BETWEEN, values));
      }
    }
    notes.put(OPTION + "--out", absolute("--out", out.toString()));
    return notes;
  }

  /**
   * The command that makes the same weights again: the options that matter, and of the folders of files the last names, for those above
   * are nobody's business.
   */
  String made() {
    StringBuilder made = new StringBuilder("lenet4j " + command.name());
    for (OptionSpec option : command.options()) {
      String name = option.longestName();
      boolean matters = !NOT_KEPT.contains(name) && !OUTPUT.contains(name) && !RUN.contains(name);
      if (matters && command.commandLine().getParseResult().hasMatchedOption(option)) {
        for (String value : option.originalStringValues()) {
          made.append(' ').append(name);
          if (option.arity().max() > 0) {
            made.append(' ').append(quoted(INPUT.contains(name) && !DataOptions.isWord(value) ? last(value) : value));
          }
        }
      }
    }
    return made.toString();
  }

  private static String last(String file) {
    Path name = Path.of(file).toAbsolutePath().normalize().getFileName();
    return name == null ? file : name.toString();
  }

  private static String quoted(String value) {
    return value.matches("[\\w.,:=/+@%-]+") ? value : "'" + value.replace("'", "'\\''") + "'";
  }

  private static String absolute(String name, String value) {
    boolean file = OUTPUT.contains(name) || INPUT.contains(name) && !DataOptions.isWord(value);
    return file ? Path.of(value).toAbsolutePath().normalize().toString() : value;
  }

  /**
   * Compares a note that tells one input from another.
   *
   * @param what   it is
   * @param option the option that says where it is
   * @throws IOException if the input is another one now
   */
  void check(Map<String, String> before, Map<String, String> now, String key, String what, String option) throws IOException {
    if (!now.get(key).equals(before.get(key))) {
      throw new IOException(what + " are not those of the run that " + file + " belongs to; bring them back, or say with " + option
          + " where they are now");
    }
  }

  /** Tells data sets from others; null ones count for nothing. */
  static String crc(Dataset... parts) {
    CRC32 crc = new CRC32();
    for (Dataset part : parts) {
      if (part != null) {
        int size = part.shape().size();
        part.blocks((images, first, count) -> crc.update(images, 0, count * size));
        IntStream.of(part.labels()).forEach(crc::update);
      }
    }
    return Table.format("%08x", crc.getValue());
  }
}
