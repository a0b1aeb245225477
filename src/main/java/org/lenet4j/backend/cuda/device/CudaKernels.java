package org.lenet4j.backend.cuda.device;

import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_INVALID_IMAGE;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_INVALID_SOURCE;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_NOT_SUPPORTED;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_NO_BINARY_FOR_GPU;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
import static org.bytedeco.cuda.global.cudart.cuModuleGetFunction;
import static org.bytedeco.cuda.global.cudart.cuModuleLoadData;
import static org.bytedeco.cuda.global.cudart.cuModuleUnload;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.javacpp.BytePointer;

/**
 * Our own kernels, {@code native-config/kernels/*.cu}, which the library carries as machine code for the usual GPUs and as PTX, which the
 * driver compiles for another one.
 */
public final class CudaKernels {
  /** The sources and what each one has. */
  public static final Map<String, List<String>> SOURCES = Map.of(
      "dropout", List.of("dropout"),
      "lenet", List.of("lenet_walk", "lenet_gradients"),
      "lenet_batch", List.of("lenet_features", "lenet_classifier", "lenet_features_backward", "lenet_classifier_gradients"),
      "gather", List.of("gather", "draw_distortion", "gather_distorted"),
      "linear", List.of("linear_backward"),
      "loss", List.of("loss"),
      "optimizer", List.of("shard_gradient", "add_shards", "gradient_squares", "sgd", "adam"));

  /** Compute capabilities that there is machine code for; it also runs on a device of the same major number and a higher minor one. */
  public static final List<Integer> ARCHITECTURES = List.of(75, 80, 86, 89, 90, 100, 120);

  /** How a driver says that it cannot read machine code, whatever the reason. */
  private static final Set<Integer> REFUSALS = Set.of(CUDA_ERROR_INVALID_IMAGE, CUDA_ERROR_NO_BINARY_FOR_GPU,
      CUDA_ERROR_UNSUPPORTED_PTX_VERSION, CUDA_ERROR_INVALID_SOURCE, CUDA_ERROR_NOT_SUPPORTED);

  private final Map<String, CUfunc_st> functions = new HashMap<>();
  private final int architecture; // 0 if there is none for the device

  /** Loads all of them; {@code owner} unloads them. */
  public CudaKernels(Natives owner) {
    architecture = architecture(Cuda.capability(owner.device()));
    SOURCES.forEach((source, names) -> {
      CUmod_st module = load(source);
      owner.own(module, () -> Cuda.checkDriver(cuModuleUnload(module), "cuModuleUnload"));
      for (String name : names) {
        CUfunc_st function = new CUfunc_st();
        Cuda.checkDriver(cuModuleGetFunction(function, module, name), "cuModuleGetFunction");
        functions.put(name, function);
      }
    });
    Cuda.found();
  }

  /** The machine code for a device of some compute capability, 90 for 9.0; 0 if there is none. */
  static int architecture(int capability) {
    return ARCHITECTURES.stream().filter(each -> each / 10 == capability / 10 && each <= capability).mapToInt(each -> each).max().orElse(0);
  }

  /**
   * A driver of CUDA 12 may refuse machine code that a compiler of CUDA 13 has made: its files say ABI 8 in their heads, where those of
   * CUDA 12 say 7 before Blackwell (https://github.com/llvm/llvm-project/pull/149534). With what code, nobody promises.
   */
  private CUmod_st load(String source) {
    CUmod_st module = new CUmod_st();
    if (architecture != 0 && isTaken(cuModuleLoadData(module, new BytePointer(cubin(source, architecture))))) {
      return module;
    }
    Cuda.checkDriver(cuModuleLoadData(module, new BytePointer(ptx(source))), "cuModuleLoadData");
    return module;
  }

  /** Whether the driver has taken machine code; false if PTX may fare better. */
  public static boolean isTaken(int code) {
    if (REFUSALS.contains(code)) {
      return false;
    }
    Cuda.checkDriver(code, "cuModuleLoadData");
    return true;
  }

  public CUfunc_st function(String name) {
    return functions.get(name);
  }

  /** The PTX of a source, with the zero at the end that the driver wants. */
  public static byte[] ptx(String source) {
    byte[] text = resource(source + ".ptx");
    return Arrays.copyOf(text, text.length + 1);
  }

  /** The machine code of a source for one of {@link #ARCHITECTURES}. */
  public static byte[] cubin(String source, int architecture) {
    return resource(source + ".sm_" + architecture + ".cubin");
  }

  private static byte[] resource(String name) {
    try (InputStream in = CudaKernels.class.getResourceAsStream("/org/lenet4j/backend/cuda/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
