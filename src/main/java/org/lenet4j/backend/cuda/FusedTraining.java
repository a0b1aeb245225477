package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.backend.cuda.device.CudaDataset;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Launch;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.backend.cuda.layer.CudaInput;
import org.lenet4j.backend.cuda.layer.Edge;
import org.lenet4j.data.Augment;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * {@link FusedLeNet} and its gradients: with the update, a training step is three kernels. The first walks each sample from its bytes to
 * the gradient of conv2's output, the second sums the gradients of the parameters.
 */
final class FusedTraining extends FusedLeNet implements CudaTrainingPasses {
  private static final int GRADIENT_THREADS = 224;
  private static final int MOST_PARTS = 128; // blocks of convolution gradients; fixed, for the sums' order must not depend on the GPU
  private static final int OUTPUTS = 8; // of a linear layer in one block of gradients
  private static final int INPUTS = 200;

  private final Recipe recipe;
  private final long seed;
  private final CudaTrained trained;
  private final CudaSteps steps;
  private final CudaInput input; // of distorted images
  private final Edge distorted; // (batch, 1, 28, 28)
  private final Tensor samples; // (batch), ints
  private final Tensor[] saved; // struct Saved
  private final Parts parts;

  /** Allocates everything; {@code passes} are the steps of evaluation and inference. */
  FusedTraining(Model model, Recipe recipe, long seed, CudaHandles handles, Natives owner, CudaTrained parameters, CudaSteps steps,
      CudaSteps passes) {
    super(model, recipe.batchSize(), handles, owner, parameters, passes);
    this.recipe = recipe;
    this.seed = seed;
    this.steps = steps;
    trained = parameters;
    int batch = recipe.batchSize();
    Slab slab = new Slab("the activations of " + batch + " samples");
    saved = saved(slab, batch);
    samples = slab.reserve(4L * batch);
    distorted = new Edge(LeNet5.INPUT, slab.floats((long) batch * LeNet5.INPUT.size()), null);
    int length = parameters.offset("fc1.weight");
    int count = Math.min(batch, MOST_PARTS);
    parts = new Parts(slab.floats((long) count * length), count, length);
    slab.allocate(owner, batch);
    handles.stream.clear(parts.memory(), parts.memory().bytes()); // the gaps between parameters stay zero
    input = new CudaInput(handles, batch, distorted, samples, model.normalization(), steps);
  }

  private Tensor[] saved(Slab slab, long b) {
    return new Tensor[] {
      slab.floats(b * 1176), slab.reserve(b * 1176), // a1 (6, 14, 14) and its mask
      slab.floats(b * 400), slab.reserve(b * 400), // a2 (16, 5, 5) and its mask
      slab.floats(b * 120), slab.floats(b * 84), // h1, h2
      slab.floats(b * 120), slab.floats(b * 84), slab.floats(b * classes), // dz1, dz2, dz3
      slab.floats(b * 400)}; // da2
  }

  @Override public List<Operation> training(CudaDataset data, Tensor order, Augment augment, Tensor uniform, boolean last) {
    List<Operation> operations = new ArrayList<>();
    boolean plain = augment.isNone();
    if (!plain) {
      operations.addAll(input.distort(data.images(), order, uniform, augment, seed));
    }
    Tensor x = plain ? null : distorted.value();
    Tensor lanes = plain ? null : samples;
    operations.add(new Operation("walk", walk(saved, data.images(), x, lanes, order, steps, null, recipe.loss(), data, null, last)));
    int linear = linearBlocks(400, 120) + linearBlocks(120, 84) + linearBlocks(84, classes);
    operations.add(new Operation("gradients", new Launch(handles.kernels.function("lenet_gradients"),
        Launch.Grid.of(parts.count() + linear, GRADIENT_THREADS), handles.stream.handle(), net(), saved, linearGradients(), parts.memory(),
        parts.length(), parameters.offset("conv1.bias"), parameters.offset("conv2.weight"), parameters.offset("conv2.bias"), parts.count(),
        data.images(), x, lanes, order, steps.steps(), steps.progress(), classes, mean, std)));
    return operations;
  }

  private static int linearBlocks(int in, int out) {
    return (in + INPUTS - 1) / INPUTS * ((out + OUTPUTS - 1) / OUTPUTS);
  }

  private Tensor[] linearGradients() {
    Tensor[] gradients = new Tensor[6];
    int i = 0;
    for (String layer : List.of("fc1", "fc2", "fc3")) {
      gradients[i++] = trained.weights(layer).weightGradient();
      gradients[i++] = trained.weights(layer).biasGradient();
    }
    return gradients;
  }

  @Override public Parts parts() {
    return parts;
  }
}
