package org.lenet4j.backend.cuda;

import java.util.Locale;
import java.util.function.Function;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.GradientExchange;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.base.Gate;
import org.lenet4j.backend.base.GuardedProgram;
import org.lenet4j.backend.base.GuardedTraining;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.backend.cuda.device.Cuda;
import org.lenet4j.backend.cuda.device.CudaDatasets;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaKernels;
import org.lenet4j.backend.cuda.device.CudaRanks;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.probe.CudaInfo;
import org.lenet4j.backend.cuda.probe.CudaLibraries;
import org.lenet4j.backend.cuda.probe.CudaQuery;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** One NVIDIA GPU: cuDNN for convolutions and pooling, cuBLAS for linear layers, a CUDA graph for a step. */
public final class CudaBackend implements Backend {
  private static final int AMPERE = 80; // the first with TF32 and bfloat16

  private final Gate gate = new Gate("the device");
  private final int device;
  private final Precision precision;
  private final boolean fast;
  private final KernelSet kernelSet;
  private final KernelChoices choices;
  private final boolean eager;
  private final CudaDatasets datasets = new CudaDatasets();
  private final Natives natives;
  private final CudaKernels kernels;
  private final String describe;
  private final String withoutCudnn; // why cuBLAS or cuDNN cannot be used, or null

  /** As {@link #CudaBackend(int, Precision, boolean, KernelSet)}, device 0 with the kernels of cuDNN and cuBLAS. */
  public CudaBackend(Precision precision, boolean fast) {
    this(precision, fast, KernelSet.CUDNN);
  }

  /** As {@link #CudaBackend(int, Precision, boolean, KernelSet)}, device 0. */
  public CudaBackend(Precision precision, boolean fast, KernelSet kernelSet) {
    this(0, precision, fast, kernelSet);
  }

  /**
   * Opens a device.
   *
   * @param device    its number, from 0, among those that CUDA_VISIBLE_DEVICES lets CUDA see
   * @param precision the precision of products
   * @param fast      whether algorithms may be chosen that do not give the same bits run after run
   * @param kernelSet which kernels to use
   * @throws IllegalArgumentException            if the fused kernels, or a GPU before compute capability 8.0, are to compute in another
   *                                             precision than float32
   * @throws IllegalStateException               if a library cannot be loaded
   * @throws org.lenet4j.backend.NativeException if a library or the device refuses
   */
  public CudaBackend(int device, Precision precision, boolean fast, KernelSet kernelSet) {
    this(device, precision, fast, kernelSet, false, KernelTrial::microseconds);
  }

  /** As above; {@code eager} programs launch each kernel by itself, which must give the same bits. */
  CudaBackend(Precision precision, boolean fast, KernelSet kernelSet, boolean eager) {
    this(0, precision, fast, kernelSet, eager, KernelTrial::microseconds);
  }

  /** With kernels chosen by another clock. */
  CudaBackend(Precision precision, KernelChoices.Timing timing) {
    this(0, precision, false, KernelSet.AUTO, false, timing);
  }

