/**
 * Trains LeNet-5 and reads digits with it: a {@link org.lenet4j.Device} computes, a {@link org.lenet4j.Trainer} trains a
 * {@link org.lenet4j.nn.Model} on it, a {@link org.lenet4j.Predictor} answers with one.
 *
 * <pre>{@code
 * import org.lenet4j.*;
 * import org.lenet4j.data.*;
 * import org.lenet4j.nn.*;
 * import org.lenet4j.optim.*;
 *
 * Splits digits = Splits.open("digits");
 * Model model = LeNet5.create(10, 42);
 * try (Device device = Device.open(); Trainer trainer = new Trainer(device, model, Recipe.fast(), 42)) {
 *   System.out.println(trainer.fit(digits.train(), 1, digits.test()).last());
 *   try (Predictor predictor = new Predictor(device, model)) {
 *     System.out.println(predictor.predict(digits.test().image(0)).name());
 *   }
 * }
 * }</pre>
 */
package org.lenet4j;
