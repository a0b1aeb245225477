package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.lenet4j.GeneratedFile;
import org.lenet4j.JsonTree;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** What GraalVM's native-image is told of the library. */
class ReachabilityTest {
  private static final Path FILE = Path.of("native-config/graalvm/reachability-metadata.json");
  private static final Path PROBE = Path.of("src/main/java/org/lenet4j/backend/cuda/probe/CudaProbe.java");
  private static final Path BLAS = Path.of("src/main/java/org/lenet4j/backend/cpu/OpenBlasInfo.java");
  private static final String NO_PARAMETERS = ", \"parameterTypes\": []}";
  private static final String VERSION = "META-INF/maven/io.github.lenet4j/lenet4j/pom.properties"; // which the jar alone has
  private static final List<String> RESOURCES =
      List.of(VERSION, "org/lenet4j/backend/cuda/*.cubin", "org/lenet4j/backend/cuda/*.ptx", "org/lenet4j/nn/lenet5-mnist.safetensors");

  /** What picocli does with the classes of commands: it makes some and sets their fields. JavaCPP's jars have their own metadata. */
  @Test void itIsUpToDate() throws IOException {
    Map<String, Class<?>> classes = new TreeMap<>();
    collect(Main.commandLine(null).getCommandSpec(), classes);
    List<String> types = new ArrayList<>();
    Matcher probe = Pattern.compile("BINDINGS = \"([^\"]+)\"").matcher(Files.readString(PROBE)); // it asks whether there is such a class
    assertTrue(probe.find());
    types.add("    {\"type\": \"" + probe.group(1) + "\"}");
    String methods = Pattern.compile("getMethod\\(\"(\\w+)\"\\)").matcher(Files.readString(BLAS)).results() // which it calls
        .map(call -> "{\"name\": \"" + call.group(1) + "\"" + NO_PARAMETERS).collect(Collectors.joining(",\n        "));
    types.add("    {\n      \"type\": \"" + reflected() + "\",\n      \"methods\": [\n        " + methods + "\n      ]\n    }");
    classes.values().forEach(type -> types.add(entry(type)));
    GeneratedFile.check(FILE, "{\n  \"reflection\": [\n" + String.join(",\n", types) + "\n  ],\n  \"resources\": [\n"
        + RESOURCES.stream().map(glob -> "    {\"glob\": \"" + glob + "\"}").collect(Collectors.joining(",\n")) + "\n  ]\n}\n");
  }

  private static String reflected() throws IOException {
    Matcher name = Pattern.compile("forName\\(\"([^\"]+)\"").matcher(Files.readString(BLAS));
    assertTrue(name.find());
    return name.group(1);
  }

  private static void collect(CommandSpec spec, Map<String, Class<?>> classes) {
    for (Class<?> type = spec.userObject().getClass(); type != Object.class; type = type.getSuperclass()) {
      classes.put(type.getName(), type);
    }
    if (spec.versionProvider() != null) {
      classes.put(spec.versionProvider().getClass().getName(), spec.versionProvider().getClass());
    }
    spec.mixins().values().forEach(mixin -> collect(mixin, classes));
    spec.subcommands().values().stream().map(CommandLine::getCommandSpec).forEach(sub -> collect(sub, classes));
  }

  private static String entry(Class<?> type) {
    List<String> fields = Stream.of(type.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic() && field.getAnnotations().length > 0)
        .map(field -> "{\"name\": \"" + field.getName() + "\"}").sorted().toList();
    boolean made = Stream.of(type.getDeclaredConstructors()).anyMatch(constructor -> constructor.getParameterCount() == 0)
        && !Modifier.isAbstract(type.getModifiers());
    return "    {\n      \"type\": \"" + type.getName() + "\""
        + (made ? ",\n      \"methods\": [{\"name\": \"<init>\"" + NO_PARAMETERS + "]" : "")
        + (fields.isEmpty() ? "" : ",\n      \"fields\": [\n        " + String.join(",\n        ", fields) + "\n      ]") + "\n    }";
  }

