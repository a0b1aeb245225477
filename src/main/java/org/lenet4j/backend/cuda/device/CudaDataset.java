package org.lenet4j.backend.cuda.device;

import org.lenet4j.data.Dataset;

/** A data set on the device: images as bytes, labels or targets beside them. */
public final class CudaDataset implements AutoCloseable {
  private final Dataset source;
  private final Natives natives;
  private final Tensor images; // (size, channels, height, width), bytes
  private final Tensor labels; // (size), ints; null for regression
  private final Tensor targets; // (size, outputs); null for classification

  /** Uploads all of it. */
  CudaDataset(Dataset source, CudaStream stream) {
    this.source = source;
    natives = new Natives(stream.device());
    Slab slab = new Slab("a data set of " + source.size() + " images");
    images = slab.reserve((long) source.size() * source.shape().size());
    labels = source.isRegression() ? null : slab.reserve(4L * source.size());
    targets = source.isRegression() ? slab.floats(source.targets().length) : null;
    try {
      slab.allocate(natives, 0);
      int size = source.shape().size();
      source.blocks((bytes, first, count) -> stream.upload(images, (long) first * size, bytes, count * size));
      if (source.isRegression()) {
        stream.upload(targets, 0, source.targets());
      } else {
        stream.upload(labels, source.labels());
      }
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
    natives.complete();
  }

  /** What it was uploaded from. */
  public Dataset source() {
    return source;
  }

  public Tensor images() {
    return images;
  }

  public Tensor labels() {
    return labels;
  }

  public Tensor targets() {
    return targets;
  }

  @Override public void close() {
    natives.close();
  }
}