  private CudaBackend(int device, Precision precision, boolean fast, KernelSet kernelSet, boolean eager, KernelChoices.Timing timing) {
    if (kernelSet == KernelSet.FUSED && precision != Precision.FP32) {
      throw new IllegalArgumentException("the fused kernels compute in fp32 only; choose the kernels of cudnn for "
          + precision.name().toLowerCase(Locale.ROOT));
    }
    String missing = CudaLibraries.whyNot(); // loads them from where the library path says, before JavaCPP looks elsewhere
    if (missing != null) {
      throw new IllegalStateException("cuda: " + missing);
    }
    this.device = device;
    this.precision = precision;
    this.fast = fast;
    this.kernelSet = kernelSet;
    this.eager = eager;
    choices = new KernelChoices(precision, timing);
    enter();
    int capability = Cuda.capability(device);
    if (precision != Precision.FP32 && capability < AMPERE) {
      throw new IllegalArgumentException("cuda: " + precision.name().toLowerCase(Locale.ROOT) + " takes a GPU of compute capability 8.0 or"
          + " newer, and this one has " + capability / 10 + "." + capability % 10 + "; compute in fp32");
    }
    withoutCudnn = CudaQuery.whyNotCudnn(capability);
    if (withoutCudnn != null && kernelSet == KernelSet.CUDNN) {
      throw new IllegalStateException("cuda: " + withoutCudnn + "; for LeNet5.create in fp32 the fused kernels do without: choose those");
    }
    natives = new Natives(device);
    try {
      kernels = new CudaKernels(natives);
      describe = description();
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
    natives.complete();
  }

  private String description() {
    String set = switch (kernelSet) {
      case CUDNN -> "";
      case FUSED -> ", fused kernels";
      case AUTO -> withoutCudnn == null ? ", kernels chosen by timing" : ", fused kernels";
    };
    return "cuda" + (Cuda.devices() > 1 ? ":" + device : "") + ": " + Cuda.deviceName(device) + ", driver " + CudaQuery.driver()
        + (withoutCudnn == null ? ", cuDNN " + CudaInfo.loadedCudnn() : ", no cuDNN or cuBLAS")
        + (precision == Precision.FP32 ? "" : ", " + precision.name().toLowerCase(Locale.ROOT))
        + (fast ? ", fast" : "") + set;
  }

  @Override public String name() {
    return "cuda";
  }

  @Override public String describe() {
    return describe;
  }

  @Override public TrainingProgram compile(Model model, Recipe recipe, long seed, KernelSet kernels, GradientExchange exchange) {
    if (exchange != null) {
      throw new IllegalArgumentException("a CUDA device shares no batch with other processes; use the cpu device");
    }
    gate.enter();
    try {
      return new GuardedTraining(unguarded(model, recipe, seed, kernels), gate);
    } finally {
      gate.leave();
    }
  }

  CudaTrainingProgram unguarded(Model model, Recipe recipe, long seed, KernelSet kernels) {
    return unguarded(model, recipe, seed, kernels, null, 0);
  }

  /** As above, as one of several ranks. */
  CudaTrainingProgram unguarded(Model model, Recipe recipe, long seed, KernelSet kernels, CudaRanks ranks, int rank) {
    enter();
    ProgramChecks.recipe(model, recipe);
    ProgramChecks.shards(recipe, null, recipe.batchSize());
    Recipe ofShard = recipe.withBatchSize(CudaShards.batch(recipe)).withAccumulate(1);
    KernelChoice choice = choice(model, true, ofShard.batchSize(), kernels, set -> KernelTrial.training(set, model, ofShard, seed, this));
    return new CudaTrainingProgram(model, recipe, seed, this, choice == null ? kernelSet : choice.kernels(), choice, ranks, rank);
  }

  @Override public Program compile(Model model, int batchSize, KernelSet kernels) {
    gate.enter();
    try {
      return new GuardedProgram<>(unguarded(model, batchSize, kernels), gate);
    } finally {
      gate.leave();
    }
  }

  private CudaProgram unguarded(Model model, int batchSize, KernelSet kernels) {
    enter();
    ProgramChecks.batch(batchSize);
    KernelChoice choice = choice(model, false, batchSize, kernels, set -> KernelTrial.inference(set, model, batchSize, this));
    return new CudaProgram(model, batchSize, this, choice == null ? kernelSet : choice.kernels(), choice);
  }

  /** Null where the device does not choose. */
  private KernelChoice choice(Model model, boolean training, int batchSize, KernelSet begun, Function<KernelSet, KernelTrial> trials) {
    if (kernelSet != KernelSet.AUTO) {
      return null;
    }
    return withoutCudnn == null ? choices.choose(model, training, batchSize, begun, trials)
        : new KernelChoice(KernelSet.FUSED, training, batchSize, withoutCudnn);
  }

  /** A program's handles; a program of fused kernels needs none of cuDNN's and cuBLAS's. */
  CudaHandles handles(CudaStream stream, Natives owner, boolean fused) {
    if (!fused && withoutCudnn != null) {
      throw new IllegalArgumentException("the fused kernels are not for this network, its frozen layers or this precision, and the others"
          + " cannot be used: " + withoutCudnn);
    }
    return new CudaHandles(stream, kernels, owner, precision, fast, !fused);
  }

  CudaDatasets datasets() {
    return datasets;
  }

  /** What the bits depend on, for programs with these kernels. */
  String arithmetic(boolean fused) {
    return "cuda " + (fused ? "fused " : "cudnn ") + precision.name().toLowerCase(Locale.ROOT) + (fast ? " fast" : "");
  }

  boolean eager() {
    return eager;
  }

  /** To be called first by every call of a program, on whatever thread. */
  void enter() {
    Cuda.enter(device);
  }

  int device() {
    return device;
  }

  @Override public void close() {
    if (gate.close()) {
      natives.close();
    }
  }
}
