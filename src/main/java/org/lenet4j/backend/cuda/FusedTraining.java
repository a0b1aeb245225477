package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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
 * the gradients of the convolutions, the second sums the gradients of the linear layers, the third sums what the blocks left and updates.
 * A large batch takes five: both convolutions, the linear layers and the loss, the gradients of either, the update.
 */
final class FusedTraining extends FusedLeNet implements CudaTrainingPasses {
  static final String FIRST_LINEAR = "fc1.weight"; // before it lie the convolutions

  private static final int TILE_OUT = 40; // of a linear layer's gradient in one block
  private static final int TILE_IN = 80;
  private static final int SHARE = 16; // samples of a slice of those gradients, at least
  private static final int MOST_SLICES = 16; // fixed, for the sums' order must not depend on the GPU

  private final Recipe recipe;
  private final long seed;
  private final CudaTrained trained;
  private final CudaSteps steps;
  private final CudaInput input; // of distorted images
  private final Edge distorted; // (batch, 1, 28, 28)
  private final Tensor samples; // (batch), ints
  private final Tensor[] saved; // struct Saved
  private final Tensor[] features; // struct Features, of a large batch
  private final Tensor da2; // (batch, 400), likewise
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
    int length = parameters.offset(FIRST_LINEAR);
    boolean large = many != null;
    int count = large ? LeNetBatch.parts(batch) : blocks;
    int slices = large ? LeNetBatch.slices(batch) : Math.max(1, Math.min(MOST_SLICES, batch / SHARE));
    parts = new Parts(slab.floats((long) count * length), count, length, slab.floats((long) slices * (parameters.length() - length)),
        slices);
    features = large ? features(slab, batch) : null;
    da2 = large ? slab.floats((long) batch * 400) : null;
    slab.allocate(owner, batch);
    input = new CudaInput(handles, batch, distorted, samples, model.normalization(), steps);
  }

  private Tensor[] saved(Slab slab, long b) {
    return new Tensor[] {
      slab.floats(b * 400), slab.floats(b * 120), slab.floats(b * 84), // a2, h1, h2
      slab.floats(b * 120), slab.floats(b * 84), slab.floats(b * classes)}; // dz1, dz2, dz3
  }

  private Tensor[] features(Slab slab, long b) {
    return new Tensor[] {slab.floats(b * 1176), slab.reserve(b * 196 * Integer.BYTES), saved[0], slab.reserve(b * 400)}; // a1, a2 and masks
  }

  @Override public List<Operation> training(CudaDataset data, Tensor order, Augment augment, Tensor uniform, boolean last) {
    assert !last : "with frozen layers the other kernels are taken";
    List<Operation> operations = new ArrayList<>();
    boolean plain = augment.isNone();
    if (!plain) {
      operations.addAll(input.distort(data.images(), order, uniform, augment, seed));
    }
    Tensor x = plain ? null : distorted.value();
    Tensor lanes = plain ? null : samples;
    int[] offsets = {trained.offset("conv1.bias"), trained.offset("conv2.weight"), trained.offset("conv2.bias")};
    int sliceLength = trained.length() - parts.length();
    LeNetBatch.Images from = new LeNetBatch.Images(data.images(), x, lanes, order);
    if (many != null) {
      operations.add(new Operation("features", many.features(features, from, steps)));
      operations.add(new Operation("classifier",
          many.classifier(saved, da2, from, steps, null, recipe.loss(), data, null, losses, corrects)));
      operations.add(new Operation("features backward", many.featuresBackward(features, da2, from, steps, parts, offsets)));
      operations.add(new Operation("gradients",
          many.classifierGradients(saved, steps, parts, linearOffsets(), sliceLength, losses, corrects)));
      return operations;
    }
    operations.add(new Operation("walk", walk(saved, from, steps, null, recipe.loss(), data, null, parts, offsets)));
    int share = (recipe.batchSize() + parts.sliceCount() - 1) / parts.sliceCount();
    operations.add(new Operation("gradients", new Launch(handles.kernels.function("lenet_gradients"),
        new Launch.Grid(tiles(400, 120) + tiles(120, 84) + tiles(84, classes) + 1, parts.sliceCount(), THREADS, 1),
        handles.stream.handle(), saved, linearOffsets(), parts.slices(), sliceLength, share, steps.steps(), steps.progress(), classes,
        losses, corrects)));
    return operations;
  }

  private static int tiles(int in, int out) {
    return (in + TILE_IN - 1) / TILE_IN * ((out + TILE_OUT - 1) / TILE_OUT);
  }

  /** Where in a slice each gradient lies. */
  private int[] linearOffsets() {
    return Stream.of("fc1", "fc2", "fc3").flatMap(layer -> Stream.of(layer + ".weight", layer + ".bias"))
        .mapToInt(parameter -> trained.offset(parameter) - parts.length()).toArray();
  }

  @Override public Parts parts() {
    return parts;
  }
}
