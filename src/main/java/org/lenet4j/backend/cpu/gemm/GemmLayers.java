package org.lenet4j.backend.cpu.gemm;

import java.util.function.BooleanSupplier;
import org.lenet4j.backend.cpu.layer.CpuConv2d;
import org.lenet4j.backend.cpu.layer.CpuLayer;
import org.lenet4j.backend.cpu.layer.CpuLayers;
import org.lenet4j.backend.cpu.layer.CpuLinear;
import org.lenet4j.backend.cpu.layer.CpuParameters;
import org.lenet4j.backend.cpu.layer.CpuPool2d;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.memory.NetworkMemory;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Pool2d;

/** Layers for a JVM without {@code jdk.incubator.vector}: matrix products in OpenBLAS, all else in plain Java. */
public final class GemmLayers implements CpuLayers {
  private final Loops loops = new PlainLoops();
  private final BooleanSupplier plainForward;

  /**
   * Convolutions go forward in plain loops where OpenBLAS would copy their matrices.
   *
   * @throws IllegalStateException if JavaCPP or its bindings of OpenBLAS are not on the class path
   */
  public GemmLayers() {
    this(() -> OpenBlas.copiesSmallMatrices()); // a method reference would need the class before it is known to be there
  }

  /** As above; whether convolutions go forward in plain loops is asked when OpenBLAS is loaded. */
  public GemmLayers(BooleanSupplier plainForward) {
    this.plainForward = plainForward;
    try {
      Class.forName("org.bytedeco.openblas.global.openblas_nolapack", false, GemmLayers.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      throw new IllegalStateException("org.bytedeco:javacpp and org.bytedeco:openblas are not on the class path: add them, or start java"
          + " with --add-modules jdk.incubator.vector, whose kernels need neither", e);
    }
  }

  @Override public String describe() {
    String version = OpenBlas.version(); // it is loaded by what needs it first
    return "im2col and GEMM" + (version.isEmpty() ? "" : " in OpenBLAS " + version)
        + "; for the faster kernels start java with --add-modules jdk.incubator.vector";
  }

  @Override public String arithmetic() {
    return "openblas gemm " + OpenBlas.version() + (plainForward.getAsBoolean() ? ", plain convolutions" : "");
  }

  @Override public Loops loops() {
    return loops;
  }

  /** OpenBLAS's kernels for AVX2 sum the last columns of a matrix in another order than the others. */
  @Override public boolean lanesAreAlike() {
    return false;
  }

  @Override public boolean pools(Conv2d spec) {
    return false;
  }

  @Override public CpuConv2d conv2d(Conv2d spec, CpuLayer.Place place, CpuParameters parameters, NetworkMemory memory) {
    OpenBlas.load();
    return new GemmConv2d(spec, place, parameters, loops, memory, plainForward.getAsBoolean());
  }

  @Override public CpuPool2d pool2d(Pool2d spec, CpuLayer.Place place) {
    return new PlainPool2d(spec, place);
  }

  @Override public CpuLinear linear(Linear spec, CpuLayer.Place place, CpuParameters parameters, NetworkMemory memory) {
    OpenBlas.load();
    return new GemmLinear(spec, place, parameters, loops, memory);
  }
}
