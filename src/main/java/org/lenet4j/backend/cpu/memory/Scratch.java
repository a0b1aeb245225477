package org.lenet4j.backend.cpu.memory;

/** What one worker walks a chunk through: every layer's output and the gradient of what it was before its activation. */
public final class Scratch {
  public final int worker;
  public final float[] memory; // as the network's plan says
  public final int[] indices; // likewise
  final byte[] bytes; // a chunk's images
  final float[] pixels; // one augmented image
  public final double[] exponentials; // (K), of one sample's logits
  public final float[] lossOfLane = new float[Layout.LANES];
  public final int[] sample = new int[Layout.LANES]; // index in the data set
  final int[] place = new int[Layout.LANES]; // index in the order

  public int chunk; // place in buffers that keep something of every chunk
  public int count; // samples in the chunk; the lanes above are zero
  public int epoch;
  public int correct;
  public double lossSum;

  /** Memory of a plan's length, for images of {@code pixels} and as many logits as there are {@code outputs}. */
  public Scratch(int worker, MemoryPlan plan, int pixels, int outputs) {
    this.worker = worker;
    memory = plan.allocate();
    indices = plan.allocateIndices();
    bytes = new byte[Layout.LANES * pixels];
    this.pixels = new float[pixels];
    exponentials = new double[outputs];
  }
}
