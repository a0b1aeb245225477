package org.lenet4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.lenet4j.data.ClassNames;
import org.lenet4j.data.Splits;
import org.lenet4j.report.Table;
import picocli.CommandLine.Option;

/** Which classes of the data are used, and what they are called. */
final class ClassOptions {
  @Option(names = "--classes", paramLabel = "LIST", description = "Uses only these classes of the data, by their numbers or names, for"
      + " example 0-4, 1,3,7 or cat,dog.")
  private String classes;

  @Option(names = "--rename", paramLabel = "OLD=NEW,...", description = "Calls classes of the data otherwise, as the model does, for"
      + " example one=1,two=2. Those that get the same name become one.")
  private String rename;

  /** The list of classes, or null for all. */
  String classes() {
    return classes;
  }

  /**
   * Renames and chooses.
   *
   * @throws IllegalArgumentException if a class is not there
   */
  Splits apply(Splits data) {
    Splits named = rename == null ? data : data.renamed(renames(data.classNames(), false));
    return classes == null ? named : choose("--classes", classes, named);
  }

  /** Old data can be without the classes that are renamed. */
  Splits rename(Splits data) {
    return rename == null ? data : data.renamed(renames(data.classNames(), true));
  }

  private Map<String, String> renames(List<String> names, boolean some) {
    Map<String, String> to = new LinkedHashMap<>();
    for (String part : rename.split(",", -1)) {
      int equals = part.lastIndexOf('='); // label=3=3
      if (equals < 1 || equals == part.length() - 1) {
        throw new IllegalArgumentException("--rename: do not understand '" + part + "'; give a list such as one=1,two=2");
      }
      int label = ClassNames.find(names, part.substring(0, equals).strip());
      if (label >= 0 || !some) { // an unknown one is named by who renames
        to.put(label >= 0 ? names.get(label) : part.substring(0, equals), part.substring(equals + 1).strip());
      }
    }
    return to;
  }

  /** Only some classes of the data. */
  static Splits choose(String option, String list, Splits data) {
    return data.ofClasses(find(option, list, data.classNames(), "there is no class %s; the data has %s")).present();
  }

  /**
   * Reads a list of classes such as {@code 0-4,7} or {@code cat,dog}.
   *
   * @param unknown what is wrong with a number that is none: a format of it and of the names
   * @throws IllegalArgumentException if it is none
   */
  static int[] find(String option, String list, List<String> names, String unknown) {
    List<Integer> found = new ArrayList<>();
    for (String part : list.split(",", -1)) {
      int one = ClassNames.find(names, part.strip());
      String[] ends = part.strip().split("-");
      if (one >= 0) {
        found.add(one);
      } else if (part.strip().matches("[0-9]{1,6}(-[0-9]{1,6})?")) {
        IntStream.rangeClosed(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1])).forEach(number -> {
          int place = ClassNames.find(names, Integer.toString(number));
          if (place < 0) {
            throw new IllegalArgumentException(Table.format(unknown, number, ClassNames.list(names)));
          }
          found.add(place);
        });
      } else if (ends.length == 2 && names.contains(ends[0]) && names.indexOf(ends[0]) < names.indexOf(ends[1])) {
        IntStream.rangeClosed(names.indexOf(ends[0]), names.indexOf(ends[1])).forEach(found::add);
      } else {
        throw new IllegalArgumentException(option + ": do not understand '" + part + "'; give a list such as 0-4 or 1,3,7, or names: "
            + ClassNames.list(names));
      }
    }
    return found.stream().mapToInt(Integer::intValue).distinct().toArray();
  }

  /** Throws if labels with gaps would make classes without images, and nobody has chosen any. */
  void checkGaps(Splits data) {
    if (classes == null) {
      ClassNames.checkGaps(data);
    }
  }

  /**
   * The data with a model's labels; says what was understood if that is not plain.
   *
   * @throws IllegalArgumentException if a class is none of the model's
   */
  static Splits match(Splits data, List<String> names, PrintWriter out) {
    ClassNames match = ClassNames.match(data, names);
    Splits matched = match.splits();
    if (match.note() != null) {
      out.println(match.note());
    }
    return matched;
  }
}
