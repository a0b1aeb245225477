package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.ChildJava;

/** The script {@code lenet4j}, in a project of empty files, with a java and an mvn that only say how they were called. */
class LauncherTest {
  private static final Path SCRIPT = Path.of("lenet4j").toAbsolutePath();

  @TempDir Path folder;
  private Path project;
  private Path jdk;
  private Path tools;

  private record Result(int exitCode, String out, String err) {}

  @BeforeEach void prepare() throws IOException {
    assumeTrue(Files.exists(Path.of("/bin/sh")) && Files.exists(SCRIPT), "a POSIX shell");
    project = Files.createDirectories(folder.resolve("a project")).toRealPath(); // with a space, and without links above it
    Files.copy(SCRIPT, project.resolve("lenet4j"), StandardCopyOption.COPY_ATTRIBUTES);
    touch(project.resolve("pom.xml"), 1000);
    touch(project.resolve("src/main/java/A.java"), 1000);
    for (Path path : List.of(project.resolve("src/main/java"), project.resolve("src/main"))) {
      Files.setLastModifiedTime(path, FileTime.from(Instant.ofEpochSecond(1000)));
    }
    touch(project.resolve("target/lenet4j-1.jar"), 2000);
    touch(project.resolve("target/lib/b.jar"), 2000);
    touch(project.resolve("target/lib/a.jar"), 2000);
    jdk = folder.resolve("jdk");
    script(jdk.resolve("bin/java"), "for word; do echo \"$word\"; done; exit 3");
    script(jdk.resolve("bin/javac"), "");
    version("17.0.9");
    tools = folder.resolve("tools");
    script(tools.resolve("mvn"), "echo \"mvn $*\"; touch '" + project + "/target/lenet4j-1.jar'; mkdir -p '" + project + "/target/lib'");
  }

