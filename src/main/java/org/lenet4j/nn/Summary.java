package org.lenet4j.nn;

import java.util.Locale;

/** A model's layers as text, a line for each. */
final class Summary {
  private static final String LINE = "%-12s %-10s %10s  %s";

  private Summary() {}

  static String of(Model model) {
    StringBuilder lines = new StringBuilder(line("layer", "output", "parameters", ""));
    for (int i = 0; i < model.layers().size(); i++) {
      LayerSpec layer = model.layers().get(i);
      int parameters = layer.parameters().stream().mapToInt(LayerSpec.ParameterSpec::size).sum();
      lines.append(line(layer.name(), model.outputShape(i), parameters,
          layer.describe() + (model.frozen().contains(layer.name()) ? ", frozen" : "")));
    }
    return lines.append(line("all", "", model.parameterCount(), "input " + model.input())).toString().stripTrailing();
  }

  private static String line(Object layer, Object output, Object parameters, String text) {
    return String.format(Locale.ROOT, LINE, layer, output, parameters, text).stripTrailing() + "\n";
  }
}
