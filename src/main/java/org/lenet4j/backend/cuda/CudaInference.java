package org.lenet4j.backend.cuda;

import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.nn.Model;

/** From images in the caller's memory to logits, up to a batch at a time. */
final class CudaInference {
  private final CudaStream stream;
  private final CudaSteps steps;
  private final Tensor logits; // (batch, outputs)
  private final int batch;
  private final int pixels;
  private final int outputs;
  private final Tensor images; // (batch, channels, height, width), bytes
  private final BytePointer pinnedImages; // the same
  private final BytePointer pinnedLogits; // (batch, outputs)
  private final CudaGraph graph;

  CudaInference(Model model, int batch, CudaStream stream, CudaPasses passes, CudaSteps steps, Natives owner, boolean eager) {
    this.stream = stream;
    this.steps = steps;
    logits = passes.logits();
    this.batch = batch;
    pixels = model.input().size();
    outputs = model.outputSize();
    Slab slab = new Slab("the images of " + batch + " samples");
    images = slab.reserve((long) batch * pixels);
    slab.allocate(owner, batch);
    pinnedImages = CudaStream.pinned(owner, (long) batch * pixels);
    pinnedLogits = CudaStream.pinned(owner, (long) batch * outputs * Float.BYTES);
    graph = new CudaGraph(stream.handle(), passes.inference(images), eager);
    owner.own(graph, graph::close);
  }

  int batch() {
    return batch;
  }

  CudaGraph graph() {
    return graph;
  }

  /** The logits of images {@code first .. first + count}, at most a batch. */
  void run(byte[] from, int first, int count, float[] to) {
    pinnedImages.position(0).put(from, first * pixels, count * pixels);
    stream.toDevice(images, pinnedImages, (long) count * pixels);
    steps.add(graph, 0, count, 0, 0, CudaSteps.Factors.NONE);
    steps.run(graph);
    stream.toHost(pinnedLogits, logits, (long) count * outputs * Float.BYTES);
    steps.restart(graph);
    pinnedLogits.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer().get(to, first * outputs, count * outputs);
  }
}
