package org.lenet4j.backend.cpu.gemm;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.base.NativeFault;
import org.lenet4j.backend.base.NativeLibraries;

/** OpenBLAS through JavaCPP. It stays at one thread: the workers above it share out the samples. */
public final class OpenBlas {
  private static final Pattern JAR = Pattern.compile("openblas-([0-9][0-9.]*)-[^/\\\\]*\\.jar");

  private static boolean loaded;
  private static boolean copies;

  private OpenBlas() {}

  /**
   * Loads the library, once.
   *
   * @throws NativeException if it cannot be; the message says why, and what to do
   */
  public static synchronized void load() {
    if (!loaded) {
      try {
        NativeLibraries.load("OpenBLAS", openblas_nolapack.class);
        openblas_nolapack.blas_set_num_threads(1);
        copies = sumsInBlocks();
      } catch (NativeException e) {
        throw e; // which says more
      } catch (LinkageError | RuntimeException e) {
        throw new NativeException("openblas", NativeFault.explain(e, openblas_nolapack.class, "openblas"), e);
      }
      loaded = true;
    }
  }

  /**
   * Whether it copies small matrices before it multiplies them, as it does with AVX2; with AVX-512 it has kernels that need no copies.
   * False as long as it is not loaded.
   */
  public static synchronized boolean copiesSmallMatrices() {
    return copies;
  }

  /**
   * The library has no function that says so. But its copies have room for a few hundred products, and each such block is a sum of its own:
   * ones that a single sum would lose behind 2^25 make something together. So it is with {@code OPENBLAS_CORETYPE} Prescott, Core2,
   * Nehalem, Sandybridge, Haswell and Zen, and not with SkylakeX, Cooperlake and SapphireRapids.
   */
  private static boolean sumsInBlocks() {
    int m = 6;
    int n = 16;
    int k = 2048;
    try (FloatPointer a = allocate(m * k); FloatPointer b = allocate(k * n); FloatPointer c = allocate(m * n)) {
      for (int i = 0; i < m * k; i++) {
        a.put(i, i % k == 0 ? 0x1p25f : 1);
      }
      for (int i = 0; i < k * n; i++) {
        b.put(i, 1);
      }
      multiply(a, b, c, m, n, k);
      return c.get(0) != 0x1p25f;
    }
  }

  /**
   * The version of the library that is loaded, or its file if that does not tell; empty if none is loaded. JavaCPP unpacks each jar into a
   * folder of its name, and the library itself can be asked through the large binding with LAPACK alone.
   */
  public static synchronized String version() {
    return loaded ? version(Loader.getLoadedLibraries()) : "";
  }

  static String version(Map<String, String> libraries) {
    for (Map.Entry<String, String> library : libraries.entrySet()) {
      if (library.getKey().startsWith("openblas") && library.getValue() != null) {
        Matcher jar = JAR.matcher(library.getValue());
        return jar.find() ? jar.group(1) : library.getValue();
      }
    }
    return "of the system";
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
