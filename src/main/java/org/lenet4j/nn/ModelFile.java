package org.lenet4j.nn;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Seen;
import org.lenet4j.data.Splits;
import org.lenet4j.file.FileKind;
import org.lenet4j.file.Json;
import org.lenet4j.file.Safetensors;
import org.lenet4j.file.TorchFile;

/**
 * Models as safetensors files. The tensors are the parameters, by PyTorch's names and in its layouts, and nothing else, so
 * {@code net.load_state_dict(safetensors.torch.load_file(f))} works. The metadata holds the rest:
 *
 * <table>
 * <caption>Metadata</caption>
 * <tr><td>{@code format}</td><td>{@code pt}, which tells Python's tools that these are PyTorch's layouts</td></tr>
 * <tr><td>{@code mean}, {@code std}</td><td>the {@link Normalization}, decimal</td></tr>
 * <tr><td>{@code lenet4j.version}</td><td>of this table: 1</td></tr>
 * <tr><td>{@code lenet4j.input}</td><td>JSON, {@code [channels,height,width]}</td></tr>
 * <tr><td>{@code lenet4j.layers}</td><td>JSON, the layer records in order</td></tr>
 * <tr><td>{@code lenet4j.frozen}</td><td>names of the frozen layers, comma-separated; absent if none</td></tr>
 * <tr><td>{@code lenet4j.classes}</td><td>JSON, {@link Model#classNames()}; absent if they are only the numbers</td></tr>
 * <tr><td>{@code lenet4j.sure_from}</td><td>JSON, {@link Model#sureFrom()}; absent if it is not known</td></tr>
 * <tr><td>{@code lenet4j.blank_class}</td><td>{@code true} if {@link Model#hasBlankClass()}, else absent</td></tr>
 * <tr><td>{@code lenet4j.seen}</td><td>{@link Seen#text()} of {@link Model#seen()}; absent if that is nothing or unknown</td></tr>
 * <tr><td>others</td><td>{@link Model#metadata()}; entries with a name of this table or starting with {@code lenet4j.} are not
 * kept</td></tr>
 * </table>
 *
 * <p>A file without {@code lenet4j.layers}, as PyTorch writes it, must hold the parameters of {@link LeNet5#create} for any number of
 * classes, or of a net that {@link WeightsFile} takes for one; without {@code mean} and {@code std} the inputs are
 * {@link Normalization#NONE}.
 *
 * <p>A training checkpoint is such a file with more: further notes under {@code lenet4j.}, an {@code epoch} among them, and further
 * tensors, whose names begin with {@code optimizer.}, {@code anchor.}, {@code start.} or
 * {@code best.}.
 *
 * @param model what the file is of; not copied
 * @param notes further notes, without {@code lenet4j.} before their names; empty for a file of weights
 * @param more  further tensors by their names; empty for a file of weights
 */
public record ModelFile(Model model, Map<String, String> notes, Map<String, Tensor> more) {
  private static final String OWN = "lenet4j.";
  private static final Set<String> KNOWN = Set.of("version", "input", "layers", "frozen", "classes", "sure_from", "blank_class", "seen");
  private static final String VERSION = "1";

  /**
   * A float32 tensor.
   *
   * @param shape  its dimensions
   * @param values row-major; not copied
   */
  public record Tensor(List<Integer> shape, float[] values) {
    @Override public String toString() {
      return "float32 " + shape;
    }
  }

  /** Copies the maps, in their order. */
  public ModelFile {
    notes = Collections.unmodifiableMap(new LinkedHashMap<>(notes));
    more = Collections.unmodifiableMap(new LinkedHashMap<>(more));
  }

  /** A file of weights. */
  public ModelFile(Model model) {
    this(model, Map.of(), Map.of());
  }

  /**
   * Reads a file of weights or a training checkpoint.
   *
   * @throws IOException if the file cannot be read, is broken or is not a model; the message names the file and the reason, and lists
   *                     missing, unexpected and mis-shaped parameters
   */
  public static ModelFile read(Path file) throws IOException {
    return of(safetensors(file), file.toString());
  }

