package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.backend.TrainConfig;
import org.lenet4j.data.Augment;
import org.lenet4j.nn.BinaryCrossEntropy;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/**
 * The network of {@link LeNet5#create} in two kernels of ours, {@code native-config/kernels/lenet.cu}: with the update, a training step has
 * three. The first walks each sample from its bytes to the gradient of conv2's output, the second sums the gradients of the parameters.
 */
final class FusedLeNet implements CudaPasses {
  private static final int MOST_CLASSES = 64;
  private static final int THREADS = 128;
  private static final int GRADIENT_THREADS = 224;
  private static final int BLOCKS_PER_PROCESSOR = 2; // as many as fit with the registers that the walk takes
  private static final int MOST_PARTS = 128; // blocks of convolution gradients; fixed, for the sums' order must not depend on the GPU
  private static final int OUTPUTS = 8; // of a linear layer in one block of gradients
  private static final int INPUTS = 200;

  private final CudaHandles handles;
  private final CudaParameters parameters;
  private final TrainConfig config; // null for inference
  private final CudaSteps steps; // of training; null for inference
  private final CudaSteps passes;
  private final int batch;
  private final int classes;
  private final float mean;
  private final float std;
  private final CudaInput input; // of distorted images; null for inference
  private final Edge distorted; // (batch, 1, 28, 28)
  private final Tensor samples; // (batch), ints
  private final Tensor logits; // (batch, classes)
  private final Tensor losses; // (batch)
  private final Tensor corrects; // (batch), ints
  private final Tensor[] saved; // struct Saved; all null for inference
  private final Parts parts;

  /** Whether a model is that network, and all of it is trained; {@code config} is null for inference. */
  static boolean fits(Model model, TrainConfig config) {
    return model.outputSize() <= MOST_CLASSES && model.input().equals(LeNet5.INPUT) && (config == null || model.frozen().isEmpty())
        && model.layers().equals(LeNet5.create(model.outputSize(), 0).layers());
  }

  FusedLeNet(Model model, TrainConfig config, int batch, CudaHandles handles, Natives owner, CudaParameters parameters, CudaSteps steps,
      CudaSteps passes) {
    this.handles = handles;
    this.parameters = parameters;
    this.config = config;
    this.steps = steps;
    this.passes = passes;
    this.batch = batch;
    classes = model.outputSize();
    mean = model.normalization().mean();
    std = model.normalization().std();
    Slab slab = new Slab("the activations of " + batch + " samples");
    logits = slab.floats((long) batch * classes);
    losses = slab.floats(batch);
    corrects = slab.reserve(4L * batch);
    if (config == null) {
      saved = new Tensor[10];
      samples = null;
      distorted = null;
      parts = Parts.NONE;
    } else {
      saved = saved(slab);
      samples = slab.reserve(4L * batch);
      distorted = new Edge(LeNet5.INPUT, slab.floats((long) batch * LeNet5.INPUT.size()), null);
      int length = parameters.offset("fc1.weight");
      int count = Math.min(batch, MOST_PARTS);
      parts = new Parts(slab.floats((long) count * length), count, length);
    }
    slab.allocate(owner, batch);
    if (config != null) {
      handles.stream.clear(parts.memory(), parts.memory().bytes()); // the gaps between parameters stay zero
    }
    input = config == null ? null : new CudaInput(handles, batch, distorted, samples, model.normalization(), steps);
  }

  private Tensor[] saved(Slab slab) {
    long b = batch;
    return new Tensor[] {
      slab.floats(b * 1176), slab.reserve(b * 1176), // a1 (6, 14, 14) and its mask
      slab.floats(b * 400), slab.reserve(b * 400), // a2 (16, 5, 5) and its mask
      slab.floats(b * 120), slab.floats(b * 84), // h1, h2
      slab.floats(b * 120), slab.floats(b * 84), slab.floats(b * classes), // dz1, dz2, dz3
      slab.floats(b * 400)}; // da2
  }

  /** The struct Parameters: weight and bias of each layer. */
  private Tensor[] net() {
    Tensor[] net = new Tensor[10];
    int i = 0;
    for (String layer : List.of("conv1", "conv2", "fc1", "fc2", "fc3")) {
      net[i++] = parameters.weights(layer).weight();
      net[i++] = parameters.weights(layer).bias();
    }
    return net;
  }

  @Override public List<Operation> training(CudaDataset data, Tensor order, Augment augment, Tensor uniform, boolean last) {
    List<Operation> operations = new ArrayList<>();
    boolean plain = augment.isNone();
    if (!plain) {
      operations.addAll(input.distort(data.images(), order, uniform, augment, config.seed()));
    }
    Tensor x = plain ? null : distorted.value();
    Tensor lanes = plain ? null : samples;
    operations.add(new Operation("walk", walk(saved, data.images(), x, lanes, order, steps, null, config.loss(), data, null, last)));
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
      gradients[i++] = parameters.weights(layer).weightGradient();
      gradients[i++] = parameters.weights(layer).biasGradient();
    }
    return gradients;
  }

  @Override public List<Operation> evaluation(CudaDataset data, Loss loss, Tensor predicted) {
    Launch launch = walk(new Tensor[10], data.images(), null, null, null, passes, logits, loss, data, predicted, true);
    return List.of(new Operation("walk", launch));
  }

  @Override public List<Operation> inference(Tensor images) {
    return List.of(new Operation("walk", walk(new Tensor[10], images, null, null, null, passes, logits, null, null, null, false)));
  }

  /** One launch of {@code lenet_walk}; {@code loss} and {@code data} are null if only logits are wanted. */
  private Launch walk(Tensor[] saved, Tensor images, Tensor x, Tensor samples, Tensor order, CudaSteps steps, Tensor logits, Loss loss,
      CudaDataset data, Tensor predicted, boolean last) {
    int blocks = Math.min(batch, BLOCKS_PER_PROCESSOR * Cuda.multiprocessors());
    int kind = loss instanceof CrossEntropy ? 0 : loss instanceof BinaryCrossEntropy ? 1 : 2;
    float smoothing = loss instanceof CrossEntropy crossEntropy ? crossEntropy.labelSmoothing() : 0;
    return new Launch(handles.kernels.function("lenet_walk"), Launch.Grid.of(blocks, THREADS), handles.stream.handle(), net(), saved,
        images, x, samples, order, steps.steps(), steps.progress(), logits, kind, smoothing, data == null ? null : data.labels(),
        data == null ? null : data.targets(), predicted, loss == null ? null : losses, loss == null ? null : corrects, classes, mean, std,
        last ? 1 : 0);
  }

  @Override public Tensor logits() {
    return logits;
  }

  @Override public Parts parts() {
    return parts;
  }
}
