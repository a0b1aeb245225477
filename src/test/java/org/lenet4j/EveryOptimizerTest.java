package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.cpu.CpuBackend;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Loss;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/**
 * Finds the places that do not know an optimizer or a loss, which the compiler does not: whoever adds one starts with an example in
 * {@link Samples}, on which all devices are compared with the reference.
 */
class EveryOptimizerTest {
  private static final Dataset DATA = Samples.noise(Samples.SMALL, 20, 4, 1);

  static List<Optimizer> optimizers() {
    return Samples.optimizers();
  }

  static List<Loss> losses() {
    return Samples.losses();
  }

  @Test void eachHasAnExample() {
    assertEquals(Set.copyOf(Arrays.asList(Optimizer.class.getPermittedSubclasses())), classes(Samples.optimizers()));
    assertEquals(Set.copyOf(Arrays.asList(Loss.class.getPermittedSubclasses())), classes(Samples.losses()));
  }

  private static Set<Class<?>> classes(List<?> examples) {
    return examples.stream().map(Object::getClass).collect(Collectors.toSet());
  }

  @Test void eachComesBackFromItsText() {
    for (Optimizer optimizer : Samples.optimizers()) {
      for (Loss loss : Samples.losses()) {
        Recipe recipe = Samples.recipe(loss, optimizer);
        assertEquals(recipe, Recipe.of(recipe.settings()));
      }
    }
  }

  @ParameterizedTest @MethodSource("optimizers") void optimizersMoveParametersAsTheReferenceDoes(Optimizer optimizer) {
    try (Backend cpu = new CpuBackend(1)) {
      Run.assertParity(cpu, Samples.small(4, 2), Samples.recipe(new CrossEntropy(), optimizer), DATA, 20, 2);
    }
  }

  @ParameterizedTest @MethodSource("losses") void lossesHaveTheGradientsOfTheReference(Loss loss) {
    try (Backend cpu = new CpuBackend(1)) {
      Run.assertParity(cpu, Samples.small(4, 3), Samples.recipe(loss, new Sgd(0.1f)), DATA, 20, 2);
    }
  }
}
