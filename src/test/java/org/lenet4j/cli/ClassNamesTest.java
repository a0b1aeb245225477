package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.JsonTree;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Idx;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.tune.Origin;

/** What the folders of the training images are called is what a model says. */
@Tag("slow")
class ClassNamesTest {
  @TempDir static Path shared;
  private static Path animals;
  private static Path weights;

  @TempDir Path folder;

  @BeforeAll static void train() throws IOException {
    animals = images(shared.resolve("animals"), "cat", "dog");
    weights = shared.resolve("animals.safetensors");
    ok("train", "--data", animals, "--epochs", 4, "--batch-size", 8, "--out", weights);
  }

  /** Zeros, ones and so on that are called otherwise. */
  private static Path images(Path folder, String... names) throws IOException {
    Dataset digits = SyntheticDigits.create(300, 1);
    for (int label = 0; label < names.length; label++) {
      Path of = Files.createDirectories(folder.resolve(names[label]));
      for (int i = label; i < 300; i += 10) {
        BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setDataElements(0, 0, 28, 28, digits.image(i));
        ImageIO.write(image, "png", of.resolve(String.format(Locale.ROOT, "%03d.png", i)).toFile());
      }
    }
    return folder;
  }

  private static String ok(Object... args) {
    Cli run = Cli.run(args);
    assertEquals(0, run.exitCode(), run.err());
    return run.out();
  }

  private static List<?> classes(Path model, Path data, Object... more) throws IOException {
    Object[] args = {"evaluate", "--from", model, "--data", data, "--json", "-"};
    JsonTree result = JsonTree.parse(ok(Stream.concat(Stream.of(args), Stream.of(more)).toArray()));
    return result.list("classes").stream().map(entry -> ((Map<?, ?>) entry).get("name")).toList();
  }

  @Test void predictSaysCat() throws IOException {
    assertEquals(List.of("cat", "dog"), Model.load(weights).classNames());
    Path cat = animals.resolve("cat/000.png");
    Path dog = animals.resolve("dog/001.png");
    List<String> lines = ok("predict", "--from", weights, cat, dog).lines().toList();
    assertTrue(lines.get(0).startsWith(cat + "\tcat\t") && lines.get(1).startsWith(dog + "\tdog\t"), lines.toString());
    JsonTree answers = JsonTree.parse(ok("predict", "--from", weights, dog, "--json", "-"));
    assertEquals(1L, answers.at(0, "label"));
    assertEquals("dog", answers.at(0, "name"));
    assertEquals(answers.at(0, "probability"), answers.at(0, "probabilities", 1));
  }

