package org.lenet4j.backend.cpu.gemm;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.OPENBLAS_VERSION;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.base.NativeLibraries;

/** OpenBLAS through JavaCPP. It stays at one thread: the workers above it share out the samples. */
public final class OpenBlas {
  private static boolean loaded;

  private OpenBlas() {}

  /**
   * Loads the library, once.
   *
   * @throws NativeException if there is none for this platform
   */
  public static synchronized void load() {
    if (!loaded) {
      try {
        NativeLibraries.load("OpenBLAS", openblas_nolapack.class);
        openblas_nolapack.blas_set_num_threads(1);
      } catch (NativeException e) {
        throw e; // which says more
      } catch (LinkageError | RuntimeException e) {
        throw new NativeException("openblas", "no native library for " + Loader.getPlatform() + " on the class path; natives exist for"
            + " linux-x86_64, linux-arm64, macosx-arm64 and windows-x86_64: add org.bytedeco:javacpp and org.bytedeco:openblas with"
            + " that classifier (" + root(e) + ")", e);
      }
      loaded = true;
    }
  }

  private static String root(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage();
  }

  /** Of the library that the build took. */
  public static String version() {
    return OPENBLAS_VERSION.replaceAll("[^0-9.]", "");
  }

  /** Native memory of {@code length} floats, all zero. */
  public static FloatPointer allocate(long length) {
    FloatPointer memory = new FloatPointer(length).retainReference();
    Pointer.memset(memory, 0, length * Float.BYTES);
    return memory;
  }

  /** {@code c (m,n) = a (m,k) b (k,n)}, all row-major and dense. */
  public static void multiply(FloatPointer a, FloatPointer b, FloatPointer c, int m, int n, int k) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, k, b, n, 0, c, n);
  }

  /** {@code c (m,n) = a^T b + beta c} with {@code a (k,m)} and {@code b (k,n)}. */
  static void multiplyTransposed(FloatPointer a, FloatPointer b, FloatPointer c, int m, int n, int k, float beta) {
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, n, k, 1, a, m, b, n, beta, c, n);
  }

  /** {@code c (m,n) = a b^T + beta c} with {@code a (m,k)} and {@code b (n,k)}. */
  static void outer(FloatPointer a, FloatPointer b, FloatPointer c, int m, int n, int k, float beta) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, a, k, b, k, beta, c, n);
  }
}
