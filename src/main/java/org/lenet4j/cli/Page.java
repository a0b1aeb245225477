package org.lenet4j.cli;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.report.Report;
import org.lenet4j.report.Table;
import picocli.CommandLine.Model.CommandSpec;

/** What the pages of several commands have in common. */
final class Page {
  private Page() {}

  /**
   * Begins a page: when, with what version, where and by which command it was made.
   *
   * @param work what was done and how long that took, or null
   */
  static Report begin(String title, List<String> classNames, CommandSpec spec, Device device, String work) {
    List<String> given = spec.commandLine().getParseResult().originalArgs();
    boolean named = !given.isEmpty() && given.get(0).equals(spec.name()); // not where a checkpoint's options were parsed once more
    String command = command(spec.qualifiedName(), named ? given.subList(1, given.size()) : given);
    return new Report(title, classNames).about(facts(ZonedDateTime.now(), device.describe(), work), command);
  }

  static List<String> facts(ZonedDateTime now, String device, String work) {
    List<String> facts = new ArrayList<>();
    facts.add(DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm z", Locale.ENGLISH).format(now));
    if (work != null) {
      facts.add(work);
    }
    facts.add("lenet4j " + Main.Version.version());
    facts.add(device.replaceFirst("(;| \\((no )?cuda:) .*", "")); // why there is nothing faster is no matter here
    facts.add(System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", Java " + System.getProperty("java.version"));
    return facts;
  }

  /** As a shell takes it. */
  static String command(String name, List<String> arguments) {
    StringBuilder command = new StringBuilder(name);
    for (String argument : arguments) {
      command.append(' ').append(argument.matches("[\\p{L}\\p{N}_@%+=:,./~-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'");
    }
    return command.toString();
  }

  /** Such as 3 min 12 s. */
  static String duration(double seconds) {
    long whole = Math.round(seconds);
    return whole < 60 ? Table.format("%.1f s", seconds) : whole < 3600 ? whole / 60 + " min " + whole % 60 + " s"
        : whole / 3600 + " h " + whole / 60 % 60 + " min";
  }

  /** The numbers of images that a model was measured on, with what accuracy and loss are called. */
  static Map<String, String> numbers(String accuracy, String loss, Metrics metrics) {
    Map<String, String> numbers = new LinkedHashMap<>();
    long wrong = metrics.samples() - Math.round(metrics.accuracy() * metrics.samples());
    numbers.put(accuracy, Table.percent(metrics.accuracy()));
    numbers.put("read wrong", Table.format("%,d of %,d", wrong, metrics.samples()));
    numbers.put(loss, Table.format("%.4f", metrics.loss()));
    return numbers;
  }

  /** Adds what is shown of images that a model was measured on. */
  static void measured(Report page, Device device, Model model, Metrics metrics, Dataset data) {
    page.confusion("", metrics).classes(metrics).mistakes(device, model, data);
  }
}
