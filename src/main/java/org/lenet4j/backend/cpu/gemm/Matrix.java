package org.lenet4j.backend.cpu.gemm;

import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.NativeMemory;

/** Native memory as the places that are used in it, {@code partLength} floats apart, and a view to copy from and to Java arrays. */
record Matrix(FloatPointer memory, FloatBuffer view, FloatPointer[] part, int partLength) {
  /** All zero. */
  static Matrix allocate(int parts, int partLength, NativeMemory owner) {
    FloatPointer memory = OpenBlas.allocate((long) parts * partLength);
    owner.own(memory::deallocate);
    FloatPointer[] part = new FloatPointer[parts];
    for (int i = 0; i < parts; i++) {
      part[i] = memory.getPointer((long) i * partLength);
    }
    return new Matrix(memory, memory.asBuffer(), part, partLength);
  }

  void put(int index, float[] from) {
    put(index, from, 0);
  }

  void put(int index, float[] from, int start) {
    view.put(index * partLength, from, start, partLength);
  }

  /** Copies a chunk to an array of that layout, row by row if a border lies between them. */
  void get(int index, float[] to, Layout layout) {
    int from = index * partLength;
    if (layout.border() == 0) {
      view.get(from, to, layout.start(), partLength);
      return;
    }
    int row = layout.shape().width() * Layout.LANES;
    for (int c = 0; c < layout.shape().channels(); c++) {
      for (int i = 0; i < layout.shape().height(); i++, from += row) {
        view.get(from, to, layout.at(c, i, 0), row);
      }
    }
  }
}