  @Test void allThatItNamesExists() throws Exception {
    JsonTree all = JsonTree.read(FILE);
    assertEquals(Set.of("reflection", "resources"), all.names());
    int fields = 0;
    for (Object each : all.list("reflection")) {
      JsonTree entry = new JsonTree(each);
      Class<?> type = Class.forName((String) entry.at("type"), false, getClass().getClassLoader());
      for (Object method : entry.names().contains("methods") ? entry.list("methods") : List.of()) {
        String name = (String) new JsonTree(method).at("name");
        assertEquals(Map.of("name", name, "parameterTypes", List.of()), method);
        assertNotNull(name.equals("<init>") ? type.getDeclaredConstructor() : type.getMethod(name));
      }
      for (Object field : entry.names().contains("fields") ? entry.list("fields") : List.of()) {
        assertNotNull(type.getDeclaredField((String) new JsonTree(field).at("name")));
        fields++;
      }
    }
    assertTrue(fields > 50, fields + " options");
  }

  /** Nothing that the jar has is forgotten, and nothing is promised that it has not. */
  @Test void everyResourceIsCovered() throws IOException {
    Path classes = Path.of("target/classes");
    List<PathMatcher> matchers = RESOURCES.stream().map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob)).toList();
    Set<PathMatcher> unused = new HashSet<>(matchers.subList(1, matchers.size()));
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).map(classes::relativize).toList()) {
        String name = file.toString().replace('\\', '/');
        if (!name.endsWith(".class") && !name.startsWith("META-INF/")) {
          List<PathMatcher> matching = matchers.stream().filter(matcher -> matcher.matches(file)).toList();
          assertFalse(matching.isEmpty(), name + " is in the jar but not in " + FILE);
          unused.removeAll(matching);
        }
      }
    }
    assertTrue(unused.isEmpty(), "a resource of " + FILE + " is nowhere in " + classes);
    assertTrue(Files.readString(Path.of("src/main/java/org/lenet4j/cli/Main.java")).contains('"' + "/" + VERSION + '"'));
    if (!Boolean.getBoolean("generate")) { // it was built before it was generated
      assertEquals(Files.readString(FILE),
          Files.readString(classes.resolve("META-INF/native-image/io.github.lenet4j/lenet4j/reachability-metadata.json")),
          "what is built is not what is checked in: mvn process-resources");
    }
  }

  /** Every class that we have JavaCPP load is in the metadata of a jar of JavaCPP's on the class path. */
  @Test void javaCppBringsItsOwn() throws IOException {
    StringBuilder theirs = new StringBuilder();
    for (String library : List.of("openblas_nolapack", "openblas_full", "cudart", "cublas", "cudnn", "nccl")) {
      String name = "META-INF/native-image/" + Loader.getPlatform() + "/jni" + library + "/jni-config.json";
      for (URL url : Collections.list(getClass().getClassLoader().getResources(name))) {
        try (InputStream in = url.openStream()) {
          theirs.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
      }
    }
    Pattern loads = Pattern.compile("load\\(\"[^\"]+\", (\\w+)\\.class\\)");
    int found = 0;
    try (Stream<Path> files = Files.walk(Path.of("src/main/java/org/lenet4j/backend"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String source = Files.readString(file);
        for (Matcher matcher = loads.matcher(source); matcher.find(); found++) {
          Matcher imported = Pattern.compile("import (org\\.bytedeco\\.(\\w+)\\.global\\." + matcher.group(1) + ");").matcher(source);
          assertTrue(imported.find(), matcher.group());
          String platforms = matcher.group(1).equals("nccl") ? "linux-x86_64" : "linux-x86_64|windows-x86_64";
          if (!imported.group(2).equals("cuda") || Loader.getPlatform().matches(platforms)) {
            assertTrue(theirs.indexOf("\"" + imported.group(1) + "\"") >= 0, imported.group(1));
          }
        }
      }
    }
    assertEquals(5, found, "the classes that are loaded");
    assertTrue(theirs.indexOf("\"" + reflected() + "\"") >= 0, "and the one that is not there for all versions of OpenBLAS");
  }
}
