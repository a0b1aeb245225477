package org.lenet4j.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Which class of a model each class of some data is: by name, never by order. A folder without a class of the model keeps the places of the
 * others. Only classes that have images count. Names are the same
 *
 * <ul>
 *   <li>if they are: the encodings of é are one name;
 *   <li>without case, accents, and the kind of spaces and dashes;
 *   <li>as numbers, if all names of the data are numbers by one scheme: {@code 03}, {@code digit_3}, {@code ٣}, {@code three},
 *       {@code drei}, {@code 3_three}, NIST's {@code 33};
 *   <li>as numbers of the model's classes, if the data has only numbers, as IDX files have, a 0 among them, and the model only names.
 * </ul>
 *
 * <p>What is not certain is not guessed.
 *
 * @param data   the data as it is
 * @param names  the names of the model's classes
 * @param places for each class of the data the model's, or -1 if it is not known or has no images
 * @param note   one line on what was understood, or null if the names are the same
 */
public record ClassNames(Splits data, List<String> names, List<Integer> places, String note) {
  private static final int MOST_LISTED = 20; // names in one message
  private static final int MOST_NAMED = 5; // of those that are unknown
  private static final String ALL = " to ";

  /** Matches the classes of some data with those of a model. */
  public static ClassNames match(Splits data, List<String> names) {
    List<Integer> present = present(data);
    Integer[] places = new Integer[data.classNames().size()];
    Arrays.fill(places, -1);
    List<UnaryOperator<String>> sames = List.of(UnaryOperator.identity(), ClassNames::fold);
    Set<Integer> taken = new HashSet<>();
    for (UnaryOperator<String> same : sames) {
      List<String> given = data.classNames().stream().map(same).toList();
      List<String> wanted = names.stream().map(same).toList();
      Set<Integer> found = new HashSet<>();
      for (int label : present) {
        int place = wanted.indexOf(given.get(label));
        boolean one = place >= 0 && place == wanted.lastIndexOf(given.get(label)) && !taken.contains(place)
            && (same == sames.get(0) || present.stream().filter(other -> given.get(other).equals(given.get(label))).count() == 1);
        if (places[label] < 0 && one) {
          places[label] = place;
          found.add(place);
        }
      }
      taken.addAll(found);
    }
    if (present.stream().anyMatch(label -> places[label] < 0) && !byNumber(data, present, names, places)) {
      return new ClassNames(data, names, List.of(places), null);
    }
    return new ClassNames(data, names, List.of(places), note(data, present, names, places));
  }

  /**
   * Finds a class by its name or number.
   *
   * @return its place; a number is a place only where no name is a number. -1 if there is none, or not only one
   */
  public static int find(List<String> names, String name) {
    if (names.contains(name)) {
      return names.indexOf(name);
    }
    List<Integer> alike = IntStream.range(0, names.size()).filter(i -> fold(names.get(i)).equals(fold(name))).boxed().toList();
    if (!alike.isEmpty() || !name.matches("[0-9]{1,6}")) {
      return alike.size() == 1 ? alike.get(0) : -1;
    }
    int number = Integer.parseInt(name);
    int[] numbers = numbers(names);
    boolean none = IntStream.of(numbers).allMatch(each -> each < 0);
    return !none ? indexOf(numbers, number) : number < names.size() ? number : -1;
  }

