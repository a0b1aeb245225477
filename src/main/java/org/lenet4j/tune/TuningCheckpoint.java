package org.lenet4j.tune;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lenet4j.Checkpoint;
import org.lenet4j.EpochResult;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.ModelFile;
import org.lenet4j.nn.Parameter;

/**
 * All that a fine-tuning needs, but for its data, to continue as if it had never stopped. The file is that of a {@link Checkpoint} with
 * more: notes under {@code lenet4j.tuning.}, and the weights before and the best so far as tensors, for example
 * {@code start.conv1.weight} and {@code best.conv1.weight}.
 *
 * @param training the training run under way
 * @param settings how it is tuned; recipe and seed are those of the training run
 * @param before   how the model did before
 * @param parent   SHA-256 of the weights file that is tuned, as {@link Model#sha256}
 * @param start    the weights before; not copied
 * @param best     what early stopping would go back to, or null
 */
public record TuningCheckpoint(Checkpoint training, FineTuning settings, Score before, String parent, Model start, Best best) {
  private static final String BYTES = "the bytes of a checkpoint";
  private static final String NOTE = "tuning.";
  private static final String NAME = NOTE + "name";
  private static final String PARENT = NOTE + "parent";
  private static final String BEFORE = NOTE + "before";
  private static final String BEST = NOTE + "best";
  private static final Set<String> OWN = Set.of(NAME, PARENT, BEFORE, BEST);
  private static final String START_TENSOR = "start.";
  private static final String BEST_TENSOR = "best.";

  /**
   * The best so far.
   *
   * @param result the result of its epoch
   * @param model  its weights; not copied
   */
  public record Best(EpochResult result, Model model) {}

  /**
   * Reads a checkpoint.
   *
   * @throws IOException if the file cannot be read, is broken or is no checkpoint of a fine-tuning; the message names the file and the
   *                     reason
   */
  public static TuningCheckpoint load(Path file) throws IOException {
    return read(ModelFile.read(file), file.toString());
  }

  /**
   * Reads the bytes of a checkpoint's file, for example those of {@link #toBytes}.
   *
   * @throws IOException if they are not the checkpoint of a fine-tuning; the message gives the reason
   */
  public static TuningCheckpoint fromBytes(byte[] file) throws IOException {
    return read(ModelFile.read(file, BYTES), BYTES);
  }

  private static TuningCheckpoint read(ModelFile content, String source) throws IOException {
    try {
      return of(content);
    } catch (IOException e) {
      throw new IOException(source + ": " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IOException(source + ": lenet4j." + NOTE + "*: " + Json.quote(String.valueOf(e.getMessage())), e); // has words of the file
    }
  }

  private static TuningCheckpoint of(ModelFile file) throws IOException {
    Map<String, String> own = new HashMap<>(file.notes());
    own.keySet().removeIf(key -> !key.startsWith(NOTE));
    Map<String, String> notes = new LinkedHashMap<>(file.notes());
    notes.keySet().removeAll(own.keySet());
    Map<String, ModelFile.Tensor> tensors = new LinkedHashMap<>(file.more());
    tensors.keySet().removeIf(name -> name.startsWith(START_TENSOR) || name.startsWith(BEST_TENSOR));
    Checkpoint training = Checkpoint.of(new ModelFile(file.model(), notes, tensors));
    if (!own.keySet().containsAll(List.of(NAME, PARENT, BEFORE))) {
      throw new IOException("it is the checkpoint of a training run, not of a fine-tuning");
    }
    Map<String, String> settings = new HashMap<>();
    own.keySet().stream().filter(key -> !OWN.contains(key)).forEach(key -> settings.put(key.substring(NOTE.length()), own.get(key)));
    return new TuningCheckpoint(training, FineTuning.of(training.recipe(), training.seed(), own.get(NAME), settings),
        Score.of(numbers(own.get(BEFORE), 4)), own.get(PARENT), weights(START_TENSOR, file),
        best(own.get(BEST), file));
  }

  private static Best best(String text, ModelFile file) throws IOException {
    if (text == null) {
      return null;
    }
    double[] result = numbers(text, 6);
    return new Best(new EpochResult((int) result[0], result[1], result[2], result[3], result[4], result[5]), weights(BEST_TENSOR, file));
  }

  private static Model weights(String prefix, ModelFile file) throws IOException {
    Model model = file.model().copy();
    for (Parameter parameter : model.parameters()) {
      ModelFile.Tensor tensor = file.more().get(prefix + parameter.name());
      if (tensor == null || !tensor.shape().equals(parameter.shape())) {
        throw new IOException("there is no tensor " + prefix + parameter.name() + " of shape " + parameter.shape());
      }
      System.arraycopy(tensor.values(), 0, parameter.values(), 0, tensor.values().length);
    }
    return model;
  }

  private static double[] numbers(String text, int count) {
    double[] numbers = Stream.of(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
    if (numbers.length != count) {
      throw new IllegalArgumentException("'" + text + "' should be " + count + " numbers");
    }
    return numbers;
  }

  private static String text(double... numbers) {
    return Arrays.stream(numbers).mapToObj(Double::toString).collect(Collectors.joining(" "));
  }

  /**
   * Writes a safetensors file, atomically: the old checkpoint stays whole until the new one is complete.
   *
   * @throws IOException if it cannot be written or a value is NaN or infinite
   */
  public void save(Path file) throws IOException {
    file().write(file);
  }

  /** The bytes of the file that {@link #save} writes. */
  public byte[] toBytes() {
    return file().toBytes();
  }

  private ModelFile file() {
    ModelFile plain = training.file();
    Map<String, String> notes = new LinkedHashMap<>(plain.notes());
    notes.put(NAME, settings.name());
    notes.put(PARENT, parent);
    notes.put(BEFORE, text(before.numbers()));
    settings.text().forEach((key, value) -> notes.put(NOTE + key, value));
    Map<String, ModelFile.Tensor> tensors = new LinkedHashMap<>(plain.more());
    put(tensors, START_TENSOR, start);
    if (best != null) {
      EpochResult result = best.result;
      notes.put(BEST, text(result.epoch(), result.trainLoss(), result.trainAccuracy(), result.testLoss(), result.testAccuracy(),
          result.seconds()));
      put(tensors, BEST_TENSOR, best.model);
    }
    return new ModelFile(plain.model(), notes, tensors);
  }

  private static void put(Map<String, ModelFile.Tensor> tensors, String prefix, Model weights) {
    weights.parameters().forEach(parameter ->
        tensors.put(prefix + parameter.name(), new ModelFile.Tensor(parameter.shape(), parameter.values())));
  }
}
