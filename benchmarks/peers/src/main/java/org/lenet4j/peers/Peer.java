package org.lenet4j.peers;

import java.nio.file.Path;

/**
 * LeNet-5 in somebody else's library: 61,706 parameters, softmax cross-entropy, Adam with learning rate 1e-3, float32.
 *
 * <p>A new one starts from the weights of {@link PlainLeNet} with seed 1, and its logits are held against that net's.
 * Each call gathers its own batch from the bytes, so that the peer may choose the buffer it likes best.
 */
interface Peer extends AutoCloseable {

  interface Maker {
    Peer create(Options options) throws Exception;
  }

  String name();

  /** The native library's version, not that of its Java binding. */
  String version();

  /** One Adam step on the images {@code order[from .. from + batch)}. */
  void train(Mnist data, int[] order, int from) throws Exception;

  /** One forward pass on the images {@code order[from .. from + batch)}; returns the logits, (batch, 10). */
  float[] infer(Mnist data, int[] order, int from) throws Exception;

  /** Writes the weights in the library's own format; {@code out} is a file or the folder of several. */
  void save(Path out) throws Exception;

  @Override
  void close() throws Exception;
}
