package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Versions that stand in several files agree: native-config/versions.properties and pom.xml are the ones that others follow. */
class VersionsTest {
  private static final Pattern BLOCK = Pattern.compile("<artifactId>([^<]*)</artifactId>\\s*<version>([^<]*)</version>");

  /** The default, then the profiles in the order of the pom; each tuple is for one JavaCPP. */
  @ParameterizedTest @ValueSource(strings = {"javacpp", "openblas", "cuda"})
  void pomAgreesWithNativeConfig(String name) throws IOException {
    List<String> expected = List.of(tuple().getProperty(name), tuple().getProperty("cuda12." + name),
        tuple().getProperty("cuda12-redist." + name));
    assertEquals(expected, all("<" + name + "\\.version>([^<]*)<", "pom.xml"));
    for (String tuple : List.of("", "cuda12.", "cuda12-redist.")) {
      String version = tuple().getProperty(tuple + name);
      assertEquals(tuple().getProperty(tuple + "javacpp"), version.replaceFirst(".*-", ""), tuple + name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu.xml", "cuda-system.xml", "cuda-redist.xml", "cuda12.xml", "cuda12-redist.xml", "cross-platform.xml"})
  void dependencyBlocksAgree(String file) throws IOException {
    String profile = file.startsWith("cuda12") ? file.replace(".xml", ".") : "";
    Matcher matcher = BLOCK.matcher(Files.readString(Path.of("native-config/dependencies", file)));
    int found = 0;
    for (; matcher.find(); found++) {
      String name = matcher.group(1);
      String expected = name.equals("lenet4j") ? version() : tuple().getProperty(profile + (name.equals("cuda-redist") ? "cuda" : name));
      assertEquals(expected, matcher.group(2), name);
    }
    assertFalse(found == 0, "no dependency in " + file);
  }

  /** The launcher watches the file that it has Maven download. */
  @Test void launcherFetchesThatCuda() throws IOException {
    String version = tuple().getProperty("cuda12-redist.cuda");
    assertEquals(List.of(version, version), all("/?cuda[-/]([0-9][^/]*?)(?:/|-linux-x86_64-redist.jar)", "lenet4j"));
  }

  @ParameterizedTest @ValueSource(strings = {"examples/pom.xml", "examples/modular/pom.xml", "examples/spring-boot/pom.xml",
    "benchmarks/pom.xml", "src/spark/pom.xml"})
  void strangersUseThisVersion(String file) throws IOException {
    assertEquals(List.of(version()), all("<artifactId>lenet4j</artifactId>\\s*<version>([^<]*)<", file));
  }

  /** A plugin of another version would have to be downloaded once more. */
  @ParameterizedTest @ValueSource(strings = {"examples/pom.xml", "examples/modular/pom.xml", "benchmarks/pom.xml",
    "src/spark/pom.xml"})
  void strangersUseTheSamePlugins(String file) throws IOException {
    for (String name : List.of("maven-resources-plugin", "maven-compiler-plugin", "maven-surefire-plugin", "maven-jar-plugin")) {
      String pattern = "<artifactId>" + name + "</artifactId>\\s*<version>([^<]*)<";
      assertEquals(all(pattern, "pom.xml"), all(pattern, file), name);
    }
  }

  @ParameterizedTest @ValueSource(strings = {"examples/modular/pom.xml", "benchmarks/pom.xml"})
  void strangersUseThisExec(String file) throws IOException {
    assertEquals(all("<exec\\.version>([^<]*)<", "pom.xml"), all("<artifactId>exec-maven-plugin</artifactId>\\s*<version>([^<]*)<", file));
  }

  @Test void jmh() throws IOException {
    assertEquals(all("<jmh\\.version>([^<]*)<", "pom.xml"), all("<jmh\\.version>([^<]*)<", "benchmarks/pom.xml"));
  }

  /** What is built for Spark is released with the library, and tested with what the build has downloaded. */
  @Test void spark() throws IOException {
    assertEquals(List.of(version()), all("<artifactId>lenet4j-spark_2.13</artifactId>\\s*<version>([^<]*)<", "src/spark/pom.xml"));
    for (String name : List.of("spark", "scala")) {
      assertEquals(all("<" + name + "\\.version>([^<]*)<", "pom.xml"), all("<" + name + "\\.version>([^<]*)<", "src/spark/pom.xml"));
    }
  }

  /** What an error message tells users to add, and what the benchmarks compare with. */
  @Test void onnx() throws IOException {
    assertEquals(all("<protobuf\\.version>([^<]*)<", "pom.xml"),
        all("protobuf-java:([^\"]*)\"", "src/main/java/org/lenet4j/file/Protobuf.java"));
    assertEquals(all("<protobuf\\.version>([^<]*)<", "pom.xml"), all("<version>([^<]*)<", "docs/export.md"));
    assertEquals(all("<onnxruntime\\.version>([^<]*)<", "pom.xml"), all("<onnxruntime\\.version>([^<]*)<", "benchmarks/peers/pom.xml"));
  }

  /** SECURITY.md lists what is shipped, in the versions that were looked at. */
  @Test void dependenciesAreLookedAt() throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    String own = pom.substring(pom.indexOf("</dependencyManagement>"), pom.indexOf("<profiles>"));
    Matcher matcher = Pattern.compile("<artifactId>([^<]*)</artifactId>\\s*<version>\\$\\{([^}]*)}</version>(?!\\s*<scope>test)")
        .matcher(own);
    Set<String> expected = new TreeSet<>();
    while (matcher.find()) {
      expected.add(matcher.group(1) + " " + all("<" + matcher.group(2) + ">([^<]*)<", "pom.xml").get(0));
    }
    Matcher rows = Pattern.compile("(?m)^\\| ([a-z0-9-]+) \\| ([0-9][^ ]*) \\|").matcher(Files.readString(Path.of("SECURITY.md")));
    Set<String> listed = new TreeSet<>();
    while (rows.find()) {
      listed.add(rows.group(1) + " " + rows.group(2));
    }
    assertEquals(expected, listed, "look at what is new with src/it/dependencies.sh");
  }

  /** JUnit 5.N is JUnit Platform 1.N. */
  @Test void junit() throws IOException {
    assertEquals(all("<junit\\.version>5([^<]*)<", "pom.xml"), all("<junit\\.platform\\.version>1([^<]*)<", "pom.xml"));
    assertEquals(all("<junit\\.version>([^<]*)<", "pom.xml"),
        all("<artifactId>junit-jupiter</artifactId>\\s*<version>([^<]*)<", "examples/pom.xml"));
    assertEquals(all("<junit\\.version>([^<]*)<", "pom.xml"), all("<junit\\.version>([^<]*)<", "src/spark/pom.xml"));
  }

  private static String version() throws IOException {
    return all("<artifactId>lenet4j</artifactId>\\s*<version>([^<]*)<", "pom.xml").get(0);
  }

  private static Properties tuple() throws IOException {
    Properties tuple = new Properties();
    try (Reader in = Files.newBufferedReader(Path.of("native-config/versions.properties"))) {
      tuple.load(in);
    }
    return tuple;
  }

  private static List<String> all(String pattern, String file) throws IOException {
    Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(Path.of(file)));
    List<String> found = new ArrayList<>();
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }
}
