package org.lenet4j.backend.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.lenet4j.backend.cpu.gemm.OpenBlas;

/** What the processor can do: products of large matrices in OpenBLAS, one on each thread at the same time. */
public final class CpuCeiling {
  private static final int SIZE = 1024; // 4 MB a matrix
  private static final int ROUNDS = 7;

  private CpuCeiling() {}

  /**
   * Measures it, in about {@code 0.2} seconds.
   *
   * @return the most of several rounds, in GFLOP/s for all threads together
   * @throws org.lenet4j.backend.NativeException if OpenBLAS cannot be loaded
   */
  public static double gigaflops(int threads) {
    OpenBlas.load();
    FloatPointer[] matrices = new FloatPointer[3 * threads];
    try (Workers workers = new Workers(threads)) {
      for (int i = 0; i < matrices.length; i++) {
        matrices[i] = OpenBlas.allocate((long) SIZE * SIZE);
      }
      double best = 0;
      for (int round = 0; round < ROUNDS; round++) {
        long start = System.nanoTime();
        workers.run(threads, (task, worker) ->
            OpenBlas.multiply(matrices[3 * task], matrices[3 * task + 1], matrices[3 * task + 2], SIZE, SIZE, SIZE));
        best = Math.max(best, 2.0 * SIZE * SIZE * SIZE * threads / (System.nanoTime() - start));
      }
      return best;
    } finally {
      for (FloatPointer matrix : matrices) {
        if (matrix != null) {
          matrix.deallocate();
        }
      }
    }
  }
}
