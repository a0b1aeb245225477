package org.lenet4j.backend.cuda;

import org.lenet4j.backend.base.FlatParameters;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.backend.cuda.layer.Weights;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** All parameters of a model in one flat buffer on the device. */
class CudaParameters extends FlatParameters {
  static final int ALIGNMENT = 64; // floats: each parameter starts where a vectorised kernel can take it

  final CudaStream stream;
  final Tensor theta; // (length)

  /** For inference. */
  CudaParameters(Model model, CudaStream stream, Slab slab) {
    super(model, ALIGNMENT);
    this.stream = stream;
    theta = slab.floats(length());
  }

  /** For training. */
  CudaParameters(Model model, Recipe recipe, CudaStream stream, Slab slab) {
    super(model, recipe, ALIGNMENT);
    this.stream = stream;
    theta = slab.floats(length());
  }

  /** Fills the memory, once it is there. */
  void begin(Model model) {
    write(model);
  }

  final Tensor weight(String layer) {
    return at(theta, layer + ".weight");
  }

  final Tensor bias(String layer) {
    return at(theta, layer + ".bias");
  }

  final Tensor at(Tensor array, String parameter) {
    return array.at((long) Float.BYTES * offset(parameter));
  }

  /** Where a parameter begins in the flat buffers. */
  final int offset(String parameter) {
    return range(parameter).from();
  }

  /** The parameters of a layer; their gradients are null where it is not trained. */
  Weights weights(String layer) {
    return new Weights(weight(layer), bias(layer), null, null);
  }

  /** The array of the parameters themselves, which is all that inference has. */
  Tensor array(int index) {
    return theta;
  }

  @Override protected final void read(int array, int from, float[] to) {
    stream.download(array(array), from, to);
  }

  @Override protected final void write(int array, int to, float[] values) {
    stream.upload(array(array), to, values);
  }
}
