package org.lenet4j.backend.cpu;

/** What one worker walks a chunk through: every layer's output and the gradient of what it was before its activation. */
final class Scratch {
  final int worker;
  final float[] memory; // as the network's plan says
  final byte[] bytes; // a chunk's images
  final float[] pixels; // one augmented image
  final double[] exponentials; // (K), of one sample's logits
  final float[] lossOfLane = new float[Kernels.LANES];
  final int[] sample = new int[Kernels.LANES]; // index in the data set

  int chunk; // place in buffers that keep something of every chunk
  int count; // samples in the chunk; the lanes above are zero
  int epoch;
  int correct;
  double lossSum;

  Scratch(int worker, MemoryPlan plan, int pixels, int outputs) {
    this.worker = worker;
    memory = plan.allocate();
    bytes = new byte[Kernels.LANES * pixels];
    this.pixels = new float[pixels];
    exponentials = new double[outputs];
  }
}
