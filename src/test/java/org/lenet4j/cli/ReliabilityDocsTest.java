package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each promise of docs/reliability.md names a test that is there. */
class ReliabilityDocsTest {
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)(?:\\.(\\w+))?`");

  @Test void everyPromiseHasItsTest() throws IOException {
    Map<String, Path> classes;
    try (Stream<Path> files = Stream.concat(Files.walk(Path.of("src/test/java")), Files.walk(Path.of("examples/src/test/java")))) {
      classes = files.filter(file -> file.toString().endsWith("Test.java")).collect(Collectors.toMap(
          file -> file.getFileName().toString().replace(".java", ""), file -> file, (one, other) -> one));
    }
    String page = Files.readString(Path.of("docs/reliability.md"));
    List<String> promises = Stream.of(page.substring(page.indexOf("\n## ")).split("\n- ")).skip(1).toList();
    assertTrue(promises.size() >= 20, page);
    List<String> missing = new ArrayList<>();
    for (String promise : promises) {
      assertTrue(TEST.matcher(promise).find(), "no test: " + promise);
      for (Matcher test = TEST.matcher(promise); test.find();) {
        Path file = classes.get(test.group(1));
        if (file == null || test.group(2) != null && !Files.readString(file).contains(" " + test.group(2) + "(")) {
          missing.add(test.group());
        }
      }
    }
    assertEquals(List.of(), missing);
  }
}
