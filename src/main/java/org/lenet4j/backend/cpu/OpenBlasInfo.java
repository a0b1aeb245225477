package org.lenet4j.backend.cpu;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_full;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.base.NativeLibraries;
import org.lenet4j.backend.cpu.gemm.OpenBlas;

/**
 * What OpenBLAS says of itself. Reading it loads its large LAPACK binding, the only one with these functions: for diagnosis, not for
 * every run.
 *
 * @param version   of OpenBLAS
 * @param coreType  the processor kind whose kernels run, for example {@code SkylakeX}
 * @param config    how it was built
 * @param libraries each native library that is loaded, by its name, and the file it came from
 * @param warnings  one line each on environment variables that make OpenBLAS slower than it could be; empty if there are none
 */
public record OpenBlasInfo(String version, String coreType, String config, Map<String, String> libraries, List<String> warnings) {
  private static final String CORE_TYPE = "OPENBLAS_CORETYPE";
  private static final String CACHE_SIZE = "OPENBLAS_L2_SIZE";

  /** Copies the collections. */
  public OpenBlasInfo {
    libraries = new TreeMap<>(libraries);
    warnings = List.copyOf(warnings);
  }

  /**
   * Loads OpenBLAS and asks it. If the environment forces a core type, a second Java asks what OpenBLAS would choose by itself.
   *
   * @throws NativeException if OpenBLAS cannot be loaded
   */
  public static OpenBlasInfo read() {
    OpenBlas.load();
    Map<String, String> libraries = Loader.getLoadedLibraries(); // before the binding that only this class needs
    String core = core();
    return new OpenBlasInfo(OpenBlas.version(), core, openblas_full.openblas_get_config().getString().strip(), libraries,
        warnings(System.getenv(), core, System.getenv(CORE_TYPE) == null ? core : naturalCore()));
  }

  private static String core() {
    try {
      NativeLibraries.load("OpenBLAS with LAPACK", openblas_full.class);
    } catch (LinkageError | RuntimeException e) {
      throw new NativeException("openblas", "its binding with LAPACK, which nothing else needs, cannot be loaded", e);
    }
    return openblas_full.openblas_get_corename().getString();
  }

  /**
   * Judges the environment.
   *
   * @param natural what OpenBLAS chooses by itself, or null if that is not known
   */
  static List<String> warnings(Map<String, String> environment, String core, String natural) {
    List<String> warnings = new ArrayList<>();
    if (environment.containsKey(CORE_TYPE) && !core.equals(natural)) {
      warnings.add(CORE_TYPE + "=" + environment.get(CORE_TYPE) + " makes OpenBLAS use kernels for " + core + ", by itself it would choose "
          + (natural == null ? "what suits this processor" : natural) + "; unset it for full speed");
    }
    if (environment.containsKey(CACHE_SIZE)) {
      warnings.add(CACHE_SIZE + "=" + environment.get(CACHE_SIZE) + " overrides the second-level cache that the processor reports, by which"
          + " OpenBLAS sizes its blocks; unset it for full speed");
    }
    return warnings;
  }

  /** OpenBLAS reads its environment once, when it is loaded, so it takes another process to see it without. */
  private static String naturalCore() {
    ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("java.class.path"), OpenBlasInfo.class.getName());
    builder.environment().remove(CORE_TYPE);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      Process process = builder.start();
      try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
        return reader.readLine(); // null if it failed
      }
    } catch (IOException e) {
      return null;
    }
  }

  /** Prints the core type. */
  public static void main(String[] args) {
    System.out.println(core());
  }
}
