package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.JShell;
import jdk.jshell.SnippetEvent;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.ChildJava;

/** What docs/ways-in.md shows of other tools, as far as a JDK has them. */
@Tag("slow")
class WaysInDocsTest {
  @TempDir static Path folder;
  private static String photo;

  @BeforeAll static void prepare() throws IOException {
    DocPage.prepare(folder);
    photo = folder.resolve("photos/7/000.png").toString();
  }

  private static String block(String kind) throws IOException {
    Matcher block = Pattern.compile("```" + kind + "\n(.*?)\n```", Pattern.DOTALL).matcher(Files.readString(Path.of("docs/ways-in.md")));
    assertTrue(block.find(), kind);
    return block.group(1);
  }

  @Test void threeLinesInJshell() throws IOException {
    List<String> lines = new ArrayList<>(List.of("import java.nio.file.*;")); // as the tool does when it starts
    lines.addAll(block("jshell").lines().toList());
    assertEquals(4, lines.size());
    String value = null;
    try (JShell shell = JShell.builder().executionEngine("local").build()) {
      shell.addToClasspath(ChildJava.classPath());
      for (String line : lines) {
        for (String rest = line.replace("photo.png", photo); !rest.isEmpty();) {
          var piece = shell.sourceCodeAnalysis().analyzeCompletion(rest);
          for (SnippetEvent event : shell.eval(piece.source())) {
            assertTrue(event.exception() == null && event.status().isDefined(), line + ": " + event);
            value = event.value();
          }
          rest = piece.remaining().strip();
        }
      }
    }
    assertEquals("\"7\"", value);
  }

  @Test void theProgramForJbang() throws Exception {
    Path program = Files.writeString(folder.resolve("Digit.java"), block("jbang"));
    Process process = ChildJava.builder(List.of(ChildJava.program(), ChildJava.home(), "-XX:TieredStopAtLevel=1", "-cp",
        ChildJava.classPath(), program.toString(), photo)).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    assertEquals("7", out.strip());
  }
}
