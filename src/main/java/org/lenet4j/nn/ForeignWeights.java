package org.lenet4j.nn;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.lenet4j.file.Json;
import org.lenet4j.file.Safetensors;

/**
 * Weights of others, brought to the names and shapes of our layers where that is certain: prefixes that all names share are taken off, and
 * layers of other names are found by the shapes of their weights, which fit in one order only.
 *
 * @param content      the tensors by our names; the notes as they were
 * @param architecture the layers
 * @param remarks      what was changed, each one line
 */
record ForeignWeights(Safetensors content, Architecture architecture, List<String> remarks) {
  private static final int MOST_LISTED = 10;
  private static final Pattern BATCH_NORM =
      Pattern.compile("(running_mean|running_var|num_batches_tracked|moving_mean|moving_variance)(:0)?$");

  /** Weight and bias of one layer, under a name that need not be one of ours. */
  private record Pair(String name, Safetensors.Tensor weight, Safetensors.Tensor bias) {}

  /**
   * Brings weights to our names.
   *
   * @param assumed what shapes do not tell
   * @throws IOException if they are not those of a net as LeNet-5 is; the message does not name the file
   */
  static ForeignWeights of(Safetensors file, Assumptions assumed) throws IOException {
    List<String> remarks = new ArrayList<>();
    Map<String, Safetensors.Tensor> tensors = withoutPrefix(withoutCounter(file.tensors(), remarks), remarks);
    String unfit = batchNorm(tensors);
    List<Pair> pairs = unfit == null ? pairs(tensors) : null;
    if (pairs != null) {
      try {
        LayerChain chain = LayerChain.of(pairs.stream().map(pair -> pair.weight.shape()).toList(), assumed);
        return taken(file, pairs, chain, remarks);
      } catch (LayerChain.NoChainException e) {
        unfit = transposed(pairs) != null ? transposed(pairs) : e.getMessage();
      }
    }
    Architecture leNet5 = leNet5(tensors);
    boolean alike = tensors.keySet().stream().anyMatch(leNet5.parameterShapes()::containsKey); // else the names as they are tell more
    throw new IOException(ParameterFaults.of(leNet5, alike ? new Safetensors(file.metadata(), tensors) : file, unfit));
  }

  private static ForeignWeights taken(Safetensors file, List<Pair> pairs, LayerChain chain, List<String> remarks) {
    Architecture architecture = new Architecture(LeNet5.INPUT, chain.layers());
    Map<String, Safetensors.Tensor> renamed = new LinkedHashMap<>();
    List<String> theirs = new ArrayList<>();
    List<String> ours = chain.layers().stream().filter(layer -> !layer.parameters().isEmpty()).map(LayerSpec::name).toList();
    for (int i = 0; i < ours.size(); i++) {
      Pair pair = pairs.get(chain.order().get(i));
      theirs.add(pair.name);
      List<Integer> shape = architecture.parameterShapes().get(ours.get(i) + ".weight"); // of a convolution taken for linear: (out, in)
      renamed.put(ours.get(i) + ".weight", new Safetensors.Tensor(shape, pair.weight.values(), pair.weight.type()));
      renamed.put(ours.get(i) + ".bias", pair.bias);
    }
    if (!theirs.equals(ours)) {
      remarks.add("its layers " + theirs.stream().map(Json::quote).collect(Collectors.joining(", ")) + " are taken for "
          + String.join(", ", ours) + " by their shapes");
    }
    if (!chain.isLeNet5()) {
      remarks.add("it is not LeNet-5; taken for " + chain.describe() + ", with a pooling of 2x2 behind each convolution");
    }
    return new ForeignWeights(new Safetensors(file.metadata(), renamed), architecture, remarks);
  }

  /** {@code torch.optim.swa_utils.AveragedModel} counts how many it averaged. */
  private static Map<String, Safetensors.Tensor> withoutCounter(Map<String, Safetensors.Tensor> tensors, List<String> remarks) {
    Map<String, Safetensors.Tensor> left = new LinkedHashMap<>(tensors);
    Safetensors.Tensor counter = tensors.get("n_averaged");
    if (counter != null && counter.values().length == 1) {
      left.remove("n_averaged");
      remarks.add("not read: 'n_averaged', a count of averaged models");
    }
    return left;
  }

