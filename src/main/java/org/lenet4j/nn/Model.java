package org.lenet4j.nn;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Seen;
import org.lenet4j.data.Shape;
import org.lenet4j.data.Splits;
import org.lenet4j.file.Json;
import org.lenet4j.file.Words;

/**
 * A network as data: an ordered list of layers and their parameters as host arrays. It owns no native memory, so it can be copied,
 * saved, compared and changed without a device. It is not safe for use by several threads while one of them changes it.
 */
public final class Model {
  private final Shape input;
  private List<LayerSpec> layers;
  private List<Shape> outputs; // of each layer, one sample
  private final Map<String, Parameter> parameters;
  private final Set<String> frozen = new LinkedHashSet<>();
  private final Map<String, String> metadata = new TreeMap<>();
  private Normalization normalization; // null until it is chosen
  private List<String> classNames; // (outputs)
  private float[] sureFrom; // (outputs), or null
  private boolean blankClass;
  private Seen seen = Seen.NOTHING;

  /**
   * A model with fresh parameters.
   *
   * @param input  shape of one image
   * @param layers the layers, in the order of the forward pass; the last must be {@link Linear}
   * @param init   how parameters get their first values
   * @param seed   the seed of the initial values
   * @throws IllegalArgumentException if a layer does not fit the one before it (the message names it and both shapes), a name is
   *                                  used twice, the last layer is not linear, or the network is larger than any for digits
   */
  public Model(Shape input, List<? extends LayerSpec> layers, Init init, long seed) {
    this(input, List.copyOf(layers), LayerChecks.shapes(input, layers), new LinkedHashMap<>());
    addParameters((name, spec) -> init.create(spec, seed, parameters.size()));
  }

  /**
   * A model with known parameters.
   *
   * @param input  shape of one image
   * @param layers the layers, in the order of the forward pass; the last must be {@link Linear}
   * @param values the values of each parameter, by its name, for example {@code conv1.weight}; copied
   * @throws IllegalArgumentException if the layers do not fit, as above, or a parameter's values are missing or too many or too few
   */
  public Model(Shape input, List<? extends LayerSpec> layers, Map<String, float[]> values) {
    this(input, List.copyOf(layers), LayerChecks.shapes(input, layers), new LinkedHashMap<>());
    normalization = Normalization.NONE; // values were made for some inputs, for these if nothing else is said
    seen = Seen.UNKNOWN;
    addParameters((name, spec) -> {
      float[] given = values.get(name);
      if (given == null || given.length != spec.size()) {
        throw new IllegalArgumentException("parameter " + name + " has " + spec.size() + " values, "
            + (given == null ? "none are given" : given.length + " are given"));
      }
      return given.clone();
    });
  }

  private void addParameters(BiFunction<String, LayerSpec.ParameterSpec, float[]> values) {
    layers.forEach(layer -> layer.parameters().forEach(spec -> {
      String name = layer.name() + "." + spec.suffix();
      parameters.put(name, new Parameter(name, layer.name(), spec.shape(), values.apply(name, spec)));
    }));
  }

  private Model(Shape input, List<LayerSpec> layers, List<Shape> outputs, Map<String, Parameter> parameters) {
    this.input = input;
    this.layers = layers;
    this.outputs = outputs;
    this.parameters = parameters;
    this.classNames = Splits.numberedNames(outputSize());
  }

  /**
   * Reads weights: a safetensors file written by {@link #save} or by others, or a {@code .pt} or {@code .pth} file of PyTorch. What a file
   * of others does not say is taken to be as in {@link Assumptions#USUAL}; {@link WeightsFile} tells what was assumed.
   *
   * @throws IOException if it cannot be read or is not a model; the message names the file and the reason
   */
  public static Model load(Path file) throws IOException {
    return load(file, Assumptions.NONE);
  }

  /**
   * Reads weights of others, of whose network something is known that the file does not say.
   *
   * @param said what is known; nulls in it are as in {@link Assumptions#USUAL}
   * @throws IOException              as {@link #load(Path)}
   * @throws IllegalArgumentException if something is said that the file says itself
   */
  public static Model load(Path file, Assumptions said) throws IOException {
    return WeightsFile.read(file, said).model();
  }

  /**
   * Writes a safetensors file, atomically: the old file stays whole until the new one is complete.
   *
   * @throws IOException if it cannot be written
   */
  public void save(Path file) throws IOException {
    new ModelFile(this).write(file);
  }

  /** As {@link #load(Path)}, from the bytes of a safetensors file, for example those of {@link #toBytes}. */
  public static Model fromBytes(byte[] file) throws IOException {
    return ModelFile.read(file, "the bytes of a model").model();
  }