  /**
   * Names for the rows of a new head: those that are kept have theirs, and every other class of the data gets one of the new rows, which is
   * that of its number where the data has numbers and they fit. Rows that are left over are named by their numbers.
   *
   * @param rows the name of each row that is kept, null for a new one
   * @param data everything that will be trained on
   * @throws IllegalArgumentException if there are more classes than rows; the message has both numbers
   */
  public static List<String> forHead(List<String> rows, List<Splits> data) {
    List<String> kept = rows.stream().filter(Objects::nonNull).toList();
    List<String> all = new ArrayList<>(kept);
    data.forEach(each -> add(all, each));
    List<String> fresh = all.subList(kept.size(), all.size());
    List<String> names = new ArrayList<>(rows);
    boolean fits = fresh.stream().allMatch(name -> name.matches("[0-9]{1,6}") && Integer.parseInt(name) < rows.size());
    boolean numbered = IntStream.range(0, rows.size()).allMatch(i -> rows.get(i) == null || rows.get(i).equals(Integer.toString(i)));
    boolean byNumber = fits && (numbered || all.size() > rows.size());
    if (byNumber) {
      IntStream.range(0, rows.size()).filter(i -> rows.get(i) == null).forEach(i -> names.set(i, Integer.toString(i)));
      return names;
    }
    if (all.size() > rows.size()) {
      throw new IllegalArgumentException("the data has the classes " + list(all.subList(kept.size(), all.size())) + (kept.isEmpty() ? ""
          : " besides those that are kept, " + list(kept)) + ", which do not fit the head of " + rows.size()
          + "; replace it with one of " + all.size());
    }
    Iterator<String> next = fresh.iterator();
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i) == null) {
        names.set(i, next.hasNext() ? next.next() : IntStream.iterate(i, number -> number + 1).mapToObj(Integer::toString)
            .filter(name -> !all.contains(name) && !names.contains(name)).findFirst().orElseThrow());
      }
    }
    return names;
  }

  /** Adds the names of the classes of some data that are not there yet. */
  private static void add(List<String> all, Splits data) {
    ClassNames match = match(data, List.copyOf(all));
    List<String> given = present(data).stream().map(data.classNames()::get).toList();
    int[] numbers = NumberWords.read(given);
    int[] known = NumberWords.read(all);
    if (match.isComplete() || numbers == null || known == null) {
      all.addAll(match.unknown());
    } else {
      IntStream.of(numbers).filter(number -> indexOf(known, number) < 0).mapToObj(Integer::toString).forEach(all::add);
    }
  }

  /** Tries numbers; changes places only if that explains every class. */
  private static boolean byNumber(Splits data, List<Integer> present, List<String> names, Integer... places) {
    List<String> given = present.stream().map(data.classNames()::get).toList();
    int[] wanted = numbers(names);
    for (int[] numbers : new int[][] {NumberWords.read(given), NumberWords.readCodes(given)}) {
      int[] found = numbers == null ? new int[] {-1} : IntStream.of(numbers).map(number -> indexOf(wanted, number)).toArray();
      if (IntStream.of(found).allMatch(place -> place >= 0)) {
        IntStream.range(0, found.length).forEach(i -> places[present.get(i)] = found[i]);
        return true;
      }
    }
    boolean noNames = data.classNames().equals(Splits.numberedNames(data.classNames().size())) && present.contains(0)
        && present.get(present.size() - 1) < names.size()
        && IntStream.range(0, names.size()).allMatch(i -> wanted[i] < 0 || wanted[i] == i);
    if (noNames) {
      present.forEach(label -> places[label] = label);
    }
    return noNames;
  }

  /** What the model's names are as numbers; -1 for others. */
  private static int[] numbers(List<String> names) {
    int[] all = NumberWords.read(names);
    return all != null ? all : names.stream().mapToInt(name -> name.matches("[0-9]{1,9}") ? Integer.parseInt(name) : -1).toArray();
  }

  private static int indexOf(int[] numbers, int number) {
    return IntStream.range(0, numbers.length).filter(i -> numbers[i] == number).findFirst().orElse(-1);
  }

  private static String fold(String name) {
    return NumberWords.fold(name).strip().replaceAll("[\\s_\\p{Pd}]+", " ");
  }

  private static String note(Splits data, List<Integer> present, List<String> names, Integer... places) {
    List<Integer> read = present.stream().filter(label -> !data.classNames().get(label).equals(names.get(places[label])))
        .sorted(Comparator.comparing(label -> places[label])).toList();
    if (read.isEmpty()) {
      return null;
    }
    boolean run = read.size() > 5 && places[read.get(read.size() - 1)] - places[read.get(0)] == read.size() - 1;
    return (read.size() == 1 ? "the data's class " : "the data's classes ") + list(read.stream().map(data.classNames()::get).toList(), run)
        + (read.size() == 1 ? " is" : " are") + " read as the model's "
        + list(read.stream().map(label -> names.get(places[label])).toList(), run);
  }

  private static String list(List<String> names, boolean run) {
    return run ? names.get(0) + ALL + names.get(names.size() - 1) : list(names);
  }

  /** Number of images of each class, in all parts. */
  static long[] counts(Splits data) {
    long[] counts = new long[data.classNames().size()];
    Stream.of(data.train(), data.validation(), data.test()).filter(part -> part != null && !part.isRegression())
        .forEach(part -> IntStream.of(part.labels()).forEach(label -> counts[label]++));
    return counts;
  }

  /** Classes that have images, by their numbers. */
  static List<Integer> present(Splits data) {
    long[] counts = counts(data);
    return IntStream.range(0, counts.length).filter(label -> counts[label] > 0).boxed().toList();
  }

  /** Whether every class of the data that has images is one of the model's. */
  public boolean isComplete() {
    return unknown().isEmpty();
  }

  /** Classes of the data, by their names, that have images and are none of the model's. */
  public List<String> unknown() {
    return named(false);
  }

  private List<String> named(boolean known) {
    return present(data).stream().filter(label -> places.get(label) >= 0 == known).map(data.classNames()::get).toList();
  }

  /**
   * The data with the model's labels and names.
   *
   * @throws IllegalArgumentException if a class is none of the model's; the message has both lists and says what to do
   */
  public Splits splits() {
    if (!isComplete()) {
      throw new IllegalArgumentException(message());
    }
    boolean same = data.classNames().equals(names) && IntStream.range(0, names.size())
        .allMatch(label -> places.get(label) == label || places.get(label) < 0);
    return same ? data : data.map(this::relabelled, names);
  }

  private Dataset relabelled(Dataset part) {
    return part.withLabels(IntStream.of(part.labels()).map(places::get).toArray(), names.size());
  }

  private String message() {
    List<String> unknown = unknown();
    List<String> known = named(true);
    List<String> free = names.stream().filter(name -> !places.contains(names.indexOf(name))).toList();
    long[] counts = counts(data);
    List<String> all = present(data).stream().map(data.classNames()::get).toList();
    int[] read = NumberWords.read(all);
    int ten = read == null || indexOf(read, 0) >= 0 || indexOf(numbers(names), 10) >= 0 ? -1 : indexOf(read, 10);
    int zero = indexOf(numbers(names), 0);
    boolean either = ten >= 0 && zero >= 0;
    List<String> readable = all.stream().filter(name -> known.contains(name) || isNumber(name, numbers(names))).toList(); // beside others
    boolean some = !either && readable.size() > known.size() && readable.size() < all.size();
    List<String> pairs = either ? List.of(all.get(ten) + "=" + names.get(zero)) : some ? List.of()
        : IntStream.range(0, Math.min(Math.min(unknown.size(), free.size()), MOST_LISTED)).mapToObj(i -> unknown.get(i) + "=" + free.get(i))
            .toList();
    return "the model has no class " + unknown.stream().limit(MOST_NAMED)
        .map(name -> name + " (" + images(counts[data.classNames().indexOf(name)]) + ")").collect(Collectors.joining(", "))
        + (unknown.size() > MOST_NAMED ? " and " + (unknown.size() - MOST_NAMED) + " others" : "")
        + ": the data's classes are " + list(all) + ", the model's " + list(names)
        + (either ? "; " + all.get(ten) + " may be 0, or the first of the classes 0 and the tenth 9" : "")
        + (pairs.isEmpty() ? "" : "; name them as the model does (" + String.join(",", pairs) + ")")
        + (known.isEmpty() && !some ? "" : "; or use the others alone (" + choice(some ? readable : known) + ")");
  }

  private static boolean isNumber(String name, int... numbers) {
    int[] read = NumberWords.read(List.of(name));
    return read != null && indexOf(numbers, read[0]) >= 0;
  }

  /**
   * Throws if some data has more than ten classes, which are numbers, and not all of them: a stray label of 255 would make a net of 256
   * classes.
   *
   * @throws IllegalArgumentException that says which labels are there and which could be chosen
   */
  public static void checkGaps(Splits data) {
    List<Integer> present = present(data);
    int classes = data.classNames().size();
    if (classes <= 10 || present.size() == classes || !data.classNames().equals(Splits.numberedNames(classes))) {
      return;
    }
    long[] counts = counts(data);
    List<String> all = present.stream().map(data.classNames()::get).toList();
    List<Integer> run = mainRun(present, counts);
    List<String> usual = run.stream().map(data.classNames()::get).toList();
    List<String> others = present.stream().filter(label -> !run.contains(label))
        .map(label -> label + " (" + images(counts[label]) + ")").toList();
    throw new IllegalArgumentException("the labels are " + list(usual) + (others.isEmpty() ? "" : ", besides " + list(others))
        + ": a net of " + classes + " classes would have " + (classes - present.size()) + " without images; choose the classes to learn ("
        + choice(usual) + ")" + (others.isEmpty() ? "" : ", or insist on all (" + choice(all) + ")"));
  }

  /** Of labels that follow each other, those that have the most images. */
  private static List<Integer> mainRun(List<Integer> present, long... counts) {
    List<Integer> best = List.of();
    int first = 0;
    for (int i = 1; i <= present.size(); i++) {
      if (i == present.size() || present.get(i) != present.get(i - 1) + 1) {
        List<Integer> run = present.subList(first, i);
        best = images(run, counts) > images(best, counts) ? run : best;
        first = i;
      }
    }
    return best;
  }

  private static long images(List<Integer> labels, long... counts) {
    return labels.stream().mapToLong(label -> counts[label]).sum();
  }

  private static String choice(List<String> names) {
    return list(names).replace(ALL, "-").replace(", ", ",");
  }

  private static String images(long count) {
    return count == 1 ? "1 image" : count + " images";
  }

  /** Names as people list them: numbers that follow each other by their ends. */
  public static String list(List<String> names) {
    List<String> runs = new ArrayList<>();
    int first = 0;
    for (int i = 1; i <= names.size(); i++) {
      if (i == names.size() || !isNext(names.get(i - 1), names.get(i))) {
        runs.addAll(i - first > 2 ? List.of(names.get(first) + ALL + names.get(i - 1)) : names.subList(first, i));
        first = i;
      }
    }
    return runs.stream().limit(MOST_LISTED).collect(Collectors.joining(", "))
        + (runs.size() > MOST_LISTED ? " and " + (runs.size() - MOST_LISTED) + " more" : "");
  }

  private static boolean isNext(String name, String next) {
    return name.matches("[0-9]{1,9}") && next.equals(Integer.toString(Integer.parseInt(name) + 1));
  }
}
