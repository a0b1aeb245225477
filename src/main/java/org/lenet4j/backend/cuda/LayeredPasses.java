package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.backend.TrainConfig;
import org.lenet4j.data.Augment;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/** Any chain of layers, one call after another. */
final class LayeredPasses implements CudaPasses {
  private final TrainConfig config; // null for inference
  private final CudaNetwork network;
  private final CudaSteps steps; // of training
  private final CudaSteps passes; // of evaluation and inference
  private final CudaInput input;
  private final CudaInput passInput;
  private final CudaLoss loss;

  /** Allocates everything; {@code steps} and {@code config} are null for inference. */
  LayeredPasses(Model model, TrainConfig config, int batch, CudaHandles handles, Natives owner, CudaParameters parameters, CudaSteps steps,
      CudaSteps passes) {
    this.config = config;
    this.steps = steps;
    this.passes = passes;
    network = new CudaNetwork(model, config, batch, handles, owner, parameters, config == null ? passes : steps);
    input = new CudaInput(handles, batch, network.input(), network.samples(), model.normalization(), steps);
    passInput = new CudaInput(handles, batch, network.input(), network.samples(), model.normalization(), passes);
    Slab slab = new Slab("the losses of " + batch + " samples");
    loss = new CudaLoss(handles, slab, batch, model.outputSize());
    slab.allocate(owner, batch);
  }

  @Override public List<Operation> training(CudaDataset data, Tensor order, Augment augment, Tensor uniform, boolean last) {
    List<Operation> operations = new ArrayList<>();
    if (augment.isNone()) {
      operations.add(input.gather(data.images(), order));
    } else {
      operations.addAll(input.distort(data.images(), order, uniform, augment, config.seed()));
    }
    operations.addAll(network.forward(true));
    Edge logits = network.logits();
    operations.add(loss.operation(config.loss(), logits, logits.gradient(), null, network.samples(), data, steps, last));
    operations.addAll(network.backward());
    return operations;
  }

  @Override public List<Operation> evaluation(CudaDataset data, Loss loss, Tensor predicted) {
    List<Operation> operations = inference(data.images());
    operations.add(this.loss.operation(loss, network.logits(), null, predicted, network.samples(), data, passes, true));
    return operations;
  }

  @Override public List<Operation> inference(Tensor images) {
    List<Operation> operations = new ArrayList<>();
    operations.add(passInput.gather(images, null));
    operations.addAll(network.forward(false));
    return operations;
  }

  @Override public Tensor logits() {
    return network.logits().value();
  }

  @Override public Parts parts() {
    return Parts.NONE;
  }
}
