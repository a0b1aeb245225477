package org.lenet4j.tune;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;

/**
 * One fine-tuning in a model's past, as its metadata keeps it. A model that is tuned again and again carries all of them, first to last; of
 * more than {@value #MOST} the last.
 *
 * @param parent   SHA-256 of the weights file that was tuned, as {@link Model#sha256}
 * @param data     what the new data was called
 * @param samples  new samples
 * @param replayed old samples in each epoch
 * @param epochs   after which the weights were taken
 * @param settings how it was trained, text to text
 * @param before   how the parent did
 * @param after    how the tuned model did
 */
public record Generation(String parent, String data, int samples, int replayed, int epochs, Map<String, String> settings, Score before,
    Score after) {
  /** The most fine-tunings that a model remembers: the header of its file is limited to 1 MiB. */
  public static final int MOST = 100;

  private static final String KEY = "generations";

  /** Copies the settings. */
  public Generation {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
  }

  /**
   * The fine-tunings that made a model what it is, first to last; empty for one that was trained from fresh weights.
   *
   * @throws IllegalArgumentException if its note of them is broken
   */
  public static List<Generation> of(Model model) {
    return parse(model.metadata().getOrDefault(KEY, "[]"));
  }

  /** Notes this one as the model's last, whose data and seed are the model's own then. */
  void addTo(Model model) {
    List<Generation> all = new ArrayList<>(of(model));
    all.add(this);
    Origin.leave(model, data, settings.get("seed"));
    model.metadata().put(KEY, format(all.subList(Math.max(0, all.size() - MOST), all.size())));
  }

  /** As JSON: a list of objects, their scores as lists of four numbers; NaN becomes null. */
  static String format(List<Generation> generations) {
    return Json.text(generations.stream().map(generation -> Json.object("parent", generation.parent(), "data", generation.data(),
        "samples", generation.samples(), "replayed", generation.replayed(), "epochs", generation.epochs(),
        "settings", generation.settings(), "before", generation.before().numbers(), "after", generation.after().numbers())).toList());
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

  private static Generation generation(Map<?, ?> item) throws IOException {
    Map<String, String> settings = Json.strings(item.get("settings"), "settings");
    return new Generation((String) item.get("parent"), (String) item.get("data"), count(item, "samples"), count(item, "replayed"),
        count(item, "epochs"), settings, score((List<?>) item.get("before")), score((List<?>) item.get("after")));
  }

  private static int count(Map<?, ?> item, String key) {
    return ((Number) item.get(key)).intValue();
  }

  private static Score score(List<?> numbers) {
    return Score.of(numbers.stream().mapToDouble(value -> value == null ? Double.NaN : ((Number) value).doubleValue()).toArray());
  }
}
