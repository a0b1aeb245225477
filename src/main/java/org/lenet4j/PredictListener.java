package org.lenet4j;

/** Told of predictions, on the threads that ask for them, several at a time. */
@FunctionalInterface
public interface PredictListener {
  /**
   * A call has answered.
   *
   * @param images how many it was asked for
   * @param nanos  the nanoseconds from the call to the answer, waiting for a free program included, preprocessing of a
   *               {@code BufferedImage} not
   */
  void predicted(int images, long nanos);
}
