package org.lenet4j.backend.cpu.memory;

import org.lenet4j.data.Shape;

/** Windows of a pooling layer: where each begins in x (and dx) and where its result lies in y (and dy). */
public final class PoolPlan {
  public final int row; // from an element of a window to the one below it
  public final int[] xWindow; // index of the window's first element
  public final int[] yElement;

  /** Windows of {@code size} times {@code size} elements of x, side by side; y has one element for each. */
  public PoolPlan(Layout x, Layout y, int size) {
    row = x.row();
    Shape shape = y.shape();
    xWindow = new int[shape.size()];
    yElement = new int[shape.size()];
    int i = 0;
    for (int c = 0; c < shape.channels(); c++) {
      for (int row = 0; row < shape.height(); row++) {
        for (int column = 0; column < shape.width(); column++) {
          xWindow[i] = x.at(c, row * size, column * size);
          yElement[i++] = y.at(c, row, column);
        }
      }
    }
  }
}
