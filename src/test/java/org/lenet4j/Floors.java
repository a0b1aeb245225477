package org.lenet4j;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The order of the packages: code on a floor knows the floors below it alone, and nothing of its neighbours on the same floor.
 *
 * @param floors from the lowest to the highest, full names of packages
 */
record Floors(List<Set<String>> floors) {
  /** A type of ours in an import or in code; the group is its package. */
  static final Pattern NAME = Pattern.compile("\\b(org\\.lenet4j(?:\\.[a-z]\\w*)*)\\.(?:[A-Z]\\w*|\\*)");

  private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
  private static final Pattern NO_CODE = Pattern.compile("(?s)//[^\\n]*+|/\\*.*?\\*/|\"\"\".*?\"\"\"|'(?:\\\\.|[^\\\\'])++'"
      + "|\"[^\"\\\\\\n]*+(?:\\\\.[^\"\\\\\\n]*+)*+\"");

  /** A name that stands in a file: where, in which package, and of which package it is. */
  private record Use(String place, String from, String name, String to) {}

  /** What is wrong with some sources, by their file names: one line for each fault, with file, line and the offending import. */
  List<String> faults(Map<String, String> sources) {
    List<Use> uses = new ArrayList<>();
    Set<String> packages = new TreeSet<>();
    new TreeMap<>(sources).forEach((file, text) -> {
      String code = withoutComments(text);
      Matcher own = PACKAGE.matcher(code);
      if (own.find()) { // else it is module-info.java
        packages.add(own.group(1));
        uses(file, own.group(1), code, uses);
      }
    });
    List<String> faults = new ArrayList<>();
    uses.forEach(use -> packages.add(use.to));
    for (String name : packages) {
      if (floor(name) < 0) {
        faults.add(homeless(name, uses));
      }
    }
    for (Use use : uses) {
      int from = floor(use.from);
      int to = floor(use.to);
      if (from >= 0 && to >= from) {
        faults.add(use.place + ": " + use.name + " is " + (to > from ? "above " : "beside ") + use.from + cycle(use, uses));
      }
    }
    return faults;
  }

  private static void uses(String file, String from, String code, List<Use> uses) {
    List<String> lines = code.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      for (Matcher matcher = NAME.matcher(lines.get(i)); matcher.find();) {
        if (!matcher.group(1).equals(from)) {
          uses.add(new Use(file + ":" + (i + 1), from, matcher.group(), matcher.group(1)));
        }
      }
    }
  }

  private int floor(String name) {
    for (int i = 0; i < floors.size(); i++) {
      if (floors.get(i).contains(name)) {
        return i;
      }
    }
    return -1;
  }

  private String homeless(String name, List<Use> uses) {
    Set<String> below = new TreeSet<>();
    Set<String> above = new TreeSet<>();
    for (Use use : uses) {
      if (use.from.equals(name)) {
        below.add(use.to);
      } else if (use.to.equals(name)) {
        above.add(use.from);
      }
    }
    return name + " is on no floor: add it to the list in src/test/java/org/lenet4j/FloorsTest.java, above what it imports, " + below
        + ", and below what imports it, " + above;
  }

  /** How the imports lead back from what is used to who uses it; empty if they do not. */
  private static String cycle(Use use, List<Use> uses) {
    Map<String, Set<String>> imports = new HashMap<>();
    uses.forEach(one -> imports.computeIfAbsent(one.from, from -> new LinkedHashSet<>()).add(one.to));
    Map<String, String> ways = new HashMap<>(Map.of(use.to, use.from + " -> " + use.to));
    Deque<String> open = new ArrayDeque<>(List.of(use.to));
    while (!open.isEmpty()) {
      String here = open.remove();
      for (String next : imports.getOrDefault(here, Set.of())) {
        if (next.equals(use.from)) {
          return ", a cycle: " + ways.get(here) + " -> " + next;
        }
        if (ways.putIfAbsent(next, ways.get(here) + " -> " + next) == null) {
          open.add(next);
        }
      }
    }
    return "";
  }

  /** Comments, strings and characters become blanks, so that lines keep their numbers. */
  private static String withoutComments(String text) {
    return NO_CODE.matcher(text).replaceAll(part -> part.group().replaceAll("[^\\n]", " "));
  }
}
