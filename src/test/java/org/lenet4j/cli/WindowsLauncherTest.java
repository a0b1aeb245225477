package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What can be seen of {@code lenet4j.cmd} without Windows. Wine's cmd has run it, from folders with blanks, parentheses, ampersands. */
class WindowsLauncherTest {
  private static final Path FILE = Path.of("lenet4j.cmd");

  private static List<String> commands() throws IOException {
    return Files.readString(FILE).lines().filter(line -> !line.startsWith("rem ") && !line.equals("rem")).toList();
  }

  /** With line feeds alone, cmd finds some labels and others not. */
  @Test void linesEndAsWindowsWantsIt() throws IOException {
    String text = Files.readString(FILE, StandardCharsets.US_ASCII);
    assertFalse(text.replace("\r\n", "").contains("\n"), "a line that ends without a carriage return");
    assertTrue(text.endsWith("\r\n"));
    assertTrue(Files.readString(Path.of(".gitattributes")).contains("*.cmd text eol=crlf"));
  }

  @Test void everyLabelIsThere() throws IOException {
    Set<String> labels = commands().stream().filter(line -> line.startsWith(":")).map(line -> line.substring(1))
        .collect(Collectors.toSet());
    Set<String> wanted = new HashSet<>();
    for (String line : commands()) {
      Pattern.compile("goto (\\w+)").matcher(line).results().forEach(match -> wanted.add(match.group(1)));
    }
    wanted.add("build"); // it is run into
    assertEquals(labels, wanted);
  }

  /** A name of a folder is in quotes wherever it stands for itself, and no block in parentheses could end at one of its own. */
  @Test void namesOfFoldersAreQuoted() throws IOException {
    List<String> faults = new ArrayList<>();
    for (String line : commands()) {
      String outside = line.replaceAll("\"[^\"]*\"", "");
      if (outside.matches(".*%(home|jdk|java|jar|path_of_classes|JAVA_HOME)%.*") || outside.matches(".*[(]\\s*|\\s*[)].*")) {
        faults.add(line);
      }
    }
    assertEquals(List.of(), faults);
  }

  /** The options of the virtual machine are those of the other launcher. */
  @Test void itStartsJavaAsTheOtherDoes() throws IOException {
    String other = Files.readString(Path.of("lenet4j"));
    String text = String.join("\n", commands());
    List<String> flags = Pattern
        .compile("(?<= |=|\")-(-add-modules jdk|-enable|-sun|XX:-UsePerf|XX:Tiered|XX:CompileCommand|Dorg)[\\w.:=*,-]*")
        .matcher(text).results().map(match -> match.group()).distinct().toList();
    assertEquals(8, flags.size(), flags.toString());
    flags.forEach(flag -> assertTrue(other.contains(flag), flag));
    String quick = other.replaceAll("(?s).*\n  (predict [^)]*)\\).*", "$1").replace(" | ", " ").replace("-* ''", "").strip();
    assertTrue(text.contains("(" + quick + " -h --help -V --version)"), quick);
  }
}
