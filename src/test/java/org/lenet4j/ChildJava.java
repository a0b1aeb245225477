package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What tests start a Java with: the one that runs them, and as little of the user's home to see as they have themselves. */
public final class ChildJava {
  private ChildJava() {}

  /** The program {@code java}. */
  public static String program() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** {@code -Duser.home}: a child would ask the system for it, not its parent. */
  public static String home() {
    return "-Duser.home=" + System.getProperty("user.home");
  }

  /** Starts a program that sees no options for Java in the environment: each Java would print a line on them. */
  public static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    return builder;
  }

  /** The options for training that docs/embedding.md gives users, and the launcher itself. */
  public static List<String> trainingOptions() throws IOException {
    Matcher row = Pattern.compile("(?m)^\\| `(-XX:CompileCommand=[^`]*)`").matcher(Files.readString(Path.of("docs/embedding.md")));
    assertTrue(row.find());
    List<String> options = List.of(row.group(1).split(" "));
    String launcher = Files.readString(Path.of("lenet4j"));
    options.forEach(option -> assertTrue(launcher.contains(option), option));
    return options;
  }

  /** The class path of the tests. Absolute, because children run elsewhere. */
  public static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(part -> Path.of(part).toAbsolutePath().toString()).collect(Collectors.joining(File.pathSeparator));
  }
}
