package org.lenet4j.backend.cpu.memory;

import org.lenet4j.data.Shape;

/**
 * Where everything lies in the one array that each worker has, or that a batch has. Every place begins on a cache line if element
 * {@link #FIRST} does: a vector of 64 bytes that crosses a line costs two loads, which makes the loops of a step up to 1.5 times slower.
 */
public final class MemoryPlan {
  private static final int LINE = 16; // floats
  private static final int FIRST = LINE - 4; // the elements of an array begin 16 bytes after the object

  /**
   * 4 MB. G1 gives an array of at least half a region a region of its own, so that it begins on a line and stays there; regions have up
   * to 8 MB with heaps of up to 16 GB. Elsewhere it may lie anywhere.
   */
  private static final int LEAST = 1 << 20;

  private final int least;
  private int end = FIRST;
  private int indices;
  private float[] array;

  /**
   * An empty plan.
   *
   * @param training arrays have at least 4 MB; of predictors there may be many
   */
  public MemoryPlan(boolean training) {
    least = training ? LEAST : 0;
  }

  /** Room for that many floats: the index of the first. */
  public int reserve(int floats) {
    int start = end;
    end += (floats + LINE - 1) / LINE * LINE;
    return start;
  }

  /** Room for that many integers, in an array of their own: the index of the first. */
  public int reserveIndices(int count) {
    indices += count;
    return indices - count;
  }

  /** Room for a chunk of that shape. */
  public Layout layout(Shape shape, int border) {
    return new Layout(shape, border, reserve(Layout.length(shape, border)));
  }

  /** Makes the array that all share, if anything is reserved: before any thread asks for it. */
  public void allocateArray() {
    array = end == FIRST ? null : allocate();
  }

  /** What {@link #allocateArray} made, or null. */
  public float[] array() {
    return array;
  }

  /** An array of somebody's own, all zero. */
  float[] allocate() {
    return new float[Math.max(end + LINE, least)];
  }

  /** The array of integers, all zero. */
  int[] allocateIndices() {
    return new int[indices];
  }
}
