package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What README.md shows is what {@code examples/} compiles and {@code mvn verify} runs. */
class ReadmeTest {
  @Test void snippetIsTheProgram() throws IOException {
    Path example = Path.of("examples/src/main/java/examples/ReadmeExample.java");
    String program = find("void main\\(String\\[\\] args\\)[^{]*\\{\n(.*)\n  }\n}\n", example);
    assertEquals(program.replaceAll("(?m)^    ", ""), find("```java\n(?:import .*?\n)+\n(.*?)\n```", Path.of("README.md")));
  }

  private static String find(String pattern, Path file) throws IOException {
    Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(Files.readString(file));
    assertTrue(matcher.find(), file + " has no " + pattern);
    return matcher.group(1);
  }
}
