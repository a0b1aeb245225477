package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.backend.cuda.device.CudaDataset;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.backend.cuda.layer.CudaInput;
import org.lenet4j.backend.cuda.layer.Edge;
import org.lenet4j.data.Augment;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** Any chain of layers, forward and backward. */
final class LayeredTraining extends LayeredPasses implements CudaTrainingPasses {
  private final Recipe recipe;
  private final long seed;
  private final CudaSteps steps;
  private final CudaInput input;

  /** Allocates everything; {@code passes} are the steps of evaluation and inference. */
  LayeredTraining(Model model, Recipe recipe, long seed, CudaHandles handles, Natives owner, CudaParameters parameters, CudaSteps steps,
      CudaSteps passes) {
    super(new CudaNetwork(model, recipe.batchSize(), seed, handles, owner, parameters, steps), model, recipe.batchSize(), handles, owner,
        passes);
    this.recipe = recipe;
    this.seed = seed;
    this.steps = steps;
    input = new CudaInput(handles, recipe.batchSize(), network.input(), network.samples(), model.normalization(), steps);
  }

  @Override public List<Operation> training(CudaDataset data, Tensor order, Augment augment, Tensor uniform, boolean last) {
    List<Operation> operations = new ArrayList<>();
    if (augment.isNone()) {
      operations.add(input.gather(data.images(), order));
    } else {
      operations.addAll(input.distort(data.images(), order, uniform, augment, seed));
    }
    operations.addAll(network.forward(true));
    Edge logits = network.logits();
    operations.add(loss.operation(recipe.loss(), logits, logits.gradient(), null, network.samples(), data, steps, last));
    operations.addAll(network.backward());
    return operations;
  }
}
