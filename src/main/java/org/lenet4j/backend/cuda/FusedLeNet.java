package org.lenet4j.backend.cuda;

import java.util.List;
import org.lenet4j.backend.cuda.device.CudaDataset;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Launch;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.backend.cuda.layer.CudaLoss;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/**
 * The network of {@link LeNet5#create} in kernels of ours: one that walks each sample, {@code native-config/kernels/lenet.cu}, or those of
 * {@link LeNetBatch} from {@link LeNetBatch#LEAST} samples a batch on.
 */
class FusedLeNet implements CudaPasses {
  private static final int MOST_CLASSES = 64;
  static final int THREADS = 256;
  /** Two for each multiprocessor of the largest GPUs; fixed, for the order of the sums must not depend on the GPU. */
  private static final int MOST_BLOCKS = 256;
  private static final Tensor[] NOT_SAVED = new Tensor[6]; // struct Saved
  private static final int[] NO_OFFSETS = new int[3];

  final CudaHandles handles;
  final CudaParameters parameters;
  final int classes;
  final LeNetBatch many; // null where each sample is walked
  private final float scale; // of a pixel's byte, and
  private final float shift; // what is added
  private final CudaSteps passes;
  final int blocks; // of a walk
  private final Tensor logits; // (batch, classes)
  final Tensor losses; // (batch)
  final Tensor corrects; // (batch), ints
  private final Tensor a2; // (batch, 400), of `many`

  /**
   * Whether a model is that network.
   *
   * @param training whether it is to be trained, and all of it
   */
  static boolean fits(Model model, boolean training) {
    return model.outputSize() <= MOST_CLASSES && model.input().equals(LeNet5.INPUT) && (!training || model.frozen().isEmpty())
        && model.layers().equals(LeNet5.create(model.outputSize(), 0).layers());
  }

  FusedLeNet(Model model, int batch, CudaHandles handles, Natives owner, CudaParameters parameters, CudaSteps passes) {
    this.handles = handles;
    this.parameters = parameters;
    this.passes = passes;
    blocks = Math.min(batch, MOST_BLOCKS);
    classes = model.outputSize();
    double std = model.normalization().std();
    scale = (float) (1 / (255 * std));
    shift = (float) (-model.normalization().mean() / std);
    Slab slab = new Slab("the logits of " + batch + " samples");
    logits = slab.floats((long) batch * classes);
    losses = slab.floats(batch);
    corrects = slab.reserve(4L * batch);
    boolean large = batch >= LeNetBatch.LEAST;
    a2 = large ? slab.floats((long) batch * 400) : null;
    slab.allocate(owner, batch);
    many = large ? new LeNetBatch(handles, batch, classes, net(), scale, shift) : null;
  }

  /** The struct Parameters: weight and bias of each layer. */
  final Tensor[] net() {
    Tensor[] net = new Tensor[10];
    int i = 0;
    for (String layer : List.of("conv1", "conv2", "fc1", "fc2", "fc3")) {
      net[i++] = parameters.weight(layer);
      net[i++] = parameters.bias(layer);
    }
    return net;
  }

  @Override public final List<Operation> evaluation(CudaDataset data, Loss loss, Tensor predicted) {
    return passes(data.images(), loss, data, predicted);
  }

  @Override public final List<Operation> inference(Tensor images) {
    return passes(images, null, null, null);
  }

  private List<Operation> passes(Tensor images, Loss loss, CudaDataset data, Tensor predicted) {
    LeNetBatch.Images from = new LeNetBatch.Images(images, null, null, null);
    if (many == null) {
      return List.of(new Operation("walk", walk(NOT_SAVED, from, passes, logits, loss, data, predicted, CudaTrainingPasses.Parts.NONE,
          NO_OFFSETS)));
    }
    return List.of(
        new Operation("features", many.features(new Tensor[] {null, null, a2, null}, from, passes)),
        new Operation("classifier", many.classifier(new Tensor[] {a2, null, null, null, null, null}, null, from, passes, logits, loss, data,
            predicted, losses, corrects)));
  }

  /**
   * One launch of {@code lenet_walk}; a block has one sample at a time.
   *
   * @param loss    with {@code data} null if only logits are wanted
   * @param parts   where the gradients of the convolutions go; without them the step ends here if there is a loss
   * @param offsets in each part, of conv1's bias and of conv2's weight and bias
   */
  final Launch walk(Tensor[] saved, LeNetBatch.Images from, CudaSteps steps, Tensor logits, Loss loss, CudaDataset data, Tensor predicted,
      CudaTrainingPasses.Parts parts, int[] offsets) {
    int kind = loss == null ? 0 : CudaLoss.kind(loss);
    float smoothing = loss == null ? 0 : CudaLoss.smoothing(loss);
    return new Launch(handles.kernels.function("lenet_walk"), Launch.Grid.of(blocks, THREADS), handles.stream.handle(), net(), saved,
        from.images(), from.x(), from.samples(), from.order(), steps.steps(), steps.progress(), logits, kind, smoothing,
        data == null ? null : data.labels(), data == null ? null : data.targets(), predicted, loss == null ? null : losses,
        loss == null ? null : corrects, classes, scale, shift, parts.memory(), parts.length(), offsets[0], offsets[1], offsets[2]);
  }

  @Override public final Tensor logits() {
    return logits;
  }
}
