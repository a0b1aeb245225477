package org.lenet4j;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.ModelFile;
import org.lenet4j.nn.Parameter;

/**
 * Training checkpoints as safetensors files: a {@link ModelFile} with more. The optimizer's arrays are tensors of their parameter's
 * shape, for example {@code optimizer.exp_avg.conv1.weight}, and the metadata has these too:
 *
 * <table>
 * <caption>Metadata</caption>
 * <tr><td>{@code lenet4j.epoch}</td><td>finished epochs</td></tr>
 * <tr><td>{@code lenet4j.step}</td><td>updates that the optimizer has made</td></tr>
 * <tr><td>{@code lenet4j.seed}</td><td>with the epoch, the state of the random numbers</td></tr>
 * <tr><td>{@code lenet4j.settings}</td><td>JSON, text to text</td></tr>
 * <tr><td>{@code lenet4j.history}</td><td>JSON, one list per epoch in the order of {@link EpochResult}; what is no finite number is a
 * string</td></tr>
 * </table>
 */
final class CheckpointFile {
  private static final String SLOT = "optimizer.";
  private static final String EPOCH = "epoch";
  private static final String STEP = "step";
  private static final String SEED = "seed";
  private static final String SETTINGS = "settings";
  private static final String HISTORY = "history";

  private CheckpointFile() {}

  /** As {@link Checkpoint#load}. */
  static Checkpoint load(Path file) throws IOException {
    ModelFile content = ModelFile.read(file);
    try {
      return toCheckpoint(content);
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static Checkpoint toCheckpoint(ModelFile file) throws IOException {
    if (!file.isCheckpoint()) {
      throw new IOException("it is a file of weights, not a training checkpoint: training cannot resume from it, but can start from it");
    }
    Map<String, List<Integer>> shapes = shapes(file.model());
    Map<String, float[]> slots = new LinkedHashMap<>();
    for (Map.Entry<String, ModelFile.Tensor> entry : file.more().entrySet()) {
      checkSlot(entry.getKey(), entry.getValue(), shapes);
      slots.put(entry.getKey().substring(SLOT.length()), entry.getValue().values());
    }
    long step = number(file, STEP, 0, Long.MAX_VALUE);
    long seed = number(file, SEED, Long.MIN_VALUE, Long.MAX_VALUE);
    int epoch = (int) number(file, EPOCH, 0, Integer.MAX_VALUE);
    return new Checkpoint(file.model(), new OptimizerState(step, slots), seed, epoch, settings(file), history(file));
  }

  private static Map<String, List<Integer>> shapes(Model model) {
    return model.parameters().stream().collect(Collectors.toMap(Parameter::name, Parameter::shape));
  }

  private static void checkSlot(String name, ModelFile.Tensor tensor, Map<String, List<Integer>> shapes) throws IOException {
    int dot = name.indexOf('.', SLOT.length()); // optimizer.exp_avg.conv1.weight
    List<Integer> shape = shapes.get(name.substring(dot + 1));
    if (dot <= SLOT.length() || shape == null) {
      throw new IOException("tensor " + Json.quote(name) + " belongs to no parameter of the model");
    }
    if (!shape.equals(tensor.shape())) {
      throw new IOException("tensor " + Json.quote(name) + " is " + tensor.shape() + " and should be " + shape);
    }
  }

  private static long number(ModelFile file, String key, long least, long most) throws IOException {
    String text = text(file, key);
    try {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IOException("lenet4j." + key + " must be an integer" + (least == 0 ? " from 0 to " + most : "") + ", not "
        + Json.quote(text));
  }

  private static String text(ModelFile file, String key) throws IOException {
    String text = file.notes().get(key);
    if (text == null) {
      throw new IOException("the checkpoint's metadata lacks lenet4j." + key);
    }
    return text;
  }

  private static Map<String, String> settings(ModelFile file) throws IOException {
    Map<String, String> settings = new LinkedHashMap<>();
    if (!(parse(file, SETTINGS) instanceof Map<?, ?> map)) {
      throw new IOException("lenet4j." + SETTINGS + " must be an object");
    }
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!(entry.getValue() instanceof String value)) {
        throw new IOException("lenet4j." + SETTINGS + " entry " + Json.quote((String) entry.getKey()) + " must be a string");
      }
      settings.put((String) entry.getKey(), value);
    }
    return settings;
  }

  private static List<EpochResult> history(ModelFile file) throws IOException {
    List<EpochResult> history = new ArrayList<>();
    if (!(parse(file, HISTORY) instanceof List<?> items)) {
      throw new IOException("lenet4j." + HISTORY + " must be a list");
    }
    for (Object item : items) {
      if (!(item instanceof List<?> row) || row.size() != 6 || !(row.get(0) instanceof Long epoch) || epoch != epoch.intValue()) {
        throw new IOException("lenet4j." + HISTORY + " must be lists of an epoch and five numbers");
      }
      history.add(new EpochResult(epoch.intValue(), real(row.get(1)), real(row.get(2)), real(row.get(3)), real(row.get(4)),
          real(row.get(5))));
    }
    return history;
  }

  private static Object parse(ModelFile file, String key) throws IOException {
    try {
      return Json.parse(text(file, key));
    } catch (IOException e) {
      throw new IOException("lenet4j." + key + ": " + e.getMessage(), e);
    }
  }

  private static double real(Object json) throws IOException {
    if (json instanceof Number number) {
      return number.doubleValue();
    }
    if (json instanceof String text && (text.equals("NaN") || text.equals("Infinity") || text.equals("-Infinity"))) {
      return Double.parseDouble(text);
    }
    throw new IOException("lenet4j." + HISTORY + " must be lists of an epoch and five numbers");
  }

  /** As {@link Checkpoint#save}. */
  static void save(Checkpoint checkpoint, Path file) throws IOException {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(EPOCH, Integer.toString(checkpoint.epoch()));
    notes.put(STEP, Long.toString(checkpoint.optimizer().step()));
    notes.put(SEED, Long.toString(checkpoint.seed()));
    notes.put(SETTINGS, settingsJson(checkpoint.settings()));
    notes.put(HISTORY, historyJson(checkpoint.history()));
    Map<String, List<Integer>> shapes = shapes(checkpoint.model());
    Map<String, ModelFile.Tensor> more = new LinkedHashMap<>();
    // Sorted, because the backend's map may have no order and the same state should give the same bytes.
    new TreeMap<>(checkpoint.optimizer().slots()).forEach((slot, values) ->
        more.put(SLOT + slot, new ModelFile.Tensor(shapes.get(slot.substring(slot.indexOf('.') + 1)), values)));
    new ModelFile(checkpoint.model(), notes, more).write(file);
  }

  private static String settingsJson(Map<String, String> settings) throws IOException {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
      json.writeStartObject();
      for (Map.Entry<String, String> entry : settings.entrySet()) {
        json.writeStringField(entry.getKey(), entry.getValue());
      }
      json.writeEndObject();
    }
    return out.toString();
  }

  private static String historyJson(List<EpochResult> history) throws IOException {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
      json.writeStartArray();
      for (EpochResult result : history.subList(Math.max(0, history.size() - Checkpoint.MAX_HISTORY), history.size())) {
        json.writeStartArray();
        json.writeNumber(result.epoch());
        json.writeNumber(result.trainLoss()); // digits enough to give the same double; NaN becomes the string "NaN"
        json.writeNumber(result.trainAccuracy());
        json.writeNumber(result.testLoss());
        json.writeNumber(result.testAccuracy());
        json.writeNumber(result.seconds());
        json.writeEndArray();
      }
      json.writeEndArray();
    }
    return out.toString();
  }
}
