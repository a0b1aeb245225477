package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.file.Words;
import org.lenet4j.nn.LeNet5;

/** What people type by mistake: each answer names the mistake and the remedy, in at most three lines of a terminal. */
class MistakesTest {
  private static final int THREE_LINES = 3 * 80;

  @TempDir static Path folder;

  @BeforeAll static void prepare() throws IOException {
    LeNet5.create(10, 1).save(folder.resolve("w.safetensors"));
    Files.writeString(folder.resolve("a.png"), "no picture");
    Cli.data(folder.resolve("photos"), 32, 10);
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
      2 | trian                                    | lenet4j: unknown command 'trian'; | did you mean train?
      2 | test                                     | lenet4j: unknown command 'test'; | did you mean evaluate?
      2 | bench                                    | lenet4j: unknown command 'bench'; | did you mean benchmark?
      2 | FOLDER/a.png                             | a.png'; commands are | did you mean predict FOLDER/a.png?
      2 | help trian                               | lenet4j: unknown command 'trian'; | did you mean train?
      2 | --data mnist train                       | unknown option '--data'; | the command comes first: lenet4j COMMAND --data
      2 | train --epoch 3                          | lenet4j train: unknown option '--epoch'; | did you mean --epochs?
      2 | train -epochs 3                          | unknown option '-epochs'; | did you mean --epochs?
      2 | train --Epochs 3                         | unknown option '--Epochs'; | did you mean --epochs?
      2 | train --batch_size 32                    | unknown option '--batch_size'; | did you mean --batch-size?
      2 | train --learning-rate 0.1                | unknown option '--learning-rate'; | did you mean --lr?
      2 | train --gpu                              | unknown option '--gpu'; | did you mean --device gpu?
      2 | train --output w                         | unknown option '--output'; | did you mean --out?
      2 | predict --model w a.png                  | unknown option '--model'; | did you mean --from?
      2 | train --epochs three                     | --epochs: 'three' is not a whole number; | lenet4j train --help
      2 | train --epochs 2.5                       | --epochs: '2.5' is not a whole number; | lenet4j train --help
      2 | train --epochs 99999999999               | '99999999999' is not a whole number that there is room for; | lenet4j train --help
      2 | train --lr 0,01                          | --lr: '0,01' is not a number; | write 0.01
      2 | finetune --data digits --validation 10%  | --validation: '10%' is not a number; | write a share of 0 to 1
      2 | train --epochs                           | --epochs needs a value: | --epochs N
      2 | train --lr 1 --lr 2                      | --lr is given twice; | give it once
      2 | train digits                             | 'digits' belongs to no option; | did you mean --data digits?
      2 | train FOLDER/photos                      | photos' belongs to no option; | did you mean --data FOLDER/photos?
      2 | evaluate net.safetensors                 | 'net.safetensors' belongs to no option; | did you mean --from net.safetensors?
      1 | train --data mnsit                       | no data at 'mnsit': there is no such folder; | did you mean mnist?
      2 | train --recipe fsat                      | unknown recipe 'fsat'; recipes are plain, fast, best, tune; | did you mean fast?
      2 | train --optimizer adamm                  | unknown optimizer 'adamm'; | adam, adamw, sgd
      2 | train --optimizer sdg                    | unknown optimizer 'sdg'; | did you mean sgd?
      2 | train --device cudda                     | unknown --device 'cudda'; | did you mean cuda?
      2 | train --schedule cosin                   | unknown schedule 'cosin'; | did you mean cosine?
      2 | train --augment lite                     | do not understand 'lite'; | use none, light, strong
      2 | train --batch-size 0                     | the batch size must be at least 1, got 0; | lenet4j train --help
      2 | finetune --from FOLDER/w.safetensors --data FOLDER/photos --freeze convv1 | unknown layer 'convv1'; | did you mean conv1?
      2 | finetune --data digits --layer-lr conv1  | --layer-lr: 'conv1' is not of the form | LAYER=RATE
      2 | finetune                                 | give the new data with --data: | a folder of IDX files or of images, mnist or digits
      2 | predict                                  | give an IMAGE: | a file, a folder of images, or - for standard input
      1 | predict --from FOLDER/none a.png         | there are no weights FOLDER/none; | --from pretrained
      2 | export                                   | lenet4j export: | give --onnx FILE
      2 | evaluate --split tset                    | unknown --split 'tset'; | did you mean test?
      2 | benchmark --batch-size 64,x              | --batch-size: 'x' is not a whole number; | lenet4j benchmark --help""")
  void isNamedWithItsRemedy(int exitCode, String typed, String mistake, String remedy) {
    String home = folder.toString();
    Cli run = Cli.run((Object[]) typed.replace("FOLDER", home).split(" "));
    String said = run.err().strip();
    assertEquals(exitCode, run.exitCode(), said);
    assertFalse(run.out().contains("epoch 1"), run.out());
    assertEquals(1, said.lines().count(), said);
    assertTrue(said.contains(mistake.replace("FOLDER", home)) && said.contains(remedy.replace("FOLDER", home)), said);
    assertTrue(said.replace(home, "").length() <= THREE_LINES, said.length() + " letters: " + said);
    assertFalse(said.contains("Exception") || said.contains("Invalid value") || said.contains("; ;") || said.endsWith("?;"), said);
  }

  /** Each word that a shell completes is one that the option takes. */
  @Test void whatIsCompletedIsKnown() {
    CompletionCommand.WORDS.forEach((option, words) -> words.forEach(word -> {
      for (String command : List.of("train", "finetune", "evaluate")) {
        if (Set.of("--recipe", "--optimizer", "--schedule", "--augment", "--device", "--precision", "--kernels", "--split").contains(option)
            && Main.commandLine(command).getSubcommands().get(command).getCommandSpec().optionsMap().containsKey(option)) {
          Cli run = Cli.run(command, option, word, "--data", folder.resolve("nowhere"));
          assertFalse(run.err().contains("unknown") || run.err().contains("do not understand"), run.err());
        }
      }
    }));
  }

  @Test void nearWords() {
    List<String> words = List.of("conv1", "conv2", "fc1", "--epochs", "train");
    assertEquals("train", Words.nearest("TRAIN", words));
    assertEquals("train", Words.nearest("trian", words));
    assertEquals("train", Words.nearest("tra", words));
    assertEquals("conv1", Words.nearest("cnv1", words));
    assertEquals(null, Words.nearest("conv3", words), "two are as near");
    assertEquals(null, Words.nearest("x", words));
    assertEquals(null, Words.nearest("", words));
    assertEquals("; did you mean fc1?", Words.didYouMean("fc", words));
    assertEquals("", Words.didYouMean("photo", words));
  }
}
