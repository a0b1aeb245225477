package org.lenet4j.backend.cuda.device;

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

/** Our own kernels, {@code native-config/kernels/*.cu}, which the library carries as PTX. The driver compiles them for its GPU. */
public final class CudaKernels {
  /** The sources and what each one has. */
  public static final Map<String, List<String>> SOURCES = Map.of(
      "dropout", List.of("dropout"),
      "lenet", List.of("lenet_walk", "lenet_gradients"),
      "gather", List.of("gather", "draw_distortion", "gather_distorted"),
      "linear", List.of("linear_backward"),
      "loss", List.of("loss"),
      "optimizer", List.of("gradient_squares", "sgd", "adam"));

  private final Map<String, CUfunc_st> functions = new HashMap<>();

  /** Loads all of them; {@code owner} unloads them. */
  public CudaKernels(Natives owner) {
    SOURCES.forEach((source, names) -> {
      CUmod_st module = new CUmod_st();
      Cuda.checkDriver(cuModuleLoadData(module, new BytePointer(ptx(source))), "cuModuleLoadData");
      owner.own(module, () -> Cuda.checkDriver(cuModuleUnload(module), "cuModuleUnload"));
      for (String name : names) {
        CUfunc_st function = new CUfunc_st();
        Cuda.checkDriver(cuModuleGetFunction(function, module, name), "cuModuleGetFunction");
        functions.put(name, function);
      }
    });
  }

  public CUfunc_st function(String name) {
    return functions.get(name);
  }

  /** The PTX of a source, with the zero at the end that the driver wants. */
  public static byte[] ptx(String source) {
    try (InputStream in = CudaKernels.class.getResourceAsStream("/org/lenet4j/backend/cuda/" + source + ".ptx")) {
      byte[] text = in.readAllBytes();
      return Arrays.copyOf(text, text.length + 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
