package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.backend.cuda.device.CudaDataset;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.backend.cuda.layer.CudaInput;
import org.lenet4j.backend.cuda.layer.CudaLoss;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/** Any chain of layers, one call after another. */
class LayeredPasses implements CudaPasses {
  final CudaNetwork network;
  final CudaLoss loss;
  private final CudaSteps passSteps;
  private final CudaInput passInput;

  /** Allocates everything to evaluate and predict. */
  LayeredPasses(Model model, int batch, CudaHandles handles, Natives owner, CudaParameters parameters, CudaSteps steps) {
    this(new CudaNetwork(model, batch, handles, owner, parameters, steps), model, batch, handles, owner, steps);
  }

  LayeredPasses(CudaNetwork network, Model model, int batch, CudaHandles handles, Natives owner, CudaSteps passSteps) {
    this.network = network;
    this.passSteps = passSteps;
    passInput = new CudaInput(handles, batch, network.input(), network.samples(), model.normalization(), passSteps);
    Slab slab = new Slab("the losses of " + batch + " samples");
    loss = new CudaLoss(handles, slab, batch, model.outputSize());
    slab.allocate(owner, batch);
  }

  @Override public List<Operation> evaluation(CudaDataset data, Loss loss, Tensor predicted) {
    List<Operation> operations = inference(data.images());
    operations.add(this.loss.operation(loss, network.logits(), null, predicted, network.samples(), data, passSteps, true));
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
}
