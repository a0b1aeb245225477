package org.lenet4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.ModelFile;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Recipe;

/**
 * Training checkpoints as safetensors files: a {@link ModelFile} with more. The optimizer's arrays are tensors of their parameter's
 * shape, for example {@code optimizer.exp_avg.conv1.weight}, those of the recipe's anchor are {@code anchor.values.conv1.weight} and
 * {@code anchor.weights.conv1.weight}, and the metadata has these too:
 *
 * <table>
 * <caption>Metadata</caption>
 * <tr><td>{@code lenet4j.epoch}</td><td>finished epochs</td></tr>
 * <tr><td>{@code lenet4j.step}</td><td>updates that the optimizer has made</td></tr>
 * <tr><td>{@code lenet4j.seed}</td><td>with the epoch, the state of the random numbers</td></tr>
 * <tr><td>{@code lenet4j.recipe}</td><td>JSON, {@link Recipe#settings}</td></tr>
 * <tr><td>{@code lenet4j.kernels}</td><td>those that the device chose; absent if it was not left to choose</td></tr>
 * <tr><td>{@code lenet4j.arithmetic}</td><td>what the bits depended on, {@link org.lenet4j.backend.Program#arithmetic}</td></tr>
 * <tr><td>{@code lenet4j.history}</td><td>JSON, one list per epoch in the order of {@link EpochResult}; what is no finite number is a
 * string</td></tr>
 * <tr><td>{@code lenet4j.notes}</td><td>JSON, text to text</td></tr>
 * </table>
 */
final class CheckpointFile {
  private static final String SLOT = "optimizer.";
  private static final String VALUES = "anchor.values.";
  private static final String WEIGHTS = "anchor.weights.";
  private static final String EPOCH = "epoch";
  private static final String STEP = "step";
  private static final String SEED = "seed";
  private static final String RECIPE = "recipe";
  private static final String KERNELS = "kernels";
  private static final String ARITHMETIC = "arithmetic";
  private static final String HISTORY = "history";
  private static final String NOTES = "notes";
  private static final Set<String> KNOWN = Set.of(EPOCH, STEP, SEED, RECIPE, KERNELS, ARITHMETIC, HISTORY, NOTES);

  private CheckpointFile() {}

