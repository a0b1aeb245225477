package org.lenet4j.tune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.file.Json;

/** A model's past fine-tunings as JSON: a list of objects with the names of {@link Generation}, scores as lists of four numbers. */
final class GenerationsJson {
  private GenerationsJson() {}

  /** Writes them; NaN becomes null. */
  static String format(List<Generation> generations) {
    return Json.text(generations.stream().map(generation -> Json.object("parent", generation.parent(), "data", generation.data(),
        "samples", generation.samples(), "replayed", generation.replayed(), "epochs", generation.epochs(),
        "settings", generation.settings(), "before", numbers(generation.before()), "after", numbers(generation.after()))).toList());
  }

  private static double[] numbers(Score score) {
    return new double[] {score.targetAccuracy(), score.targetLoss(), score.sourceAccuracy(), score.sourceLoss()};
  }

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException if it is not what {@link #format} writes; the message says so in one line
   */
  static List<Generation> parse(String text) {
    try {
      List<Generation> generations = new ArrayList<>();
      for (Object item : (List<?>) Json.parse(text)) {
        generations.add(generation((Map<?, ?>) item));
      }
      return generations;
    } catch (IOException | ClassCastException | NullPointerException | IndexOutOfBoundsException e) {
      String reason = e instanceof IOException ? e.getMessage() : "it has another form";
      throw new IllegalArgumentException("the model's note of its past fine-tunings is broken: " + reason, e);
    }
  }

  private static Generation generation(Map<?, ?> item) {
    Map<String, String> settings = new LinkedHashMap<>();
    ((Map<?, ?>) item.get("settings")).forEach((key, value) -> settings.put((String) key, (String) value));
    return new Generation((String) item.get("parent"), (String) item.get("data"), count(item, "samples"), count(item, "replayed"),
        count(item, "epochs"), settings, score((List<?>) item.get("before")), score((List<?>) item.get("after")));
  }

  private static int count(Map<?, ?> item, String key) {
    return ((Number) item.get(key)).intValue();
  }

  private static Score score(List<?> numbers) {
    double[] values = new double[4];
    for (int i = 0; i < 4; i++) {
      values[i] = numbers.get(i) == null ? Double.NaN : ((Number) numbers.get(i)).doubleValue();
    }
    return new Score(values[0], values[1], values[2], values[3]);
  }
}