  private static void touch(Path file, long second) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[0]);
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(second)));
  }

  private static void script(Path file, String body) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    assertTrue(file.toFile().setExecutable(true));
  }

  private void version(String version) throws IOException {
    Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"me\"\nJAVA_VERSION=\"" + version + "\"\nOS=\"x\"\n");
  }

  private Result run(Path script, Map<String, String> environment, String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().remove("LENET4J_JAVA_OPTS");
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().put("PATH", tools + ":/usr/bin:/bin");
    builder.environment().putAll(environment);
    Path out = folder.resolve("stdout");
    Path err = folder.resolve("stderr");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    return new Result(process.waitFor(), Files.readString(out), Files.readString(err));
  }

  private Result run(String... args) throws IOException, InterruptedException {
    return run(project.resolve("lenet4j"), Map.of(), args);
  }

  @Test void trainRunsTheJarWithTheVectorModule() throws Exception {
    Result result = run("train", "--data", "my digits");
    String path = project + "/target/lenet4j-1.jar:" + project + "/target/lib/a.jar:" + project + "/target/lib/b.jar";
    assertEquals(List.of("--add-modules", "jdk.incubator.vector", "-XX:CompileCommand=quiet",
        "-XX:CompileCommand=CompileThresholdScaling,org.lenet4j.backend.cpu.vector.*::*,0.01",
        "-Dlenet4j.launcher=" + project + "/lenet4j", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-cp", path,
        "org.lenet4j.cli.Main", "train", "--data", "my digits"), result.out.lines().toList());
    assertEquals("", result.err);
    assertEquals(3, result.exitCode); // java's
  }

  /** Only what is over quickly is named in the script. */
  @Test void anotherCommandNeedsNoEditHere() throws Exception {
    assertEquals(run("train").out.replace("train", "quantize"), run("quantize").out);
    for (String quick : List.of("predict", "export", "help", "--version")) {
      assertFalse(run(quick).out.contains("jdk.incubator.vector"), quick);
    }
    assertFalse(run().out.contains("jdk.incubator.vector"));
  }

  @Test void aLinkIsFollowed() throws Exception {
    Path link = Files.createSymbolicLink(Files.createDirectory(folder.resolve("bin")).resolve("l4"), Path.of("../a project/lenet4j"));
    assertTrue(run(link, Map.of(), "info").out.contains(project + "/target/lenet4j-1.jar:"));
  }

  /** A java that prints its words, and writes a list of classes, and an archive if it has the list. */
  private void javaWithArchives(int exitCode) throws IOException {
    script(jdk.resolve("bin/java"), """
        for word; do
          echo "$word"
          case $word in
            -XX:DumpLoadedClassList=*) : >"${word#*=}" ;;
            -Xshare:dump) dumps=true ;;
            -XX:SharedClassListFile=*) list=${word#*=} ;;
            -XX:SharedArchiveFile=*) [ "${dumps:-}" != true ] || [ ! -f "$list" ] || : >"${word#*=}" ;;
          esac
        done
        exit\s""" + exitCode);
  }

  private List<String> leftByPredictions() throws IOException {
    try (var files = Files.list(project.resolve("target"))) {
      return files.map(file -> file.getFileName().toString()).filter(name -> name.startsWith("launcher-")).toList();
    }
  }

  @Test void predictStartsQuicklyAndLeavesAnArchive() throws Exception {
    javaWithArchives(0);
    Path archive = project.resolve("target/launcher-17.0.9.jsa");
    String first = run("predict", "a.png").out;
    assertTrue(first.contains("-XX:DumpLoadedClassList=" + archive) && first.contains("-XX:TieredStopAtLevel=1"), first);
    assertFalse(first.contains("jdk.incubator.vector") || first.contains("-Xshare:dump"), first); // the archive is made in silence
    assertEquals(List.of("launcher-17.0.9.jsa"), leftByPredictions());
    assertTrue(run("predict", "a.png").out.contains("-XX:SharedArchiveFile=" + archive));
    version("21.0.1"); // another Java needs another archive
    assertTrue(run("predict", "a.png").out.contains("-XX:DumpLoadedClassList="));
    assertFalse(run("--help").out.contains("DumpLoadedClassList"));
  }

  @Test void aPredictionThatFailsLeavesNoArchive() throws Exception {
    javaWithArchives(1);
    assertEquals(1, run("predict", "a.png").exitCode); // it has loaded hardly anything
    assertEquals(List.of(), leftByPredictions());
  }

  @Test void newerJavaIsToldThatNativesAreWanted() throws Exception {
    assertFalse(run("train").out.contains("--enable-native-access"));
    version("25");
    assertTrue(run("train").out.contains("--enable-native-access=ALL-UNNAMED\n--sun-misc-unsafe-memory-access=allow\n"));
  }

  @Test void optionsForJava() throws Exception {
    Map<String, String> options = Map.of("LENET4J_JAVA_OPTS", "-Xmx4g -XX:+UseParallelGC");
    List<String> words = run(project.resolve("lenet4j"), options, "predict").out.lines().toList();
    assertTrue(words.indexOf("-Xmx4g") >= 0 && words.indexOf("-Xmx4g") < words.indexOf("-cp"), words.toString());
    assertTrue(words.contains("-XX:+UseParallelGC") && !words.contains("-XX:+UseSerialGC"), words.toString());
  }

  /** A locale that knows no letters but English ones, or is not installed, is replaced; any other is left alone. */
  @Test void namesOfFilesAreUtf8() throws Exception {
    script(jdk.resolve("bin/java"), "echo \"${LC_ALL-none}\"");
    assumeTrue(locales().contains("C.utf8"), "a system with C.UTF-8");
    Path script = project.resolve("lenet4j");
    for (Map<String, String> ascii : List.of(Map.of("LC_ALL", "C"), Map.of("LC_ALL", "POSIX"), Map.of("LC_ALL", "", "LANG", ""),
        Map.of("LC_ALL", "", "LC_CTYPE", "C", "LANG", "C.UTF-8"), Map.of("LC_ALL", "", "LC_CTYPE", "", "LANG", "xx_XX.UTF-8"))) {
      assertEquals("C.UTF-8\n", run(script, ascii, "predict", "a.png").out, ascii.toString());
    }
    assertEquals("\n", run(script, Map.of("LC_ALL", "", "LC_CTYPE", "", "LANG", "C.UTF-8"), "predict", "a.png").out);
    assertEquals("C.utf8\n", run(script, Map.of("LC_ALL", "C.utf8"), "train").out);
  }

  /** Where there is no command locale and where no UTF-8 locale is installed. */
  @Test void systemsWithoutLocales() throws Exception {
    script(jdk.resolve("bin/java"), "echo \"${LC_ALL-none}\"");
    script(tools.resolve("locale"), "echo ANSI_X3.4-1968");
    Result none = run(project.resolve("lenet4j"), Map.of("LC_ALL", "C"), "predict", "a.png");
    assertEquals("C\n", none.out);
    assertEquals("", none.err);
    script(tools.resolve("locale"), "exit 127");
    assertEquals("de_DE.UTF-8\n", run(project.resolve("lenet4j"), Map.of("LC_ALL", "de_DE.UTF-8"), "predict", "a.png").out);
  }

  private List<String> locales() throws IOException, InterruptedException {
    Path out = folder.resolve("locales");
    Process process = new ProcessBuilder("sh", "-c", "locale -a").redirectOutput(out.toFile()).start();
    process.waitFor();
    return Files.readAllLines(out);
  }

  /** The real program, in the script, reaches files of every name. */
  @Test void filesOfEveryNameAreRead() throws Exception {
    assumeTrue(locales().contains("C.utf8"), "a system with C.UTF-8");
    script(jdk.resolve("bin/java"), "while [ \"$1\" != org.lenet4j.cli.Main ]; do shift; done\nexec '" + ChildJava.program() + "' '"
        + ChildJava.home() + "' -XX:TieredStopAtLevel=1 -cp '" + ChildJava.classPath() + "' \"$@\"");
    BufferedImage one = new BufferedImage(60, 60, BufferedImage.TYPE_BYTE_GRAY);
    one.createGraphics().fillRect(28, 10, 5, 40);
    ImageIO.write(one, "png", folder.resolve("plain.png").toFile());
    Path names = folder.resolve("names"); // this process itself may have a locale that cannot write them
    script(names, "mkdir -p images/büro/日本 && for name in é.png büro/ß.png büro/日本/三.png; do cp plain.png \"images/$name\"; done\n"
        + "'" + project.resolve("lenet4j") + "' predict --from pretrained images images/büro/日本/三.png");
    Result read = run(names, Map.of("LC_ALL", "C"));
    assertEquals(0, read.exitCode, read.err);
    assertEquals(List.of("images/büro/ß.png\t1", "images/büro/日本/三.png\t1", "images/é.png\t1", "images/büro/日本/三.png\t1"),
        read.out.lines().map(line -> line.substring(0, line.lastIndexOf('\t'))).toList());
  }

  /** A real terminal, of any width. */
  @Test void theBarIsToBeAsWideAsTheTerminal() throws Exception {
    script(jdk.resolve("bin/java"), "echo \"$*\" >>'" + folder + "/said'");
    Path terminal = folder.resolve("terminal");
    for (int columns : new int[] {60, 200}) {
      script(terminal, "TERM=xterm script -qec \"stty cols " + columns + "; '" + project.resolve("lenet4j")
          + "' train\" /dev/null </dev/null");
      assumeTrue(run(terminal, Map.of()).exitCode == 0, "util-linux's script, which makes a terminal");
    }
    run("train"); // no terminal
    script(terminal, "TERM=dumb script -qec \"'" + project.resolve("lenet4j") + "' train\" /dev/null </dev/null");
    run(terminal, Map.of());
    List<String> widths = Files.readAllLines(folder.resolve("said")).stream()
        .map(line -> line.replaceAll(".*-Dlenet4j.terminal=(\\d+).*|.*", "$1")).toList();
    assertEquals(List.of("60", "200", "", ""), widths);
  }

  /** CUDA from Maven: fetched once, its size said before, and again if one of its files is gone. The jar is the same. */
  @Test void cudaFromMaven() throws Exception {
    assumeTrue(System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64"), "Linux on x86-64");
    Path libraries = folder.resolve("m2/cuda-12.6-linux-x86_64-redist.jar");
    touch(libraries, 1000);
    script(tools.resolve("mvn"), """
        echo "mvn $*"
        echo 'Downloaded from central: https://repo/cuda-redist.jar (2.0 GB at 17 MB/s)'
        for word; do
          case $word in -Dmdep.outputFile=*) printf '%%s' '%s' >"${word#*=}" ;; esac
        done""".formatted(libraries));
    Map<String, String> redist = Map.of("LENET4J_CUDA", "redist");
    Result first = run(project.resolve("lenet4j"), redist, "train");
    assertTrue(first.out.contains("\n" + project + "/target/lenet4j-1.jar:" + libraries + "\n"), first.out);
    List<String> lines = first.err.lines().toList();
    assertTrue(lines.get(0).contains("2.0 GB, and their first use unpacks 1.4 GB"), first.err);
    assertTrue(lines.get(1).matches("lenet4j: fetched CUDA in \\d+ s, 2000 MB downloaded"), first.err);
    String log = Files.readString(project.resolve("target/launcher.log"));
    assertTrue(log.contains("-P cuda12-redist") && log.contains(":build-classpath@launcher"), log);
    assertEquals("", run(project.resolve("lenet4j"), redist, "train").err);
    assertFalse(run("train").out.contains("redist"));
    Files.delete(libraries);
    assertTrue(run(project.resolve("lenet4j"), redist, "train").err.contains("fetching CUDA"));
    Result wrong = run(project.resolve("lenet4j"), Map.of("LENET4J_CUDA", "12"), "train");
    assertEquals("lenet4j: LENET4J_CUDA is '12', and there is only redist; leave it out for the CUDA of this machine\n", wrong.err);
    assertEquals(1, wrong.exitCode);
  }

  @Test void itBuildsWhenSourcesAreNewer() throws Exception {
    touch(project.resolve("src/main/java/A.java"), 3000);
    Result result = run("train");
    assertTrue(result.out.contains("org.lenet4j.cli.Main") && !result.out.contains("mvn"), result.out);
    String log = Files.readString(project.resolve("target/launcher.log"));
    assertTrue(log.contains("mvn -B -f " + project + "/pom.xml -Dmaven.test.skip") && log.contains("copy-dependencies@launcher"), log);
    assertEquals("", run("train").err);
  }

  /** Where it is no terminal: lines, and nothing in them that only a terminal understands. */
  @Test void aBuildSaysWhatItDownloads() throws Exception {
    script(tools.resolve("mvn"), """
        echo 'Downloaded from central: https://repo/a-1.2.jar (1.9 MB at 3.4 MB/s)'
        echo '[INFO] Downloaded from central: https://repo/b(1).jar (20 MB at 1.0 MB/s)'
        echo 'Downloaded from central: https://repo/b.pom (931 B at 9.1 kB/s)'
        echo 'Downloaded from central: https://repo/c.jar (350 kB at 9.1 kB/s)'
        touch '%1$s/target/lenet4j-1.jar'
        printf '\\033[0m\\033[0m'""".formatted(project)); // as Maven 3.8 ends, whatever it was told
    touch(project.resolve("src/main/java/A.java"), 3000);
    Result result = run("train");
    List<String> lines = result.err.lines().toList();
    assertEquals(2, lines.size(), result.err);
    assertTrue(lines.get(0).matches("lenet4j: building, once, .* at most \\d+ MB"), lines.get(0));
    assertTrue(lines.get(1).matches("lenet4j: built in \\d s, 22 MB downloaded"), lines.get(1));
    assertTrue((result.err + Files.readString(project.resolve("target/launcher.log"))).chars().allMatch(c -> c == '\n' || c >= ' '));
  }

  @Test void itSaysWhatIsMissing() throws Exception {
    Result noHome = run(project.resolve("lenet4j"), Map.of("JAVA_HOME", "/nowhere"), "train");
    assertEquals(1, noHome.exitCode);
    assertTrue(noHome.err.contains("/nowhere") && noHome.err.contains("JDK 17") && noHome.err.lines().count() == 1, noHome.err);
    version("11.0.2");
    Result old = run("train");
    assertEquals(1, old.exitCode);
    assertTrue(old.err.contains("Java 11.0.2") && old.err.contains("JDK 17"), old.err);
    version("17.0.9");
    Files.delete(project.resolve("target/lenet4j-1.jar"));
    Files.delete(jdk.resolve("bin/javac"));
    Result noCompiler = run("train");
    assertEquals(1, noCompiler.exitCode);
    assertTrue(noCompiler.err.contains("not only a JRE"), noCompiler.err);
    script(jdk.resolve("bin/javac"), "");
    script(tools.resolve("mvn"), "echo broken; exit 1");
    Result broken = run("train");
    assertEquals(1, broken.exitCode);
    assertTrue(broken.err.contains("broken") && broken.err.contains("building failed") && broken.out.isEmpty(), broken.err);
  }

  private Result shell(Path inside, String line, Map<String, String> environment) throws IOException, InterruptedException {
    Path script = folder.resolve("line");
    script(script, "cd '" + inside + "'\n" + line);
    return run(script, environment);
  }

  /** A shell that is given the script by its bare name; and one that changes folders by a list of its own. */
  @Test void howeverItIsStarted() throws Exception {
    String jar = project + "/target/lenet4j-1.jar:";
    for (String line : List.of("sh lenet4j info", "./lenet4j info", "cd target && ../lenet4j info", "PATH=$PATH:. lenet4j info",
        "cd .. && 'a project/lenet4j' info")) {
      String path = folder + ":" + project + ":/usr:.";
      for (Map<String, String> environment : List.of(Map.<String, String>of(), Map.of("CDPATH", path))) {
        Result result = shell(project, line, environment);
        assertTrue(result.out.contains(jar), line + environment + result.err);
        assertEquals("", result.err);
      }
    }
    Result lost = shell(folder, "sh -c '. \"$0\"' lenet4j", Map.of());
    assertEquals(3, shell(project, "sh -c '. \"./$0\"' lenet4j", Map.of()).exitCode);
    assertTrue(lost.exitCode != 0 && !lost.err.isEmpty(), "never in silence");
  }

  /** Java would take what is behind the colon for another jar. */
  @Test void aColonInItsPath() throws Exception {
    Path colon = Files.createDirectory(folder.resolve("a:b"));
    Path script = Files.copy(SCRIPT, colon.resolve("lenet4j"), StandardCopyOption.COPY_ATTRIBUTES);
    Result result = run(script, Map.of(), "info");
    assertEquals(1, result.exitCode);
    assertTrue(result.err.contains(colon.toRealPath() + ", and Java takes a colon") && result.err.lines().count() == 1, result.err);
  }

  @Test void whatKilledPredictionsLeftIsSwept() throws Exception {
    javaWithArchives(0);
    touch(project.resolve("target/launcher-17.0.9.jsa.77"), 1000);
    touch(project.resolve("target/launcher-17.0.9.jsa.77.classes"), 1000);
    Files.createFile(project.resolve("target/launcher-17.0.9.jsa.78")); // may be under way
    run("predict", "a.png");
    assertEquals(List.of("launcher-17.0.9.jsa", "launcher-17.0.9.jsa.78"), leftByPredictions().stream().sorted().toList());
  }
}
