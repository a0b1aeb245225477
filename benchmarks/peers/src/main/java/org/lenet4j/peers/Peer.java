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

  /** Somebody who asks for single images on a thread of its own, while others do. */
  interface Client extends AutoCloseable {
    /** The logits, (10), of an image of 784 bytes. */
    float[] ask(byte[] image) throws Exception;

    @Override
    void close() throws Exception;
  }

  /** A new client, for the thread that calls. */
  default Client client() throws Exception {
    throw new UnsupportedOperationException(name() + " is not measured under load");
  }

  /** Writes the weights in the library's own format; {@code out} is a file or the folder of several. */
  void save(Path out) throws Exception;

  @Override
  void close() throws Exception;
}
