package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.JsonTree;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.cpu.OpenBlasInfo;
import org.lenet4j.backend.cuda.probe.CudaInfo;
import org.lenet4j.file.Json;

/** The JSON of all commands has one vocabulary. */
class VocabularyTest {
  private static final Map<String, Object> RESULTS = new TreeMap<>(); // command -> what it writes

  @TempDir static Path folder;

  @BeforeAll static void everyCommandOnce() throws IOException {
    Path data = Cli.data(folder.resolve("data"), 160, 40);
    Path weights = folder.resolve("w.safetensors");
    Path image = folder.resolve("image.png");
    ImageIO.write(new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY), "png", image.toFile());
    run("train", "--data", data, "--epochs", 1, "--out", weights);
    run("evaluate", "--from", weights, "--data", data);
    run("report", "--from", weights, "--data", data, "--out", folder.resolve("report"));
    run("show", "--from", weights);
    run("export", "--from", weights, "--onnx", folder.resolve("w.onnx"));
    run("finetune", "--from", weights, "--data", data, "--epochs", 1, "--find-lr", "--search", 1, "--out", folder.resolve("t.safetensors"));
    run("predict", "--from", weights, image, folder.resolve("none.png"));
    run("benchmark", "--seconds", "0.01", "--batch-size", 256, "--layers");
    run("info");
  }

  private static void run(String command, Object... options) throws IOException {
    Object[] words = new Object[options.length + 3];
    words[0] = command;
    System.arraycopy(options, 0, words, 1, options.length);
    words[words.length - 2] = "--json";
    words[words.length - 1] = "-";
    Cli run = Cli.run(words);
    RESULTS.put(command, JsonTree.parse(run.out()).value());
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> result(String command) {
    return (Map<String, Object>) RESULTS.get(command);
  }

  /** All keys in a value, those of {@code libraries} aside, which are names of files. */
  private static void collect(Object value, Map<String, Set<String>> kinds) {
    if (value instanceof List<?> list) {
      list.forEach(item -> collect(item, kinds));
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> {
        Set<String> kind = kinds.computeIfAbsent((String) key, any -> new TreeSet<>());
        if (item != null) {
          kind.add(item instanceof Number ? "number" : item instanceof List ? "list" : item instanceof Map ? "object" : "text");
        }
        if (!key.equals("libraries")) {
          collect(item, kinds);
        }
      });
    }
  }

  /** What info writes where there is CUDA. */
  private static Object infoWithCuda() throws IOException {
    InfoCommand.Found cuda = new InfoCommand.Found("cuda", "a GPU", null);
    return Json.parse(Json.text(InfoCommand.result(new OpenBlasInfo("1", "core", "built", Map.of(), List.of()),
        new CudaInfo("1", "2", "3", "4", "5", "6", Map.of()), new AutoKernels(List.of(new KernelChoice(true, 64, 1, 2)), null), cuda,
        List.of(cuda, new InfoCommand.Found("openblas", null, "why not")))));
  }

  @Test void everyKeyIsInTheTableAndEveryKeyOfTheTableIsWritten() throws IOException {
    for (String command : Main.commandLine(null).getSubcommands().keySet()) {
      Map<String, Set<String>> written = new TreeMap<>();
      collect(RESULTS.get(command), written);
      collect(command.equals("info") ? infoWithCuda() : null, written);
      if (command.equals("benchmark")) {
        written.put("error", Set.of()); // unless there is CUDA
      }
      Set<String> expected = new TreeSet<>();
      Vocabulary.words().stream().filter(word -> List.of(word.commands().split(" ")).contains(command))
          .forEach(word -> expected.add(word.key()));
      assertEquals(expected, written.keySet(), command);
    }
    assertEquals(Vocabulary.words().size(), Vocabulary.words().stream().map(Vocabulary.Word::key).distinct().count(), "once each");
  }

  /** A name is not a number here and a list there. */
  @Test void aKeyIsOfOneKind() throws IOException {
    Map<String, Set<String>> kinds = new TreeMap<>();
    RESULTS.values().forEach(result -> collect(result, kinds));
    collect(infoWithCuda(), kinds);
    Map<String, Set<String>> expected = new TreeMap<>(kinds);
    expected.replaceAll((key, kind) -> kind.size() < 2 ? kind : Set.of(kind.iterator().next()));
    assertEquals(expected, kinds);
  }

  @Test void theSameThingHasTheSameNameAndValue() {
    for (String key : List.of("device", "split", "samples", "accuracy", "loss")) {
      assertNotNull(result("train").get(key), key);
      assertEquals(result("train").get(key), result("evaluate").get(key), key);
    }
    for (String command : List.of("evaluate", "report", "export", "finetune")) {
      assertEquals(result("train").get("model"), result(command).get("from"), command);
    }
    for (String key : List.of("device", "seed", "parameters", "split", "samples")) {
      assertEquals(result("train").get(key), result("finetune").get(key), key);
    }
    assertEquals(result("train").get("parameters"), result("export").get("parameters"));
    assertEquals(result("train").get("accuracy"), ((Map<?, ?>) result("finetune").get("before")).get("target_accuracy"));
    assertEquals(result("finetune").get("accuracy"), ((Map<?, ?>) result("finetune").get("after")).get("target_accuracy"));
    for (String key : List.of("version", "java", "platform", "processors", "warnings")) {
      assertEquals(result("info").get(key), result("benchmark").get(key), key);
    }
    Map<?, ?> measured = (Map<?, ?>) ((List<?>) result("benchmark").get("devices")).get(0);
    assertEquals("openblas", measured.get("device"));
  }

  @Test void withoutTestImagesThereIsNoSplit() throws IOException {
    Path trainOnly = Cli.data(folder.resolve("train-only"), 64, 10);
    Files.delete(trainOnly.resolve("t10k-images-idx3-ubyte"));
    Files.delete(trainOnly.resolve("t10k-labels-idx1-ubyte"));
    JsonTree json = JsonTree.parse(Cli.run("finetune", "--from", folder.resolve("w.safetensors"), "--data", trainOnly,
        "--epochs", 1, "--out", folder.resolve("o.safetensors"), "--json", "-").out());
    for (String key : List.of("split", "samples", "accuracy", "loss", "epochs_split")) {
      assertNull(json.at(key), key);
    }
    json = JsonTree.parse(Cli.run("finetune", "--from", folder.resolve("w.safetensors"), "--data", trainOnly, "--validation", 0.25,
        "--epochs", 1, "--out", folder.resolve("o.safetensors"), "--json", "-").out());
    assertEquals("validation", json.at("split"));
    assertEquals(json.at("validation_samples"), json.at("samples"));
  }
}
