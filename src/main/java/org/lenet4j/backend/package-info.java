/**
 * What every device does, below {@link org.lenet4j.Trainer} and {@link org.lenet4j.Predictor}: programs compiled for one network, one
 * recipe and one batch size. For loops of your own:
 *
 * <pre>{@code
 * import java.util.stream.IntStream;
 * import org.lenet4j.*;
 * import org.lenet4j.backend.*;
 * import org.lenet4j.data.*;
 * import org.lenet4j.nn.*;
 * import org.lenet4j.optim.*;
 *
 * Dataset data = Splits.open("digits").train();
 * Recipe recipe = Recipe.plain();
 * Model model = LeNet5.create(10, 42);
 * try (Device device = Device.open(); TrainingProgram program = device.backend().compile(model, recipe, 42)) {
 *   program.bind(data, recipe.augment());
 *   program.order(1, IntStream.range(0, data.size()).toArray());
 *   for (int first = 0; first < data.size(); first += recipe.batchSize()) {
 *     program.step(first, Math.min(recipe.batchSize(), data.size() - first), 1);
 *   }
 *   System.out.println(program.drain());
 *   program.read(model);
 * }
 * }</pre>
 */
package org.lenet4j.backend;
