package org.lenet4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.data.SyntheticDigits;

/** The programs of docs/spark.md can be copied and run. */
@ExtendWith(Cluster.class)
class SparkPageTest {
  private static final Pattern PROGRAM = Pattern.compile("(?m)^```java\n(.*?)\n```$", Pattern.DOTALL);
  private static final String DIGITS = SyntheticDigits.class.getName();
  private static final String FEW = "new Splits(" + DIGITS + ".create(1024, 1), " + DIGITS + ".create(100, 2))";

  @TempDir Path folder;

  @Test void thePageCanBeFollowed() throws Exception {
    prepare(Cluster.spark());
    Matcher programs = PROGRAM.matcher(Files.readString(Path.of(System.getProperty("docs"), "spark.md")));
    List<String> words = new ArrayList<>(List.of("-proc:none", "-cp", System.getProperty("java.class.path"), "-d", folder.toString()));
    int count = 0;
    for (; programs.find(); count++) {
      Path source = Files.writeString(folder.resolve("Program" + count + ".java"),
          program("Program" + count, programs.group(1)).replace("\"data/", "\"" + folder.toString().replace('\\', '/') + "/")
              .replace("Splits.open(\"digits\")", FEW));
      words.add(source.toString());
    }
    assertEquals(0, ToolProvider.findFirst("javac").orElseThrow().run(System.out, System.err, words.toArray(String[]::new)));
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      for (int i = 0; i < count; i++) {
        loader.loadClass("Program" + i).getMethod("main", String[].class).invoke(null, (Object) null);
      }
    }
    assertEquals(6, count);
    assertEquals(4, Cluster.spark().read().parquet(folder + "/models.parquet").filter("error is null").count());
    assertTrue(Files.exists(folder.resolve("best/bestModel/" + LeNetModelFiles.WEIGHTS)));
    assertTrue(Files.exists(folder.resolve("together.safetensors")));
  }

  /** As a reader makes one of it: its imports, and the rest as the body of {@code main}. */
  private static String program(String name, String text) {
    Map<Boolean, String> parts = text.lines().collect(Collectors.partitioningBy(line -> line.startsWith("import "),
        Collectors.joining("\n")));
    return parts.get(true) + "\npublic class " + name + " {\n  public static void main(String[] args) throws Exception {\n"
        + parts.get(false) + "\n  }\n}\n";
  }

  private void prepare(SparkSession spark) throws IOException {
    org.lenet4j.data.Dataset digits = Digits.train(200);
    Digits.rows(spark, digits, 2).selectExpr("cast(id div 50 as string) as customer", "image", "label").write()
        .parquet(folder + "/customers.parquet");
    Path scans = Files.createDirectory(folder.resolve("scans"));
    for (int i = 0; i < 20; i++) {
      ImageIO.write(RawFilesTest.picture(digits, i), "png", scans.resolve(i + ".png").toFile());
    }
    Files.writeString(scans.resolve("broken.png"), "no image");
  }
}
