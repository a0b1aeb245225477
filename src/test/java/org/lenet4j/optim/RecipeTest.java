package org.lenet4j.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lenet4j.data.Augment;
import org.lenet4j.nn.BinaryCrossEntropy;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.MeanSquaredError;

/** A recipe as text. */
class RecipeTest {
  private static final float THIRD = 1 / 3f;

  private static final List<Optimizer> OPTIMIZERS = List.of(new Sgd(THIRD), new Sgd(THIRD, 0.7f, true, 1e-45f),
      new Adam(THIRD, 0.1f, 0.2f, THIRD * 1e-7f, 0.3f), new AdamW(THIRD, 0.8f, THIRD, 1e-8f, 0));
  private static final List<Loss> LOSSES = List.of(new CrossEntropy(THIRD), new BinaryCrossEntropy(), new MeanSquaredError());
  private static final List<LrSchedule> SCHEDULES = List.of(new LrSchedule.Constant(), new LrSchedule.Step(THIRD, 0.1f),
      new LrSchedule.Cosine(THIRD), new LrSchedule.OneCycle(THIRD, 25, 1e4f), new LrSchedule.Warmup(THIRD, new LrSchedule.Cosine(0.1f)),
      new LrSchedule.Warmup(0, new LrSchedule.OneCycle()));
  private static final List<Augment> AUGMENTS = List.of(Augment.NONE, Augment.LIGHT, new Augment(THIRD, 1, 0.1f, 2, THIRD, 5),
      new Augment(0, 0, 0, 0, 0, 5)); // no distortion, with a sigma of its own

  @Test void textIsExact() {
    for (String name : List.of("plain", "fast", "best", "tune")) {
      assertReadsBack(Recipe.named(name));
    }
    Recipe recipe = Recipe.plain().withGroups(new ParamGroup(List.of("conv1", "fc_2"), THIRD, 1e-5f), new ParamGroup(List.of("fc3"), 0, 1))
        .withClipNorm(THIRD).withNormalize(true).withEma(THIRD).withBatchSize(7).withEpochs(9)
        .withAccumulate(8);
    assertReadsBack(recipe);
    OPTIMIZERS.forEach(optimizer -> assertReadsBack(recipe.withOptimizer(optimizer)));
    LOSSES.forEach(loss -> assertReadsBack(recipe.withLoss(loss)));
    SCHEDULES.forEach(schedule -> assertReadsBack(recipe.withSchedule(schedule)));
    AUGMENTS.forEach(augment -> assertReadsBack(recipe.withAugment(augment)));
    Recipe anchored = recipe.withAnchor(new Anchor(THIRD, Map.of("w", new float[1]), null));
    assertEquals(recipe, Recipe.of(anchored.settings()), "its arrays are no text");
    assertEquals(THIRD, Float.parseFloat(anchored.settings().get("anchor")));
  }

  private static void assertReadsBack(Recipe recipe) {
    assertEquals(recipe, Recipe.of(recipe.settings()), recipe.settings().toString()); // records compare floats by their bits
  }

  /** Whoever adds one meets this test, and then what cannot write it. */
  @Test void everyKindIsTried() {
    assertEquals(Set.of(Optimizer.class.getPermittedSubclasses()), kinds(OPTIMIZERS));
    assertEquals(Set.of(Loss.class.getPermittedSubclasses()), kinds(LOSSES));
    assertEquals(Set.of(LrSchedule.class.getPermittedSubclasses()), kinds(SCHEDULES));
  }

  private static Set<Class<?>> kinds(List<?> examples) {
    return examples.stream().map(Object::getClass).collect(Collectors.toSet());
  }

  @Test void everySettingIsNeededAndNoOther() {
    Recipe recipe = Recipe.fast();
    for (String key : recipe.settings().keySet()) {
      assertFails(key, null, key);
      assertFails(key, "x", "x");
    }
    assertFails("nesterov", "true", "unknown settings: nesterov");
    assertFails("groups", "conv1=1", "LAYERS=RATE:DECAY");
    assertFails("epochs", "0", "at least 1");
    assertThrows(IllegalArgumentException.class, () -> new ParamGroup(List.of(), 1, 1), "its text would be that of a layer without a name");
  }

  private static void assertFails(String key, String value, String part) {
    Map<String, String> settings = new LinkedHashMap<>(Recipe.fast().settings());
    settings.remove(key);
    Stream.ofNullable(value).forEach(text -> settings.put(key, text));
    String message = assertThrows(IllegalArgumentException.class, () -> Recipe.of(settings), key).getMessage();
    assertTrue(message.contains(part), message);
  }
}
