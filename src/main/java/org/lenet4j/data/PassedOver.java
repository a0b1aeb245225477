package org.lenet4j.data;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.lenet4j.file.AtomicFile;

/** Counts by kind what lies where data is read and is none. */
final class PassedOver {
  private static final int MOST_NAMED = 3;
  private static final Pattern EXTENSION = Pattern.compile(".+(\\.[A-Za-z0-9]{1,8})");
  private static final Set<String> SYSTEM = Set.of("__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin", "lost+found",
      "system volume information"); // left by macOS, Windows and Synology

  private final Map<String, Integer> kinds = new TreeMap<>();
  private final Set<String> folders = new LinkedHashSet<>();

  /** Whether people do not see a file or folder, or did not make it. */
  static boolean isHidden(Path path) {
    String name = path.getFileName().toString();
    return name.startsWith(".") || SYSTEM.contains(name.toLowerCase(Locale.ROOT));
  }

  /** Counts a file that is no image. */
  void add(Path file) {
    Matcher matcher = EXTENSION.matcher(file.getFileName().toString());
    add(file, isHidden(file) ? "hidden" : matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "without an extension");
  }

  /** Counts something of a kind, unless it is a file that a run keeps while it is at work. */
  void add(Path path, String kind) {
    if (AtomicFile.isAtWork(path)) {
      return;
    }
    kinds.merge(kind, 1, Integer::sum);
    folders.add(path.getParent().getFileName() == null ? path.getParent().toString() : path.getParent().getFileName().toString());
  }

  /** Counts what others have counted. */
  void addAll(PassedOver other) {
    other.kinds.forEach((kind, count) -> kinds.merge(kind, count, Integer::sum));
    folders.addAll(other.folders);
  }

  boolean isEmpty() {
    return kinds.isEmpty();
  }

  /** For example {@code 3 .txt, 2 hidden}, the most frequent first. */
  String counts() {
    return kinds.entrySet().stream().sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .map(kind -> kind.getValue() + " " + kind.getKey()).collect(Collectors.joining(", "));
  }

  /** For example {@code passed over: 3 .txt, 2 hidden, in a and b}. */
  String line() {
    List<String> named = folders.stream().limit(MOST_NAMED).toList();
    int more = folders.size() - named.size();
    return "passed over: " + counts() + ", in " + String.join(", ", named) + (more > 0 ? " and " + more + " other folders" : "");
  }
}
