package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.base.FlatParameters;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.backend.cuda.layer.Weights;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Recipe;

/** Parameters that are trained: beside them their gradients, the optimizer's state and the anchor, as flat as they are. */
final class CudaTrained extends CudaParameters {
  private final Anchor from; // or null
  final Tensor gradient; // (length)
  final List<Tensor> state; // (states) of (length), the average last
  final Tensor anchor; // (length); null without one
  final Tensor pull; // (length), strength times weight; null without an anchor

  CudaTrained(Model model, Recipe recipe, CudaStream stream, Slab slab) {
    super(new FlatParameters(model, recipe, ALIGNMENT), stream, slab);
    from = recipe.anchor();
    int length = flat.length();
    gradient = slab.floats(length);
    List<Tensor> state = new ArrayList<>();
    for (int i = 0; i < flat.states(); i++) {
      state.add(slab.floats(length));
    }
    this.state = List.copyOf(state);
    anchor = from == null ? null : slab.floats(length);
    pull = from == null ? null : slab.floats(length);
  }

  @Override void begin(Model model) {
    state.forEach(tensor -> stream.clear(tensor, tensor.bytes()));
    if (from != null) {
      stream.upload(anchor, 0, flat.anchorValues(from));
      stream.upload(pull, 0, flat.anchorPull(from));
    }
    super.begin(model);
  }

  @Override Weights weights(String layer) {
    boolean frozen = flat.range(layer + ".weight").frozen();
    return new Weights(weight(layer), bias(layer), frozen ? null : at(gradient, layer + ".weight"),
        frozen ? null : at(gradient, layer + ".bias"));
  }

  /** The moving average, or null. */
  Tensor average() {
    return flat.average() < 0 ? null : array(flat.average());
  }

  @Override Tensor array(int index) {
    return index == 0 ? theta : state.get(index - 1);
  }

  void readAverage(Model target) {
    flat.readAverage(this, target);
  }

  OptimizerState state(long step) {
    return flat.state(this, step);
  }

  void restore(OptimizerState saved) {
    flat.restore(this, saved);
  }
}
