package org.lenet4j.backend.cpu;

import java.util.List;

/** The arrays through which one worker walks a chunk: every layer's output and the gradient of what it was before its activation. */
final class Scratch {
  final int worker;
  final float[] input; // the images, laid out as the first layer reads them
  final float[][] y; // (layers): outputs
  final float[][] dz; // (layers): gradient before the layer's activation; null where none is wanted
  final float[] pixels; // one augmented image
  final float[] lossOfLane = new float[Kernels.LANES];
  final int[] sample = new int[Kernels.LANES]; // index in the data set

  int chunk; // place in buffers that keep something of every chunk
  int count; // samples in the chunk; the lanes above are zero
  int epoch;
  int correct;
  double lossSum;

  Scratch(int worker, Layout inputLayout, List<CpuLayer> layers, boolean training) {
    this.worker = worker;
    input = new float[inputLayout.length()];
    pixels = new float[inputLayout.shape().size()];
    y = new float[layers.size()][];
    dz = new float[layers.size()][];
    for (int i = 0; i < layers.size(); i++) {
      y[i] = new float[layers.get(i).out.length()];
      CpuLayer layer = layers.get(i);
      boolean inPlace = i + 1 < layers.size() && layers.get(i + 1) instanceof CpuPool2d pool && pool.backwardInPlace();
      dz[i] = !training || !layer.needsGradient ? null : inPlace ? y[i] : new float[layer.dOut.length()];
    }
  }
}
