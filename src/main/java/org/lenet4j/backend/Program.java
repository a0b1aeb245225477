package org.lenet4j.backend;

import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/**
 * A model compiled for one device and one batch size. It belongs to one thread at a time: a call while another thread's is under way
 * throws {@link IllegalStateException}, and so does every call after {@link #close}; closing twice is fine.
 */
public interface Program extends AutoCloseable {
  /**
   * Evaluates a data set, without dropout or augmentation.
   *
   * @param loss        what is summed
   * @param predictions {@code (data.size())}, receives the class with the largest output, or null if not wanted
   */
  Totals evaluate(Dataset data, Loss loss, int[] predictions);

  /**
   * The network's raw outputs.
   *
   * @param images {@code (count, channels, height, width)}, unsigned bytes
   * @param count  any number of images, 1 or more
   * @param logits {@code (count, outputs)}, receives the outputs
   */
  void forward(byte[] images, int count, float[] logits);

  /** Copies the parameters into {@code target}, a model of the same layers. */
  void read(Model target);

  /** Takes the parameters of {@code source}, a model of the same layers. */
  void write(Model source);

  /** Which kernels the device chose and why, or null if it was not left to choose. */
  default KernelChoice kernels() {
    return null;
  }

  /**
   * What the bits of its results depend on besides model, data and settings, for example {@code openblas vector}: on the same machine,
   * the same words mean the same bits.
   */
  String arithmetic();

  /** Frees what it holds. A call under way in another thread ends first; the next one throws. */
  @Override void close();
}
