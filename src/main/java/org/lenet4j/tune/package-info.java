/**
 * Fine-tuning: what is frozen and when it thaws, old data in between against forgetting, how far to go, when to stop, and what that
 * gained and cost.
 *
 * <pre>{@code
 * import org.lenet4j.*;
 * import org.lenet4j.data.*;
 * import org.lenet4j.nn.*;
 * import org.lenet4j.tune.*;
 *
 * Splits photos = Splits.open("photos");
 * TuningData data = new TuningData(photos.train(), null).withTarget(photos.test()).withReplay(SyntheticDigits.create(1000, 7));
 * Model model = LeNet5.pretrained();
 * try (Device device = Device.open(); FineTuner tuner = new FineTuner(device, model, new FineTuning(), data)) {
 *   FineTuner.Result result = tuner.fit();
 *   System.out.println(result.before() + " became " + result.after());
 * }
 * }</pre>
 */
package org.lenet4j.tune;