  /** As {@link Checkpoint#of}. */
  static Checkpoint parse(ModelFile file) throws IOException {
    if (!file.isCheckpoint()) {
      throw new IOException("it is a file of weights, not a training checkpoint: training cannot resume from it, but can start from it");
    }
    for (String note : file.notes().keySet()) {
      if (!KNOWN.contains(note)) {
        throw new IOException("it is the checkpoint of more than a training run: it has " + Json.quote("lenet4j." + note));
      }
    }
    Map<String, List<Integer>> shapes = shapes(file.model());
    Map<String, float[]> slots = new LinkedHashMap<>();
    Map<String, float[]> values = new LinkedHashMap<>();
    Map<String, float[]> weights = new LinkedHashMap<>();
    for (Map.Entry<String, ModelFile.Tensor> entry : file.more().entrySet()) {
      String name = entry.getKey();
      ModelFile.Tensor tensor = entry.getValue();
      if (name.startsWith(VALUES)) {
        values.put(parameter(name, VALUES.length(), tensor, shapes), tensor.values());
      } else if (name.startsWith(WEIGHTS)) {
        weights.put(parameter(name, WEIGHTS.length(), tensor, shapes), tensor.values());
      } else {
        parameter(name, name.startsWith(SLOT) ? name.indexOf('.', SLOT.length() + 1) + 1 : 0, tensor, shapes);
        slots.put(name.substring(SLOT.length()), tensor.values()); // exp_avg.conv1.weight
      }
    }
    long step = number(file, STEP, 0, Long.MAX_VALUE);
    long seed = number(file, SEED, Long.MIN_VALUE, Long.MAX_VALUE);
    int epoch = (int) number(file, EPOCH, 0, Integer.MAX_VALUE);
    Recipe recipe = recipe(Json.strings(parse(file, RECIPE), "lenet4j." + RECIPE), values, weights);
    try {
      return new Checkpoint(file.model(), recipe, new OptimizerState(step, slots), seed, epoch, kernels(file),
          file.notes().get(ARITHMETIC), history(file), Json.strings(parse(file, NOTES), "lenet4j." + NOTES));
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static Map<String, List<Integer>> shapes(Model model) {
    return model.parameters().stream().collect(Collectors.toMap(Parameter::name, Parameter::shape));
  }

  /** The parameter that a tensor belongs to, whose name begins at {@code from} in that of the tensor. */
  private static String parameter(String name, int from, ModelFile.Tensor tensor, Map<String, List<Integer>> shapes) throws IOException {
    String parameter = name.substring(from);
    List<Integer> shape = shapes.get(parameter);
    if (shape == null) {
      throw new IOException("tensor " + Json.quote(name) + " belongs to no parameter of the model");
    }
    if (!shape.equals(tensor.shape())) {
      throw new IOException("tensor " + Json.quote(name) + " is " + tensor.shape() + " and should be " + shape);
    }
    return parameter;
  }

  private static Recipe recipe(Map<String, String> settings, Map<String, float[]> values, Map<String, float[]> weights)
      throws IOException {
    try {
      Recipe recipe = Recipe.of(settings);
      String strength = settings.get("anchor");
      if (strength != null) {
        return recipe.withAnchor(new Anchor(Float.parseFloat(strength), values, weights.isEmpty() ? null : weights));
      }
      if (!values.isEmpty() || !weights.isEmpty()) {
        throw new IOException("it has an anchor's tensors, but its recipe has no anchor");
      }
      return recipe;
    } catch (IllegalArgumentException e) {
      throw new IOException("lenet4j." + RECIPE + ": " + Json.quote(e.getMessage()), e); // it has words of the file
    }
  }

  private static KernelSet kernels(ModelFile file) throws IOException {
    String name = file.notes().get(KERNELS);
    return name == null ? null : Stream.of(KernelSet.CUDNN, KernelSet.FUSED).filter(kernels -> Json.word(kernels).equals(name)).findFirst()
        .orElseThrow(() -> new IOException("lenet4j." + KERNELS + " must be the name of kernels, not " + Json.quote(name)));
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
    throw new IOException("lenet4j." + key + " must be an integer" + (least == 0 ? " from 0 to " + most : "")
        + ", not " + Json.quote(text));
  }

  private static String text(ModelFile file, String key) throws IOException {
    String text = file.notes().get(key);
    if (text == null) {
      throw new IOException("the checkpoint's metadata lacks lenet4j." + key);
    }
    return text;
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

  /** As {@link Checkpoint#file}. */
  static ModelFile format(Checkpoint checkpoint) {
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put(EPOCH, Integer.toString(checkpoint.epoch()));
    notes.put(STEP, Long.toString(checkpoint.optimizer().step()));
    notes.put(SEED, Long.toString(checkpoint.seed()));
    notes.put(RECIPE, Json.text(checkpoint.recipe().settings()));
    if (checkpoint.kernels() != null) {
      notes.put(KERNELS, Json.word(checkpoint.kernels()));
    }
    if (checkpoint.arithmetic() != null) {
      notes.put(ARITHMETIC, checkpoint.arithmetic());
    }
    notes.put(HISTORY, historyJson(checkpoint.history()));
    notes.put(NOTES, Json.text(checkpoint.notes()));
    Map<String, List<Integer>> shapes = shapes(checkpoint.model());
    Map<String, ModelFile.Tensor> more = new LinkedHashMap<>();
    // Sorted, because the backend's map may have no order and the same state should give the same bytes.
    new TreeMap<>(checkpoint.optimizer().slots()).forEach((slot, values) ->
        more.put(SLOT + slot, new ModelFile.Tensor(shapes.get(slot.substring(slot.indexOf('.') + 1)), values)));
    Anchor anchor = checkpoint.recipe().anchor();
    if (anchor != null) {
      anchor.values().forEach((name, values) -> more.put(VALUES + name, new ModelFile.Tensor(shapes.get(name), values)));
      if (anchor.weights() != null) {
        anchor.weights().forEach((name, values) -> more.put(WEIGHTS + name, new ModelFile.Tensor(shapes.get(name), values)));
      }
    }
    return new ModelFile(checkpoint.model(), notes, more);
  }

  private static String historyJson(List<EpochResult> history) {
    return Json.text(history.stream().skip(Math.max(0, history.size() - Checkpoint.MAX_HISTORY)).map(CheckpointFile::row).toList());
  }

  private static List<Object> row(EpochResult result) {
    List<Object> row = new ArrayList<>(List.of(result.epoch()));
    for (double value : new double[] {result.trainLoss(), result.trainAccuracy(), result.testLoss(), result.testAccuracy(),
        result.seconds()}) {
      row.add(Double.isFinite(value) ? value : Double.toString(value)); // digits enough to give the same double
    }
    return row;
  }
}
