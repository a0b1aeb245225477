package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.backend.cuda.layer.Weights;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Recipe;

/** Parameters that are trained: beside them their gradients, the optimizer's state and the anchor, as flat as they are. */
final class CudaTrained extends CudaParameters {
  private final Anchor source; // or null
  final Tensor gradient; // (length)
  final List<Tensor> state; // (states) of (length), the average last
  final Tensor anchor; // (length); null without one
  final Tensor pull; // (length), strength times weight; null without an anchor

  CudaTrained(Model model, Recipe recipe, CudaStream stream, Slab slab) {
    super(model, recipe, stream, slab);
    source = recipe.anchor();
    int length = length();
    gradient = slab.floats(length);
    List<Tensor> state = new ArrayList<>();
    for (int i = 0; i < states(); i++) {
      state.add(slab.floats(length));
    }
    this.state = List.copyOf(state);
    anchor = source == null ? null : slab.floats(length);
    pull = source == null ? null : slab.floats(length);
  }

  @Override void begin(Model model) {
    state.forEach(tensor -> stream.clear(tensor, tensor.bytes()));
    if (source != null) {
      stream.upload(anchor, 0, anchorValues(source));
      stream.upload(pull, 0, anchorPull(source));
    }
    super.begin(model);
  }

  @Override Weights weights(String layer) {
    boolean frozen = range(layer + ".weight").frozen();
    return new Weights(weight(layer), bias(layer), frozen ? null : at(gradient, layer + ".weight"),
        frozen ? null : at(gradient, layer + ".bias"));
  }

  /** The moving average, or null. */
  Tensor average() {
    return averageIndex() < 0 ? null : array(averageIndex());
  }

  @Override Tensor array(int index) {
    return index == 0 ? theta : state.get(index - 1);
  }
}
