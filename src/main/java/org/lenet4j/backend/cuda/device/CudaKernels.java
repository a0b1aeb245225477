package org.lenet4j.backend.cuda.device;

import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_INVALID_IMAGE;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_NO_BINARY_FOR_GPU;
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
      "gather", List.of("gather", "draw_distortion", "gather_distorted"),
      "linear", List.of("linear_backward"),
      "loss", List.of("loss"),
      "optimizer", List.of("shard_gradient", "add_shards", "gradient_squares", "sgd", "adam"));

  /** Compute capabilities that there is machine code for; it also runs on a device of the same major number and a higher minor one. */
  public static final List<Integer> ARCHITECTURES = List.of(75, 80, 86, 89, 90, 100, 120);

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
  }

  /** The machine code for a device of some compute capability, 90 for 9.0; 0 if there is none. */
  static int architecture(int capability) {
    return ARCHITECTURES.stream().filter(each -> each / 10 == capability / 10 && each <= capability).mapToInt(each -> each).max().orElse(0);
  }

  /** A driver of CUDA 12 may refuse machine code that a compiler of CUDA 13 has made. */
  private CUmod_st load(String source) {
    CUmod_st module = new CUmod_st();
    if (architecture != 0) {
      int code = cuModuleLoadData(module, new BytePointer(cubin(source, architecture)));
      if (code != CUDA_ERROR_INVALID_IMAGE && code != CUDA_ERROR_NO_BINARY_FOR_GPU) {
        Cuda.checkDriver(code, "cuModuleLoadData");
        return module;
      }
    }
    Cuda.checkDriver(cuModuleLoadData(module, new BytePointer(ptx(source))), "cuModuleLoadData");
    return module;
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
