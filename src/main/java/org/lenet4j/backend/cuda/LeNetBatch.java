package org.lenet4j.backend.cuda;

import org.lenet4j.backend.cuda.device.CudaDataset;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Launch;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.backend.cuda.layer.CudaLoss;
import org.lenet4j.nn.Loss;

/**
 * The launches of {@code native-config/kernels/lenet_batch.cu}: what {@code lenet_walk} does for one sample after the other, layer by layer
 * for many. Weights are read once for 32 samples, so large batches are bound by arithmetic; with few samples most of a GPU would be idle.
 */
final class LeNetBatch {
  /** Samples of a batch from which on these kernels are taken; by the model of docs/performance.md. */
  static final int LEAST = 1024;
  static final int CLASSIFIERS = 512; // threads of the classifier

  private static final int PAIR = 2; // samples of a block of features
  private static final int TOGETHER = 32; // of the classifier
  private static final int MOST_BLOCKS = 256; // of features
  private static final int LEAST_SHARE = 4; // samples of a part, at least
  private static final int MOST_PARTS = 512; // fixed, for the order of the sums must not depend on the GPU
  private static final int SLICE = 128; // samples of a slice, at least
  private static final int MOST_SLICES = 32; // fixed, as above
  private static final int TILES = 16; // of the gradients of fc1 and fc2
  private static final int TILE_CLASSES = 16; // classes of a tile of fc3's

  private final CudaHandles handles;
  private final int batch;
  private final int classes;
  private final Tensor[] net; // struct Parameters
  private final float scale; // of a pixel's byte, and
  private final float shift; // what is added

  /** Where the images of a step come from: {@code images (size, 28, 28)}, or those that were gathered; see {@code lenet.cu}. */
  record Images(Tensor images, Tensor x, Tensor samples, Tensor order) {}

  LeNetBatch(CudaHandles handles, int batch, int classes, Tensor[] net, float scale, float shift) {
    this.handles = handles;
    this.batch = batch;
    this.classes = classes;
    this.net = net;
    this.scale = scale;
    this.shift = shift;
  }

  static int parts(int batch) {
    return Math.min(MOST_PARTS, (batch + LEAST_SHARE - 1) / LEAST_SHARE);
  }

  static int slices(int batch) {
    return Math.min(MOST_SLICES, (batch + SLICE - 1) / SLICE);
  }

  /**
   * Both convolutions.
   *
   * @param features struct Features; all but {@code a2} null where nothing is trained
   */
  Launch features(Tensor[] features, Images from, CudaSteps steps) {
    int blocks = Math.min(MOST_BLOCKS, (batch + PAIR - 1) / PAIR);
    return new Launch(handles.kernels.function("lenet_features"), Launch.Grid.of(blocks, FusedLeNet.THREADS), handles.stream.handle(), net,
        features, from.images(), from.x(), from.samples(), from.order(), steps.steps(), steps.progress(), scale, shift);
  }

  /**
   * The linear layers and the loss.
   *
   * @param saved struct Saved, of which {@code a2} is read
   * @param da2   {@code (batch, 400)}, the gradient of {@code a2}; null where nothing is trained, and the step ends here if there is a loss
   * @param loss  with {@code data} null if only logits are wanted
   */
  Launch classifier(Tensor[] saved, Tensor da2, Images from, CudaSteps steps, Tensor logits, Loss loss, CudaDataset data, Tensor predicted,
      Tensor losses, Tensor corrects) {
    return new Launch(handles.kernels.function("lenet_classifier"), Launch.Grid.of((batch + TOGETHER - 1) / TOGETHER, CLASSIFIERS),
        handles.stream.handle(), net, saved, da2, from.samples(), from.order(), steps.steps(), steps.progress(), logits,
        loss == null ? 0 : CudaLoss.kind(loss), loss == null ? 0 : CudaLoss.smoothing(loss), data == null ? null : data.labels(),
        data == null ? null : data.targets(), predicted, loss == null ? null : losses, loss == null ? null : corrects, classes);
  }

  /** The gradients of the convolutions; {@code offsets} in each part, of conv1's bias and of conv2's weight and bias. */
  Launch featuresBackward(Tensor[] features, Tensor da2, Images from, CudaSteps steps, CudaTrainingPasses.Parts parts, int[] offsets) {
    return new Launch(handles.kernels.function("lenet_features_backward"), Launch.Grid.of(parts.count(), FusedLeNet.THREADS),
        handles.stream.handle(), net, features, da2, from.images(), from.x(), from.samples(), from.order(), steps.steps(),
        steps.progress(), scale, shift, parts.memory(), parts.length(), offsets[0], offsets[1], offsets[2]);
  }

  /** The gradients of the linear layers, and the sums of the losses; {@code offsets}: struct LinearOffsets. */
  Launch classifierGradients(Tensor[] saved, CudaSteps steps, CudaTrainingPasses.Parts parts, int[] offsets, int sliceLength,
      Tensor losses, Tensor corrects) {
    int share = (batch + parts.sliceCount() - 1) / parts.sliceCount();
    return new Launch(handles.kernels.function("lenet_classifier_gradients"),
        new Launch.Grid(TILES + (classes + TILE_CLASSES - 1) / TILE_CLASSES + 1, parts.sliceCount(), FusedLeNet.THREADS, 1),
        handles.stream.handle(), saved, offsets, parts.slices(), sliceLength, share, steps.steps(), steps.progress(), classes, losses,
        corrects);
  }
}