  /** The content of a file. If it is none of safetensors, the message says what it is. */
  static Safetensors safetensors(Path file) throws IOException {
    try {
      return Safetensors.read(file);
    } catch (IOException e) {
      String kind = Files.isRegularFile(file) && Files.isReadable(file) ? kind(file) : null;
      throw kind == null ? e : new IOException(file + ": " + kind, e);
    }
  }

  private static String kind(Path file) throws IOException {
    byte[] head = FileKind.head(file);
    return TorchFile.isLike(head) ? "it is a file of PyTorch's torch.save; as weights it is read, not as a checkpoint"
        : FileKind.isOnnx(head) ? "it is a network in the ONNX format; org.lenet4j.onnx.OnnxFile.load reads it" : FileKind.of(file);
  }

  /**
   * Reads the bytes of a file, for example of a resource.
   *
   * @param source what error messages call it
   * @throws IOException as {@link #read(Path)}
   */
  public static ModelFile read(byte[] bytes, String source) throws IOException {
    return of(Safetensors.read(bytes, source), source);
  }

  /**
   * What metadata and tensors say that do not come from a safetensors file.
   *
   * @throws IOException as {@link #read(Path)}; the message names no file
   */
  public static ModelFile of(Map<String, String> metadata, Map<String, Tensor> tensors) throws IOException {
    Map<String, Safetensors.Tensor> content = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> content.put(name, new Safetensors.Tensor(tensor.shape, tensor.values)));
    return of(new Safetensors(metadata, content));
  }

  /**
   * The layers that metadata describes.
   *
   * @throws IOException if it describes none, or the description is broken
   */
  public static List<LayerSpec> layers(Map<String, String> metadata) throws IOException {
    return architecture(metadata).layers();
  }

  /** Whether this is a training checkpoint and not a file of weights alone. */
  public boolean isCheckpoint() {
    return notes.containsKey("epoch");
  }

  /**
   * Writes the file, atomically.
   *
   * @throws IOException if it cannot be written or a value is NaN or infinite; the old file then stays whole
   */
  public void write(Path file) throws IOException {
    content().write(file);
  }

  /**
   * The bytes of the file that {@link #write} would write.
   *
   * @throws IllegalStateException if a value is NaN or infinite, or names and notes are too long for a file
   */
  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    writeTo(bytes);
    return bytes.toByteArray();
  }

  /** SHA-256, hexadecimal, of the file that {@link #write} would write. */
  String sha256() {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      writeTo(new DigestOutputStream(OutputStream.nullOutputStream(), sha256));
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has SHA-256
    }
  }

  private void writeTo(OutputStream memory) {
    try {
      content().write(memory);
    } catch (IOException e) {
      throw new IllegalStateException("the model cannot be written: " + e.getMessage(), e);
    }
  }

  private Safetensors content() throws IOException {
    Map<String, String> metadata = metadata(model);
    notes.forEach((key, value) -> metadata.put(OWN + key, value));
    Map<String, Safetensors.Tensor> tensors = new LinkedHashMap<>();
    model.parameters().forEach(parameter -> tensors.put(parameter.name(), new Safetensors.Tensor(parameter.shape(), parameter.values())));
    more.forEach((name, tensor) -> tensors.put(name, new Safetensors.Tensor(tensor.shape, tensor.values)));
    return new Safetensors(metadata, tensors);
  }

  private static ModelFile of(Safetensors file, String source) throws IOException {
    try {
      return of(file);
    } catch (IOException e) {
      throw new IOException(source + ": " + e.getMessage(), e);
    }
  }

  /** The message of what it throws does not name the file. */
  static ModelFile of(Safetensors file) throws IOException {
    if (describesLayers(file)) {
      return of(file, architecture(file.metadata()));
    }
    ForeignWeights foreign = ForeignWeights.of(file, Assumptions.USUAL);
    return of(foreign.content(), foreign.architecture());
  }

  /** As above, of these layers. */
  static ModelFile of(Safetensors file, Architecture architecture) throws IOException {
    Map<String, String> metadata = file.metadata();
    String version = metadata.getOrDefault(OWN + "version", VERSION);
    if (!version.equals(VERSION)) {
      throw new IOException("its layout has version " + Json.quote(version) + ", this lenet4j reads " + VERSION + "; use a newer one");
    }
    checkParameters(architecture, file); // before anything of the described size is allocated
    Map<String, float[]> values = new HashMap<>();
    file.tensors().forEach((name, tensor) -> values.put(name, tensor.values()));
    Model model;
    try {
      model = new Model(architecture.input(), architecture.layers(), values);
    } catch (IllegalArgumentException e) { // of a network of others that is too large
      throw new IOException(e.getMessage(), e);
    }
    model.normalization(normalization(metadata));
    String frozen = metadata.get(OWN + "frozen");
    if (frozen != null) {
      try {
        model.freeze(frozen.split(","));
      } catch (IllegalArgumentException e) {
        throw new IOException("frozen: " + Json.quote(frozen) + " does not name layers with parameters of this model", e);
      }
    }
    if (metadata.containsKey(OWN + "classes")) {
      nameClasses(model, metadata.get(OWN + "classes"));
    }
    if (metadata.containsKey(OWN + "sure_from")) {
      sureFrom(model, metadata.get(OWN + "sure_from"));
    }
    model.blankClass("true".equals(metadata.get(OWN + "blank_class")));
    model.seen(seen(metadata, model));
    Map<String, String> notes = new LinkedHashMap<>();
    metadata.forEach((key, value) -> {
      if (key.startsWith(OWN) && !KNOWN.contains(key.substring(OWN.length()))) {
        notes.put(key.substring(OWN.length()), value);
      } else if (!reserved(key)) {
        model.metadata().put(key, value);
      }
    });
    Map<String, Tensor> more = new LinkedHashMap<>();
    file.tensors().forEach((name, tensor) -> {
      if (!architecture.parameterShapes().containsKey(name)) {
        more.put(name, new Tensor(tensor.shape(), tensor.values()));
      }
    });
    return new ModelFile(model, notes, more);
  }

  /** Whether the file says of which layers it is, as ours do. */
  static boolean describesLayers(Safetensors file) {
    return file.metadata().containsKey(OWN + "layers") || file.metadata().containsKey(OWN + "input");
  }

  /** What a file says of its network, in those words that others leave to assumptions. */
  static Assumptions says(Safetensors file) throws IOException {
    Normalization normalization = file.metadata().containsKey("mean") || file.metadata().containsKey("std")
        ? normalization(file.metadata()) : null;
    if (!describesLayers(file)) {
      return new Assumptions(null, null, normalization, null);
    }
    Activation activation = Activation.NONE;
    Pool2d.Kind pool = Pool2d.Kind.MAX;
    for (LayerSpec layer : architecture(file.metadata()).layers()) {
      activation = layer instanceof Conv2d conv ? conv.activation() : activation;
      pool = layer instanceof Pool2d pooling ? pooling.kind() : pool;
    }
    return new Assumptions(activation, pool, normalization == null ? Normalization.NONE : normalization, LeNet5.INPUT.width());
  }

  private static Architecture architecture(Map<String, String> metadata) throws IOException {
    String layers = metadata.get(OWN + "layers");
    String input = metadata.get(OWN + "input");
    if (layers == null || input == null) {
      throw new IOException("the metadata has only one of " + OWN + "input and " + OWN + "layers");
    }
    try {
      return Architecture.parse(input, layers);
    } catch (IOException e) {
      throw new IOException("the description of the layers is broken: " + e.getMessage(), e);
    }
  }

  private static void checkParameters(Architecture architecture, Safetensors file) throws IOException {
    String faults = ParameterFaults.of(architecture, file, null);
    if (faults != null) {
      throw new IOException(faults);
    }
  }

  private static Normalization normalization(Map<String, String> notes) throws IOException {
    String mean = notes.get("mean");
    String std = notes.get("std");
    if (mean == null && std == null) {
      return notes.containsKey(OWN + "version") ? null : Normalization.NONE; // of our own files, those of fresh models lack it
    }
    if (mean == null || std == null) {
      throw new IOException("the metadata has only one of mean and std");
    }
    try {
      return new Normalization(Float.parseFloat(mean), Float.parseFloat(std));
    } catch (IllegalArgumentException e) { // not numbers, or not usable ones
      throw new IOException("mean " + Json.quote(mean) + " and std " + Json.quote(std) + " must be finite numbers, std above 0", e);
    }
  }

  private static void nameClasses(Model model, String json) throws IOException {
    try {
      if (!(Json.parse(json) instanceof List<?> names) || !names.stream().allMatch(String.class::isInstance)) {
        throw new IOException(Json.quote(json) + " is not a list of strings");
      }
      model.classNames(names.stream().map(String.class::cast).toList());
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException("the names of the classes are broken: " + e.getMessage(), e);
    }
  }

  private static void sureFrom(Model model, String json) throws IOException {
    try {
      if (!(Json.parse(json) instanceof List<?> values) || !values.stream().allMatch(Number.class::isInstance)) {
        throw new IOException(Json.quote(json) + " is not a list of numbers");
      }
      float[] sureFrom = new float[values.size()];
      for (int k = 0; k < sureFrom.length; k++) {
        sureFrom[k] = ((Number) values.get(k)).floatValue();
      }
      model.sureFrom(sureFrom);
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException("where it is sure is broken: " + e.getMessage(), e);
    }
  }

  private static Seen seen(Map<String, String> notes, Model model) throws IOException {
    String seen = notes.get(OWN + "seen");
    try {
      return seen != null ? Seen.parse(seen) : model.isNormalizationChosen() ? Seen.UNKNOWN : Seen.NOTHING; // a fresh model lacks both
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static boolean reserved(String key) {
    return key.equals("format") || key.equals("mean") || key.equals("std") || key.startsWith(OWN);
  }

  /**
   * The metadata of a model's file, in an order that depends on nothing else.
   *
   * @throws IOException if the layers cannot be described
   */
  public static Map<String, String> metadata(Model model) throws IOException {
    Architecture architecture = new Architecture(model.input(), model.layers());
    Map<String, String> notes = new LinkedHashMap<>();
    notes.put("format", "pt");
    if (model.isNormalizationChosen()) {
      notes.put("mean", Float.toString(model.normalization().mean()));
      notes.put("std", Float.toString(model.normalization().std()));
    }
    notes.put(OWN + "version", VERSION);
    notes.put(OWN + "input", architecture.inputJson());
    notes.put(OWN + "layers", architecture.layersJson());
    String frozen = model.layers().stream().map(LayerSpec::name).filter(model.frozen()::contains).collect(Collectors.joining(","));
    if (!frozen.isEmpty()) {
      notes.put(OWN + "frozen", frozen);
    }
    if (!model.classNames().equals(Splits.numberedNames(model.outputSize()))) {
      notes.put(OWN + "classes", Json.text(model.classNames()));
    }
    if (model.sureFrom() != null) {
      notes.put(OWN + "sure_from", Json.text(model.sureFrom()));
    }
    if (model.hasBlankClass()) {
      notes.put(OWN + "blank_class", "true");
    }
    if (!model.seen().isEmpty()) {
      notes.put(OWN + "seen", model.seen().text());
    }
    model.metadata().forEach((key, value) -> {
      if (!reserved(key)) {
        notes.put(key, Objects.requireNonNull(value, key));
      }
    });
    return notes;
  }
}
