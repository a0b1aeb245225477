package org.lenet4j.tune;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    return GenerationsJson.parse(model.metadata().getOrDefault(KEY, "[]"));
  }

  /** Notes this one as the model's last. */
  void addTo(Model model) {
    List<Generation> all = new ArrayList<>(of(model));
    all.add(this);
    model.metadata().put(KEY, GenerationsJson.format(all.subList(Math.max(0, all.size() - MOST), all.size())));
  }
}
