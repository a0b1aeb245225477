package org.lenet4j.tune;

import org.lenet4j.Device;
import org.lenet4j.nn.Model;

/** A whole fine-tuning in one line. */
final class Tune {
  private Tune() {}

  static FineTuner.Result fit(Device device, Model model, FineTuning settings, TuningData data) {
    return fit(device, model, model, settings, data);
  }

  static FineTuner.Result fit(Device device, Model model, Model parent, FineTuning settings, TuningData data) {
    try (FineTuner tuner = new FineTuner(device, model, parent, settings, data)) {
      return tuner.fit();
    }
  }
}
