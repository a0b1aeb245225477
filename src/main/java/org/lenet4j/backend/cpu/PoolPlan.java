package org.lenet4j.backend.cpu;

import org.lenet4j.data.Shape;

/** Windows of a pooling layer: where each begins in x (and dx) and where its result lies in y (and dy). */
final class PoolPlan {
  final Layout x;
  final Layout y;
  final int size;
  final int[] xWindow; // index of the window's first element
  final int[] yElement;

  PoolPlan(Layout x, Layout y, int size) {
    this.x = x;
    this.y = y;
    this.size = size;
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
