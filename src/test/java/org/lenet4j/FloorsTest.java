package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The packages are a house: imports go only downwards. docs/architecture.md walks through it. */
class FloorsTest {
  private static final Path SOURCES = Path.of("src/main/java");

  /** From the lowest to the highest; packages on one floor do not know each other. */
  private static final Floors HOUSE = house(
      Set.of("onnx.proto", "report.proto"), // made from src/main/proto
      Set.of("random", "file", "data.photo"),
      Set.of("data.digits", "data.scan", "data.image"),
      Set.of("data"),
      Set.of("nn"),
      Set.of("optim", "onnx"),
      Set.of("backend"),
      Set.of("backend.base"),
      Set.of("backend.cpu.memory", "backend.cuda.device", "backend.cuda.probe"),
      Set.of("backend.cpu.layer", "backend.cuda.layer"),
      Set.of("backend.cpu.single"),
      Set.of("backend.cpu.vector", "backend.cpu.gemm"),
      Set.of("backend.cpu", "backend.cuda"),
      Set.of(""), // org.lenet4j itself
      Set.of("tune"),
      Set.of("report"),
      Set.of("micrometer", "cli"));

  @SafeVarargs @SuppressWarnings("varargs") private static Floors house(Set<String>... floors) {
    return new Floors(Stream.of(floors).map(floor -> floor.stream().map(name -> name.isEmpty() ? "org.lenet4j" : "org.lenet4j." + name)
        .collect(Collectors.toSet())).toList());
  }

  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new TreeMap<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
        sources.put(file.toString(), Files.readString(file));
      }
    }
    return sources;
  }

  @Test void importsGoDownwards() throws IOException {
    List<String> faults = HOUSE.faults(sources());
    assertTrue(faults.isEmpty(), String.join("\n", faults));
  }

  @Test void everyRoomIsLivedIn() {
    for (Set<String> floor : HOUSE.floors()) {
      for (String name : floor) {
        assertTrue(name.endsWith(".proto") || holdsSources(SOURCES.resolve(name.replace('.', '/'))), name + " has a floor and no source");
      }
    }
  }

  private static boolean holdsSources(Path folder) {
    String[] names = folder.toFile().list((parent, name) -> name.endsWith(".java"));
    return names != null && names.length > 0;
  }

  /** Whoever may use a type may use all that its public members speak of. */
  @Test void whatIsExportedSpeaksOfNothingElse() throws Exception {
    Set<String> exported = new TreeSet<>();
    Pattern.compile("(?m)^  exports ([\\w.]+);").matcher(Files.readString(SOURCES.resolve("module-info.java"))).results()
        .forEach(export -> exported.add(export.group(1)));
    List<String> faults = new ArrayList<>();
    for (String name : exported) {
      try (Stream<Path> files = Files.list(Path.of("target/classes", name.split("\\.")))) {
        for (Path file : files.filter(file -> file.toString().endsWith(".class") && !file.endsWith("package-info.class")).toList()) {
          String type = file.getFileName().toString().replace(".class", "");
          signatures(Class.forName(name + "." + type, false, getClass().getClassLoader()))
              .filter(signature -> Floors.NAME.matcher(signature).results().anyMatch(used -> !exported.contains(used.group(1))))
              .forEach(faults::add);
        }
      }
    }
    assertTrue(exported.contains("org.lenet4j.nn"), exported.toString());
    assertEquals(List.of(), faults, "these are public and speak of what the module does not export");
  }

  /** What users see of a type; nothing if they do not see it. */
  private static Stream<String> signatures(Class<?> type) {
    for (Class<?> outer = type; outer != null; outer = outer.getEnclosingClass()) {
      if (!isSeen(outer.getModifiers())) {
        return Stream.of();
      }
    }
    Stream<String> above = Stream.concat(Stream.ofNullable(type.getGenericSuperclass()), Stream.of(type.getGenericInterfaces()))
        .map(parent -> type.getName() + " is a " + parent.getTypeName());
    Stream<Member> members = Stream.of(type.getDeclaredFields(), type.getDeclaredConstructors(), type.getDeclaredMethods())
        .flatMap(Stream::of);
    return Stream.concat(above, members.filter(member -> isSeen(member.getModifiers()) && !member.isSynthetic())
        .map(member -> member instanceof Field field ? field.toGenericString() : ((Executable) member).toGenericString()));
  }

  private static boolean isSeen(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  private static final Floors SMALL = house(Set.of("low"), Set.of("left", "right"), Set.of("high"));

  private static Map<String, String> with(String file, String text) {
    return Map.of("low/A.java", "package org.lenet4j.low;\n\nclass A {}\n", "high/B.java",
        "package org.lenet4j.high;\n\nimport org.lenet4j.left.D;\nimport org.lenet4j.low.A;\n\nclass B {}\n", "left/D.java",
        "package org.lenet4j.left;\n\nimport static org.lenet4j.low.A.f;\n\nclass D {}\n", file, text);
  }

  @Test void downwardsIsFine() {
    assertEquals(List.of(), SMALL.faults(with("right/C.java", "package org.lenet4j.right;\n\nimport org.lenet4j.low.A;\n")));
  }

  @Test void anImportUpwardsIsNamed() {
    assertEquals(List.of("right/C.java:3: org.lenet4j.high.B is above org.lenet4j.right"),
        SMALL.faults(with("right/C.java", "package org.lenet4j.right;\n\nimport org.lenet4j.high.B;\n")));
    assertEquals(List.of("right/C.java:2: org.lenet4j.high.B is above org.lenet4j.right"),
        SMALL.faults(with("right/C.java", "package org.lenet4j.right;\nimport static org.lenet4j.high.B.NAME;\n")));
    assertEquals(List.of("right/C.java:2: org.lenet4j.high.* is above org.lenet4j.right"),
        SMALL.faults(with("right/C.java", "package org.lenet4j.right;\nimport org.lenet4j.high.*;\n")));
  }

  @Test void aFullNameInCodeCounts() {
    assertEquals(List.of("right/C.java:4: org.lenet4j.high.B is above org.lenet4j.right"),
        SMALL.faults(with("right/C.java", "package org.lenet4j.right;\n\nclass C {\n  int i = org.lenet4j.high.B.f();\n}\n")));
  }

  @Test void neighboursDoNotKnowEachOther() {
    assertEquals(List.of("right/C.java:2: org.lenet4j.left.D is beside org.lenet4j.right"),
        SMALL.faults(with("right/C.java", "package org.lenet4j.right;\nimport org.lenet4j.left.D;\n")));
  }

  @Test void aCycleIsNamedAsOne() {
    assertEquals(List.of("low/C.java:3: org.lenet4j.high.B is above org.lenet4j.low, a cycle: org.lenet4j.low -> org.lenet4j.high"
        + " -> org.lenet4j.low"), SMALL.faults(with("low/C.java", "package org.lenet4j.low;\n\nimport org.lenet4j.high.B;\n")));
    assertEquals(List.of("left/C.java:1: org.lenet4j.right.E is beside org.lenet4j.left, a cycle: org.lenet4j.left -> org.lenet4j.right"
        + " -> org.lenet4j.left", "right/E.java:1: org.lenet4j.left.C is beside org.lenet4j.right, a cycle: org.lenet4j.right"
        + " -> org.lenet4j.left -> org.lenet4j.right"), SMALL.faults(Map.of("left/C.java",
        "package org.lenet4j.left; import org.lenet4j.right.E;", "right/E.java", "package org.lenet4j.right; import org.lenet4j.left.C;")));
  }

  @Test void aPackageWithoutAFloorIsToldWhereToGo() {
    assertEquals(List.of("org.lenet4j.low.more is on no floor: add it to the list in src/test/java/org/lenet4j/FloorsTest.java, above what"
        + " it imports, [org.lenet4j.low], and below what imports it, []"),
        SMALL.faults(with("low/more/C.java", "package org.lenet4j.low.more;\nimport org.lenet4j.low.A;\n")));
  }

  @Test void commentsAndTextsAreNoCode() {
    assertEquals(List.of(), SMALL.faults(with("low/C.java", "package org.lenet4j.low;\n/** {@link org.lenet4j.high.B} */\n"
        + "class C { // org.lenet4j.high.B\n  char c = '\"';\n  String s = \"org.lenet4j.high.B \\\" org.lenet4j.high.B\";\n}\n")));
  }
}
