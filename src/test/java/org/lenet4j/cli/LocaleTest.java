package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.LeNet5;

/** Numbers are written alike in every country: with 0 to 9 and a point. */
class LocaleTest {
  private static final Pattern FORMAT = Pattern.compile("String\\.format\\((?!Locale\\.ROOT)|\\.formatted\\(|printf\\((?!Locale\\.ROOT)"
      + "|to(Upper|Lower)Case\\(\\)|new Formatter\\(|NumberFormat\\.get|new DecimalFormat\\(\"[^\"]*\"\\)|DateTimeFormatter\\.ofPattern\\("
      + "[^,]*\\)|new Scanner\\(");

  @TempDir Path folder;

  /** The default locale is the user's: whoever writes numbers says that he wants none. */
  @Test void noFormatAsksForTheUsersLocale() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(name -> name.toString().endsWith(".java")).toList()) {
        String source = Files.readString(file).replaceAll("(?m)//.*|^ *\\*.*", "");
        FORMAT.matcher(source).results().forEach(match -> found.add(file + ": " + match.group()));
      }
    }
    assertEquals(List.of(), found);
  }

  @ParameterizedTest @ValueSource(strings = {"ar-EG-u-nu-arab", "fa-IR-u-nu-arabext", "hi-IN-u-nu-deva", "th-TH-u-nu-thai",
      "my-MM-u-nu-mymr", "tr-TR", "de-DE"})
  void whateverTheLocale(String tag) throws IOException {
    Path data = Cli.data(folder.resolve("data"), 64, 20);
    Path weights = folder.resolve("w.safetensors");
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag(tag)); // what is run here is without Main.main, which sets another one
      StringBuilder said = new StringBuilder();
      for (Object[] command : new Object[][] {{"train", "--data", data, "--epochs", 1, "--report", folder.resolve("r"), "--out", weights},
          {"evaluate", "--from", weights, "--data", data}, {"show", weights}, {"train", "--lr", "x"}, {"train", "--batch-size", "1234567",
              "--data", data, "--out", weights}, {"train", "--classes", "1,77", "--data", data, "--out", weights}, {"train", "--help"}}) {
        Cli run = Cli.run(command);
        said.append(run.out()).append(run.err());
      }
      said.append(Files.readString(folder.resolve("r/index.html")));
      said.append(LeNet5.create(10, 1).summary()).append(Splits.open(data.toString()));
      assertTrue(said.chars().noneMatch(letter -> letter > 127 && Character.isDigit(letter)), said.toString());
      assertTrue(Pattern.compile("accuracy +[0-9]+\\.[0-9]{2}%").matcher(said).find(), said.toString());
    } finally {
      Locale.setDefault(before);
    }
  }

  /** In the encoding of the stream, which is not the default one. {@link LauncherTest} has names of files. */
  @Test void namesOfClassesInAnyScript() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Path weights = folder.resolve("w.safetensors");
    LeNet5.create(3, 1).classNames(List.of("ноль", "壱", "zwölf")).save(weights);
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_16LE)) {
      Main.run(new String[] {"show", weights.toString()}, out, out);
    }
    String said = bytes.toString(StandardCharsets.UTF_16LE);
    assertTrue(said.contains("ноль, 壱, zwölf"), said);
  }
}
