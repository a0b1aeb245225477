import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;

import org.bytedeco.openblas.global.openblas_nolapack;

/** The least that a Java program with OpenBLAS can do: load it and multiply two matrices. */
final class BareOpenBlas {
  public static void main(String[] args) {
    openblas_nolapack.blas_set_num_threads(1);
    float[] a = new float[64 * 64];
    float[] c = new float[64 * 64];
    java.util.Arrays.fill(a, 1);
    openblas_nolapack.cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 64, 64, 64, 1, a, 64, a, 64, 0, c, 64);
    System.out.println(c[0]);
  }
}