  /** The bytes of the file that {@link #save} writes: how a model travels to another process, or into a table. */
  public byte[] toBytes() {
    return new ModelFile(this).toBytes();
  }

  /** An independent copy, frozen layers, class names, metadata and what it has seen included. */
  public Model copy() {
    Map<String, Parameter> copies = new LinkedHashMap<>();
    parameters.forEach((name, parameter) -> copies.put(name, parameter.copy()));
    Model copy = new Model(input, layers, outputs, copies);
    copy.frozen.addAll(frozen);
    copy.metadata.putAll(metadata);
    copy.normalization = normalization;
    copy.classNames = classNames;
    copy.sureFrom = sureFrom;
    copy.blankClass = blankClass;
    copy.seen = seen;
    return copy;
  }

  /** Shape of one input image. */
  public Shape input() {
    return input;
  }

  /** The layers, in the order of the forward pass. */
  public List<LayerSpec> layers() {
    return layers;
  }

  /** Shape of the output of layer {@code index} for one sample. */
  public Shape outputShape(int index) {
    return outputs.get(index);
  }

  /** Number of outputs of the last layer: classes, or values for regression. */
  public int outputSize() {
    return outputs.get(outputs.size() - 1).size();
  }

  /** Name of the last layer, whose outputs are the classes. */
  public String head() {
    return layers.get(layers.size() - 1).name();
  }

  /**
   * Gives the model a new last layer with any number of outputs, not frozen: classes, or values for regression. Its weights are Xavier's,
   * its biases zero, except those of outputs that stay, which also keep their class names; the others are named by their numbers, or all
   * are, where one would have the name of another.
   *
   * @param outputs number of outputs
   * @param seed    the seed of the new weights
   * @param from    for output i, {@code from[i]} is the old output whose weights and bias it keeps, or -1 for new ones; outputs beyond
   *                the list are new
   * @return this
   * @throws IllegalArgumentException if there is no such old output, more are kept than there are outputs, or there are too many
   */
  public Model replaceHead(int outputs, long seed, int... from) {
    List<LayerSpec> changed = ModelChange.withHead(layers, outputs);
    LayerChecks.shapes(input, changed); // throws before anything of that size is made
    List<Parameter> fresh = ModelChange.head(this, outputs, seed, from);
    classNames = ModelChange.classNames(classNames, outputs, from);
    arrange(changed);
    fresh.forEach(parameter -> parameters.put(parameter.name(), parameter));
    frozen.remove(head());
    sureFrom = null;
    blankClass = false;
    return this;
  }

  /**
   * Adds outputs behind those that are there and stay as they are: {@link #replaceHead} that keeps every row.
   *
   * @throws IllegalArgumentException if there would be fewer outputs than now
   */
  public Model growHead(int outputs, long seed) {
    return replaceHead(outputs, seed, IntStream.range(0, outputSize()).toArray());
  }

  /**
   * Puts dropout before every linear layer that follows another, in place of any that is there. It has no parameters.
   *
   * @param rate probability of zero, in [0, 1); 0 takes dropout away
   * @return this
   */
  public Model dropout(float rate) {
    arrange(ModelChange.withDropout(layers, rate));
    return this;
  }

  private void arrange(List<LayerSpec> changed) {
    outputs = LayerChecks.shapes(input, changed); // throws before anything is changed
    layers = List.copyOf(changed);
  }

  /** SHA-256, hexadecimal, of the file that {@link #save} would write. */
  public String sha256() {
    return new ModelFile(this).sha256();
  }

  /** All parameters, in layer order, weight before bias. */
  public List<Parameter> parameters() {
    return List.copyOf(parameters.values());
  }

  /**
   * The parameters of one layer, weight before bias.
   *
   * @throws IllegalArgumentException if there is no such layer, or it has none; the message lists the valid ones
   */
  public List<Parameter> parameters(String layer) {
    List<Parameter> found = parameters.values().stream().filter(parameter -> parameter.layer().equals(layer)).toList();
    if (found.isEmpty()) {
      throw new IllegalArgumentException("unknown layer '" + layer + "'; layers with parameters are " + String.join(", ", trainable())
          + Words.didYouMean(layer, trainable()));
    }
    return found;
  }

