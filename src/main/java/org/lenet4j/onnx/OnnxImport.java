package org.lenet4j.onnx;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.data.Normalization;
import org.lenet4j.nn.Assumptions;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.ModelFile;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.nn.WeightsFile;
import org.lenet4j.onnx.proto.Onnx.ModelProto;

/** ONNX files as models: the graph is a chain of our layers, and of our own files the notes say the rest. */
final class OnnxImport {
  private OnnxImport() {}

  static WeightsFile decode(byte[] bytes, Assumptions said) throws IOException {
    ModelProto file;
    try {
      file = ModelProto.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IOException("it is not ONNX, or cut off or damaged: " + e.getMessage(), e);
    }
    OnnxChain chain = new OnnxChain(file.getGraph());
    Model model = chain.model();
    Map<String, String> notes = new LinkedHashMap<>();
    file.getMetadataPropsList().forEach(note -> notes.put(note.getKey(), note.getValue()));
    boolean ours = notes.containsKey("lenet4j.layers");
    if (said.activation() != null || said.pool() != null || said.imageSize() != null || ours && said.normalization() != null) {
      throw new IllegalArgumentException("the file says itself how its network computes");
    }
    if (ours) {
      return new WeightsFile(ours(notes, model), Assumptions.NONE, List.of());
    }
    Normalization assumed = said.normalization() == null ? Normalization.NONE : null;
    return new WeightsFile(model.normalization(assumed == null ? said.normalization() : assumed),
        new Assumptions(null, null, assumed, null), chain.remarks());
  }

  /** The model that the notes describe, with the values of the graph, which must be of the same layers. */
  private static Model ours(Map<String, String> notes, Model graph) throws IOException {
    Map<String, ModelFile.Tensor> tensors = new LinkedHashMap<>();
    List<LayerSpec> described = ModelFile.layers(notes);
    List<String> names = described.stream()
        .flatMap(layer -> layer.parameters().stream().map(p -> layer.name() + "." + p.suffix())).toList();
    List<LayerSpec> computed = described.stream().filter(layer -> !(layer instanceof Dropout)).toList();
    boolean same = computed.size() == graph.layers().size() && names.size() == graph.parameters().size();
    for (int i = 0; same && i < computed.size(); i++) {
      same = unnamed(computed.get(i)).equals(unnamed(graph.layers().get(i)));
    }
    if (!same) {
      throw new IOException("its notes describe other layers than its graph has");
    }
    for (int i = 0; i < names.size(); i++) {
      tensors.put(names.get(i), new ModelFile.Tensor(graph.parameters().get(i).shape(), graph.parameters().get(i).values()));
    }
    notes.remove("lenet4j.preprocessing");
    return ModelFile.of(notes, tensors).model();
  }

  private static LayerSpec unnamed(LayerSpec layer) {
    if (layer instanceof Conv2d c) {
      return new Conv2d("x", c.inChannels(), c.outChannels(), c.kernelSize(), c.padding(), c.activation());
    } else if (layer instanceof Linear l) {
      return new Linear("x", l.inFeatures(), l.outFeatures(), l.activation());
    }
    return layer instanceof Pool2d p ? new Pool2d("x", p.kind(), p.size()) : layer;
  }
}