  @Test void aRunThatWasInterruptedKeepsThem() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    Path checkpoint = folder.resolve("run.ckpt");
    Path out = folder.resolve("resumed.safetensors");
    assertEquals(1, Cli.run("train", "--data", animals, "--epochs", 1, "--batch-size", 8, "--out", full, "--checkpoint", checkpoint)
        .exitCode());
    ok("train", "--resume", checkpoint, "--out", out);
    assertEquals(List.of("cat", "dog"), Model.load(out).classNames());
  }

  @Test void evaluateAndTheReportUseTheModelsNamesWhereTheDataHasNone() throws IOException {
    Dataset digits = SyntheticDigits.create(40, 2).ofClasses(0, 1).withClasses(2);
    Path idx = Files.createDirectories(folder.resolve("idx"));
    Idx.write(digits, idx.resolve("t10k-images-idx3-ubyte"), idx.resolve("t10k-labels-idx1-ubyte"));
    assertEquals(List.of("cat", "dog"), classes(weights, idx));
    String error = fails(1, "evaluate", "--from", weights, "--data", images(folder.resolve("other"), "ape", "bat"));
    assertTrue(error.contains("the data's classes are ape, bat, the model's cat, dog; name them as the model does"
        + " (--rename \"ape=cat,bat=dog\")"), error);
    assertEquals(List.of("cat", "dog"), classes(weights, folder.resolve("other"), "--rename", "ape=cat,bat=dog"));
  }

  private static String fails(int exitCode, Object... args) {
    Cli run = Cli.run(args);
    assertEquals(exitCode, run.exitCode(), run.err());
    assertEquals(1, run.err().lines().filter(line -> line.startsWith("lenet4j ")).count(), run.err());
    return run.err();
  }

  @Test void finetuneNamesWhatItLearns() throws IOException {
    Path three = images(folder.resolve("three"), "cat", "dog", "eel");
    Path out = folder.resolve("three.safetensors");
    Path page = folder.resolve("page");
    String json = ok("finetune", "--from", weights, "--data", three, "--head", 3, "--keep-rows", "all", "--epochs", 1, "--out", out,
        "--report", page, "--json", "-");
    assertEquals(List.of("cat", "dog", "eel"), Model.load(out).classNames());
    assertEquals(Model.load(weights).sha256(), JsonTree.parse(json).at("parent_sha256")); // which has other names
    assertTrue(Files.readString(page.resolve("index.html")).contains("<td>eel"));
    Path numbers = images(folder.resolve("numbers"), "0", "1", "2");
    Path again = folder.resolve("again.safetensors");
    ok("finetune", "--from", out, "--data", numbers, "--epochs", 1, "--out", again);
    assertEquals(List.of("cat", "dog", "eel"), Model.load(again).classNames());
    Path grown = folder.resolve("grown.safetensors");
    ok("finetune", "--from", out, "--data", animals, "--head", 4, "--keep-rows", "all", "--allow-missing", "--epochs", 1, "--out", grown);
    assertEquals(List.of("cat", "dog", "eel", "3"), Model.load(grown).classNames());
  }

  /** Accuracy of weights on the training part. */
  private static double accuracy(Object from, Path data, Object... more) throws IOException {
    Object[] args = {"evaluate", "--from", from, "--data", data, "--split", "train", "--json", "-"};
    return JsonTree.parse(ok(Stream.concat(Stream.of(args), Stream.of(more)).toArray())).number("accuracy");
  }

  /** With C for locale some Javas know no file names but ASCII's. */
  private static boolean canBeFiles(String names) {
    try {
      Path.of(names);
      return true;
    } catch (InvalidPathException e) {
      return false;
    }
  }

  @Test void digitsAreReadWhateverTheyAreCalled() throws IOException {
    for (String names : List.of("zero,one,two,three,four,five,six,seven,eight,nine", "00,01,02,03,04,05,06,07,08,09",
        "null,eins,zwei,drei,vier,f\u00fcnf,sechs,sieben,acht,neun", "30,31,32,33,34,35,36,37,38,39",
        "digit_0,digit_1,digit_2,digit_3,digit_4,digit_5,digit_6,digit_7,digit_8,digit_9")) {
      if (!canBeFiles(names)) {
        continue;
      }
      Path data = images(folder.resolve(names.substring(0, 6)), names.split(","));
      double accuracy = accuracy("pretrained", data);
      assertTrue(accuracy > 0.9, names + ": " + accuracy);
      String said = ok("evaluate", "--data", data, "--split", "train", "--from", "pretrained").lines().findFirst().orElseThrow();
      assertEquals("the data's classes " + names.split(",")[0] + " to " + names.split(",")[9] + " are read as the model's 0 to 9", said);
    }
    Path sample = images(folder.resolve("s"), "s001", "s002", "s003", "s004", "s005", "s006", "s007", "s008", "s009", "s010");
    assertTrue(fails(1, "evaluate", "--from", "pretrained", "--data", sample).contains("s010 may be 0"));
  }

  @Test void aFolderWithoutSomeDigitsAndAModelThatKnowsLess() throws IOException {
    images(folder.resolve("all"), "zero", "one", "two", "three", "four");
    Path some = images(folder.resolve("some"), "zero", "one", "two", "three", "four");
    for (String name : List.of("zero", "two")) {
      Files.move(some.resolve(name), folder.resolve("away-" + name));
    }
    assertTrue(accuracy("pretrained", some) > 0.8);
    Path three = folder.resolve("three.safetensors");
    LeNet5.create(3, 1).classNames(List.of("1", "3", "5")).save(three);
    String error = fails(1, "evaluate", "--from", three, "--data", some);
    assertTrue(error.contains("the model has no class four (")
        && error.contains("classes are four, one, three, the model's 1, 3, 5"), error);
    JsonTree result = JsonTree.parse(ok("evaluate", "--from", three, "--data", some, "--classes", "1,three", "--json", "-"));
    assertEquals(List.of("1", "3", "5"), result.list("classes").stream().map(entry -> ((Map<?, ?>) entry).get("name")).toList());
    Map<?, ?> five = (Map<?, ?>) result.list("classes").get(2);
    assertEquals(0L, five.get("samples"));
    assertTrue(five.containsKey("recall") && five.get("recall") == null && five.get("f1") == null, "there is nothing to recall");
  }

  /** The zeros, ones and so on of the letters a, b and c. */
  @Test void lettersAreAnsweredEverywhere() throws IOException {
    Path letters = images(folder.resolve("letters"), "a", "b", "c");
    Path out = folder.resolve("l.safetensors");
    Path page = folder.resolve("page");
    String said = ok("finetune", "--data", letters, "--head", 3, "--epochs", 30, "--batch-size", 16, "--out", out, "--report", page);
    assertTrue(said.contains("the classes of the new head: a, b, c"), said);
    assertEquals(List.of("a", "b", "c"), Model.load(out).classNames());
    Path bc = images(folder.resolve("bc"), "b", "c");
    for (String name : List.of("b", "c")) { // ones and twos, not zeros and ones
      try (Stream<Path> files = Files.list(bc.resolve(name))) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      try (Stream<Path> files = Files.list(letters.resolve(name))) {
        for (Path file : files.toList()) {
          Files.copy(file, bc.resolve(name).resolve(file.getFileName()));
        }
      }
    }
    double all = accuracy(out, letters);
    assertTrue(all > 0.9 && accuracy(out, bc) > 0.9, "accuracy is " + all + " and " + accuracy(out, bc));
    assertTrue(Files.readString(page.resolve("index.html")).contains("<td>c"));
    assertTrue(fails(1, "evaluate", "--from", out, "--data", "digits").contains("0 to 9, the model's a, b, c"));
    Path onnx = folder.resolve("l.onnx");
    String json = ok("export", "--from", out, "--onnx", onnx, "--json", "-");
    assertEquals(List.of("a", "b", "c"), JsonTree.parse(json).at("class_names"));
  }

  @Test void aNewHeadKeepsRowsByName() throws IOException {
    Path three = images(folder.resolve("three"), "dog", "cat", "eel"); // other digits than before, and cat has another place
    Path out = folder.resolve("out.safetensors");
    ok("finetune", "--from", weights, "--data", three, "--head", 3, "--keep-rows", "dog", "--epochs", 1, "--out", out);
    assertEquals(List.of("dog", "cat", "eel"), Model.load(out).classNames());
    String error = fails(2, "finetune", "--from", weights, "--data", three, "--epochs", 1, "--out", folder.resolve("x"));
    assertTrue(error.contains("no class eel") && error.contains("or learn new classes: --head 3 --keep-rows all"), error);
    error = fails(2, "finetune", "--data", animals, "--epochs", 1, "--out", folder.resolve("x"));
    assertTrue(error.contains("are cat, dog, the model's 0 to 9") && error.contains("--head 2"), error);
    error = fails(2, "finetune", "--from", weights, "--data", three, "--head", 3, "--keep-rows", "fox", "--out", folder.resolve("x"));
    assertTrue(error.contains("--keep-rows: do not understand 'fox'") && error.contains("cat, dog"), error);
  }

  @Test void oldDataIsMatchedByName() throws IOException {
    Path swapped = images(folder.resolve("swapped"), "dog", "cat");
    Path eels = images(folder.resolve("eels"), "eel", "dog");
    Path out = folder.resolve("out.safetensors");
    String json = ok("finetune", "--from", weights, "--data", eels, "--head", 3, "--keep-rows", "dog", "--replay", animals, "--source",
        animals, "--epochs", 1, "--out", out, "--json", "-");
    assertEquals(List.of("dog", "eel", "cat"), Model.load(out).classNames());
    JsonTree result = JsonTree.parse(json);
    double before = JsonTree.parse(ok("evaluate", "--from", weights, "--data", animals, "--json", "-")).number("accuracy");
    assertEquals(before, result.number("before", "source_accuracy"), "the parent has cat at 0, the new head dog");
    assertEquals(JsonTree.parse(ok("evaluate", "--from", out, "--data", animals, "--json", "-")).number("accuracy"),
        result.number("after", "source_accuracy"));
    assertTrue(1 - before > 0.5 == accuracy(weights, swapped) > 0.5, "cats that are called dogs are taken for cats");
    String error = fails(2, "finetune", "--from", weights, "--data", animals, "--source", "digits", "--epochs", 1, "--out",
        folder.resolve("x"));
    assertTrue(error.contains("digits: the model has no class") && error.contains("0 to 9, the model's cat, dog"), error);
  }

  @Test void aRunIsContinuedByName() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    Path data = images(folder.resolve("data"), "cat", "dog");
    Path checkpoint = folder.resolve("run.ckpt");
    Cli.run("finetune", "--from", weights, "--data", data, "--head", 2, "--epochs", 1, "--batch-size", 8, "--out", full,
        "--checkpoint", checkpoint);
    Files.move(data.resolve("dog"), data.resolve("eel"));
    String error = fails(1, "finetune", "--resume", checkpoint, "--out", folder.resolve("x"));
    assertTrue(error.contains("called otherwise") && error.contains("cat, eel and not cat, dog"), error);
  }

  /** Labels 0 to 9, and three that are 255. */
  @Test void strayLabelsAreNamed() throws IOException {
    Dataset digits = SyntheticDigits.create(303, 3);
    int[] labels = IntStream.range(0, 303).map(i -> i < 300 ? digits.labels()[i] : 255).toArray();
    Path idx = Files.createDirectories(folder.resolve("idx"));
    Idx.write(new Dataset(digits.shape(), digits.images(), labels, 256), idx.resolve("train-images-idx3-ubyte"),
        idx.resolve("train-labels-idx1-ubyte"));
    Path out = folder.resolve("out.safetensors");
    String error = fails(2, "train", "--data", idx, "--epochs", 1, "--out", out);
    assertTrue(error.contains("the labels are 0 to 9, besides 255 (3 images): a net of 256 classes would have 245 without images; choose"
        + " the classes to learn (--classes \"0-9\"), or insist on all (--classes \"0-9,255\")"), error);
    error = fails(2, "finetune", "--data", idx, "--epochs", 1, "--out", out);
    assertTrue(error.contains("no class 255 (3 images)") && error.contains("use the others alone (--classes \"0-9\")"), error);
    assertTrue(fails(2, "finetune", "--data", idx, "--head", 256, "--epochs", 1, "--out", out).contains("besides 255 (3 images)"));
    error = fails(1, "evaluate", "--from", "pretrained", "--data", idx, "--split", "train");
    assertTrue(error.contains("no class 255 (3 images)"), error);
    assertTrue(accuracy("pretrained", idx, "--classes", "0-9") > 0.8);
    ok("train", "--data", idx, "--classes", "0-9", "--epochs", 1, "--out", out);
    assertEquals(10, Model.load(out).outputSize());
    ok("train", "--data", idx, "--classes", "0-9,255", "--epochs", 1, "--out", out);
    assertEquals("255", Model.load(out).classNames().get(10));
  }

  @Test void aTunedFileHasNotesOfItsOwn() throws IOException {
    Path out = folder.resolve("l.safetensors");
    Path again = folder.resolve("again.safetensors");
    ok("finetune", "--data", animals, "--head", 2, "--epochs", 1, "--seed", 7, "--out", out);
    Model tuned = Model.load(out);
    assertEquals("animals", tuned.metadata().get("data"));
    assertEquals("7", tuned.metadata().get("seed"));
    assertEquals(Set.of("command", "data", "seed", "origin", "generations"), tuned.metadata().keySet());
    assertEquals("mnist", Origin.of(tuned).get("data"));
    assertEquals(LeNet5.pretrained().metadata().get("test_accuracy"), Origin.of(tuned).get("test_accuracy"));
    ok("finetune", "--from", out, "--data", images(folder.resolve("more"), "cat", "dog"), "--epochs", 1, "--out", again);
    assertEquals("more", Model.load(again).metadata().get("data"));
    assertEquals(Origin.of(tuned), Origin.of(Model.load(again)));
  }
}