  /**
   * One parameter.
   *
   * @throws IllegalArgumentException if there is none of that name; the message lists the valid ones
   */
  public Parameter parameter(String name) {
    Parameter parameter = parameters.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException("unknown parameter '" + name + "'; this model has " + String.join(", ", parameters.keySet())
          + Words.didYouMean(name, parameters.keySet()));
    }
    return parameter;
  }

  /** Names of the layers that have parameters, first to last, frozen or not. */
  public List<String> trainable() {
    return parameters.values().stream().map(Parameter::layer).distinct().toList();
  }

  /** Number of trainable and frozen values together; 61,706 for {@link LeNet5#create} with 10 classes. */
  public int parameterCount() {
    return parameters.values().stream().mapToInt(parameter -> parameter.values().length).sum();
  }

  /** How bytes become inputs; kept with the weights. {@link Normalization#NONE} until it is chosen. */
  public Normalization normalization() {
    return normalization == null ? Normalization.NONE : normalization;
  }

  /**
   * Whether the normalization was chosen: by {@link #normalization(Normalization)}, by training, or with values that were given. A model
   * with fresh parameters leaves it to whoever trains it.
   */
  public boolean isNormalizationChosen() {
    return normalization != null;
  }

  /** Sets how bytes become inputs; null leaves it to whoever trains the model. */
  public Model normalization(Normalization value) {
    normalization = value;
    return this;
  }

  /** Name of each output's class; {@code "0", "1", ...} where nobody named them. */
  public List<String> classNames() {
    return classNames;
  }

  /**
   * Names the classes, for example by {@link Splits#classNames}; kept with the weights.
   *
   * @param names one for each output
   * @return this
   * @throws IllegalArgumentException if there are more or fewer, or one is blank or not one line of text
   */
  public Model classNames(List<String> names) {
    if (names.size() != outputSize()) {
      throw new IllegalArgumentException("the model has " + outputSize() + " outputs, got " + names.size() + " class names");
    }
    for (String name : names) {
      if (name.isBlank() || name.chars().anyMatch(Character::isISOControl)) { // whoever prints it need not look again
        throw new IllegalArgumentException("a class cannot be named " + Json.quote(name) + "; a name is one line of text");
      }
    }
    classNames = List.copyOf(names);
    return this;
  }

  /**
   * For each output the value from which on an answer with that class is sure, {@code (outputs)}; a smaller one is likely to be no image of
   * any class. Null where it was not measured since the parameters changed: all answers are then taken for sure.
   */
  public float[] sureFrom() {
    return sureFrom == null ? null : sureFrom.clone();
  }

  /**
   * Sets from where on answers are sure, see {@link #sureFrom()}; kept with the weights. Training forgets it.
   *
   * @param values {@code (outputs)}, finite; null if it is not known
   * @return this
   * @throws IllegalArgumentException if there are more or fewer, or one is not finite
   */
  public Model sureFrom(float... values) {
    if (values != null && values.length != outputSize()) {
      throw new IllegalArgumentException("the model has " + outputSize() + " outputs, got " + values.length
          + " values from which it is sure");
    }
    for (int k = 0; values != null && k < values.length; k++) {
      if (!Float.isFinite(values[k])) {
        throw new IllegalArgumentException("output " + k + " cannot be sure from " + values[k] + " on; a finite number is wanted");
      }
    }
    sureFrom = values == null ? null : values.clone();
    return this;
  }

  /** Whether empty images, all zero, are of a class of their own; else they are no image of any class. Kept with the weights. */
  public boolean hasBlankClass() {
    return blankClass;
  }

  /** Sets whether empty images are of a class of their own. */
  public Model blankClass(boolean value) {
    blankClass = value;
    return this;
  }

  /** What it was trained on; kept with the weights. A {@link org.lenet4j.Trainer} adds its data. */
  public Seen seen() {
    return seen;
  }

  /** Says what it was trained on. */
  public Model seen(Seen value) {
    seen = Objects.requireNonNull(value, "seen");
    return this;
  }

  /** Free-form notes that {@link #save} keeps with the weights; mutable. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** Names of the frozen layers. */
  public Set<String> frozen() {
    return Set.copyOf(frozen);
  }

  /**
   * Freezes layers: no gradient, no optimizer state, no weight decay.
   *
   * @throws IllegalArgumentException if a name is unknown or has no parameters; the message lists the valid ones
   */
  public Model freeze(String... names) {
    List.of(names).forEach(this::parameters); // throws before anything is changed
    frozen.addAll(List.of(names));
    return this;
  }

  /** The opposite of {@link #freeze}. */
  public Model unfreeze(String... names) {
    List.of(names).forEach(this::parameters);
    List.of(names).forEach(frozen::remove);
    return this;
  }

  /** What the network is made of, line by line: each layer with its output for one image and how many parameters it has. */
  public String summary() {
    return Summary.of(this);
  }

  @Override public String toString() {
    return input + " to " + outputSize() + (outputSize() == 1 ? " output, " : " outputs, ") + parameterCount() + " parameters: "
        + String.join(", ", layers.stream().map(LayerSpec::name).toList());
  }
}
