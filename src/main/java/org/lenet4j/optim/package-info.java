/**
 * How to train: optimizers, schedules, and {@link org.lenet4j.optim.Recipe}, which holds them all.
 *
 * <pre>{@code
 * import org.lenet4j.data.*;
 * import org.lenet4j.optim.*;
 *
 * Recipe recipe = Recipe.fast().withEpochs(10).withOptimizer(new AdamW(2e-3f, 0.01f)).withAugment(Augment.LIGHT);
 * System.out.println(recipe.settings());
 * }</pre>
 */
package org.lenet4j.optim;
