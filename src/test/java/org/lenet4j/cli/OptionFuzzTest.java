package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.lenet4j.Bounds;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Seen;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.LrSchedule;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.Generation;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Whatever the text of an option is: it is understood, or refused with a line that says why; and what is understood can be written. */
class OptionFuzzTest {
  private static final RecipeOptions RECIPE = new RecipeOptions("fast");
  private static final CommandLine RECIPE_LINE = new CommandLine(RECIPE).setUnmatchedArgumentsAllowed(true);
  private static final Map<String, CommandLine> COMMANDS = Map.of("finetune", Main.commandLine("finetune"),
      "predict", Main.commandLine("predict"));
  private static final Model MODEL = LeNet5.create(10, 1);

  /** What is asked of one text. */
  private interface Parser {
    void parse(String text);
  }

  @FuzzTest(maxDuration = "20s") void options(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    Bounds.check(32 << 20, () -> {
      refuses(LrSchedule::parse, text);
      refuses(t -> assertEquals(LrSchedule.parse(t), LrSchedule.parse(LrSchedule.parse(t).text())), text);
      refuses(t -> assertEquals(Augment.parse(t), Augment.parse(Augment.parse(t).text())), text);
      refuses(t -> assertEquals(Seen.parse(t).text(), Seen.parse(Seen.parse(t).text()).text()), text);
      refuses(OptionFuzzTest::settings, text);
      refuses(OptionFuzzTest::words, text);
      MODEL.metadata().put("generations", text);
      refuses(t -> Generation.of(MODEL), text);
    });
  }

  private static void refuses(Parser parser, String text) {
    try {
      parser.parse(text);
    } catch (IllegalArgumentException | ParameterException e) {
      assertTrue(e.getMessage() != null && !e.getMessage().isBlank(), text);
    }
  }

  /** As a checkpoint has them. */
  private static void settings(String text) {
    Map<String, String> settings = new HashMap<>(Recipe.fast().settings());
    for (String line : text.split("\n")) {
      String[] pair = line.split("=", 2);
      settings.put(pair[0], pair[pair.length - 1]);
    }
    Recipe recipe = Recipe.of(settings);
    assertEquals(recipe.settings(), Recipe.of(recipe.settings()).settings());
  }

  /** As a command has them; no command is run, and no file opened: {@code @FILE} would be. */
  private static void words(String text) {
    String words = text.replace('@', 'a');
    COMMANDS.forEach((name, line) -> refuses(t -> line.parseArgs((name + " " + t).split("\\s+")), words));
    RECIPE_LINE.parseArgs(words.split("\\s+"));
    RECIPE.recipe();
  }
}