  /** As torch.compile, DataParallel and modules that hold the network put before every name. */
  private static Map<String, Safetensors.Tensor> withoutPrefix(Map<String, Safetensors.Tensor> tensors, List<String> remarks) {
    String prefix = "";
    while (true) {
      int from = prefix.length();
      TreeSet<String> heads = new TreeSet<>();
      for (String name : tensors.keySet()) {
        int dot = name.indexOf('.', from);
        heads.add(dot < 0 || name.indexOf('.', dot + 1) < 0 ? "" : name.substring(from, dot + 1)); // layer and parameter must be left
      }
      if (heads.size() != 1 || heads.contains("")) {
        break;
      }
      prefix += heads.first();
    }
    if (prefix.isEmpty()) {
      return tensors;
    }
    remarks.add("the prefix " + Json.quote(prefix) + " of all names is left out");
    Map<String, Safetensors.Tensor> stripped = new LinkedHashMap<>();
    for (Map.Entry<String, Safetensors.Tensor> entry : tensors.entrySet()) {
      stripped.put(entry.getKey().substring(prefix.length()), entry.getValue());
    }
    return stripped;
  }

  private static String batchNorm(Map<String, Safetensors.Tensor> tensors) {
    List<String> layers = tensors.keySet().stream().filter(name -> BATCH_NORM.matcher(name).find())
        .map(name -> name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name).distinct().limit(MOST_LISTED).toList();
    return layers.isEmpty() ? null : "it has batch normalization (" + String.join(", ", layers.stream().map(Json::quote).toList())
        + "), which no layer here does: fold it into the convolutions before saving, in PyTorch with torch.nn.utils.fusion";
  }

  /** Each layer's two tensors, by their names, or if those are only numbered, by their order; null if they are not such pairs. */
  private static List<Pair> pairs(Map<String, Safetensors.Tensor> tensors) {
    Map<String, Safetensors.Tensor> weights = new LinkedHashMap<>();
    Map<String, Safetensors.Tensor> biases = new LinkedHashMap<>();
    boolean numbered = tensors.keySet().stream().allMatch(name -> name.matches("\\d{1,3}"));
    String last = "";
    for (Map.Entry<String, Safetensors.Tensor> entry : tensors.entrySet()) {
      String name = entry.getKey();
      boolean bias = entry.getValue().shape().size() == 1;
      int cut = Math.max(Math.max(name.lastIndexOf('.'), name.lastIndexOf('_')), name.lastIndexOf('/'));
      String layer = numbered ? bias ? last : name : name.substring(0, Math.max(0, cut));
      String end = name.substring(cut + 1).replace(":0", "").replace("kernel", "weight"); // Keras's names
      if (!numbered && (cut < 1 || !end.equals(bias ? "bias" : "weight"))
          || (bias ? biases : weights).put(layer, entry.getValue()) != null) {
        return null;
      }
      last = layer;
    }
    List<Pair> pairs = new ArrayList<>();
    weights.forEach((layer, weight) -> pairs.add(new Pair(layer, weight, biases.get(layer))));
    boolean fits = weights.keySet().equals(biases.keySet())
        && pairs.stream().allMatch(pair -> pair.weight.isReal() && pair.bias.isReal() && !pair.weight.shape().isEmpty()
            && pair.weight.shape().stream().allMatch(size -> size > 0)
            && (pair.weight.shape().size() == 2 || pair.weight.shape().size() == 4));
    return fits ? pairs : null;
  }

  /** Whether biases say that the weights are (in, out), as Keras and TensorFlow have them: their order of pixels is another, too. */
  private static String transposed(List<Pair> pairs) {
    for (Pair pair : pairs) {
      List<Integer> shape = pair.weight.shape();
      int outputs = pair.bias.shape().get(0);
      if (shape.get(0) != outputs && shape.get(shape.size() - 1) == outputs) {
        return "the weight of " + Json.quote(pair.name) + " is " + shape + " for " + outputs + " outputs: the outputs are its"
            + " last dimension, as in"
            + " Keras and TensorFlow; save it as PyTorch does, with the outputs first";
      }
    }
    return null;
  }

  /** LeNet-5 with as many classes as the last layer seems to have. */
  private static Architecture leNet5(Map<String, Safetensors.Tensor> tensors) {
    Safetensors.Tensor last = tensors.get("fc3.weight");
    boolean usable = last != null && last.shape().size() == 2 && last.shape().get(0) > 0;
    int classes = usable ? last.shape().get(0) : 10;
    Model tenClasses = LeNet5.create(10, 0);
    List<LayerSpec> layers = new ArrayList<>(tenClasses.layers());
    Linear head = (Linear) layers.remove(layers.size() - 1);
    layers.add(new Linear(head.name(), head.inFeatures(), classes, head.activation()));
    return new Architecture(tenClasses.input(), layers);
  }
}
