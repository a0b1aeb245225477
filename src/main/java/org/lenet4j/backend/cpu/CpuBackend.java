package org.lenet4j.backend.cpu;

import java.lang.ref.Cleaner;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.GradientExchange;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.base.Gate;
import org.lenet4j.backend.base.GuardedProgram;
import org.lenet4j.backend.base.GuardedTraining;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.backend.cpu.gemm.GemmLayers;
import org.lenet4j.backend.cpu.gemm.PlainImageLoops;
import org.lenet4j.backend.cpu.layer.CpuLayers;
import org.lenet4j.backend.cpu.single.ImageLoops;
import org.lenet4j.backend.cpu.vector.VectorImageLoops;
import org.lenet4j.backend.cpu.vector.VectorLayers;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** Any CPU: loops in Java's Vector API, or else matrix products in OpenBLAS; one worker a thread. */
public final class CpuBackend implements Backend {
  /** Nanoseconds in which a warm-up must get something faster. Who did not ask for it is not kept waiting where nothing will. */
  private static final long WHEN_ASKED = 1_000_000_000;
  private static final long UNASKED = 50_000_000;

  private static final int STEP_THREADS = 4;

  private final Gate gate = new Gate("the device"); // held by the device and its programs, not by the workers
  private final Workers workers;
  private final CpuLayers twins;
  private final boolean vector;
  private final long featureBytes;
  private final Runnable end; // of the workers

  /**
   * Starts the workers. The system property {@code lenet4j.vector=false} chooses the kernels without the Vector API. OpenBLAS is loaded
   * by the first program that needs it.
   *
   * @param threads workers, the caller included
   * @throws IllegalArgumentException if {@code threads} is less than 1
   * @throws IllegalStateException    if the system refuses to start so many
   */
  public CpuBackend(int threads) {
    this(threads, prefersVector());
  }

  CpuBackend(int threads, boolean vector) {
    this(threads, vector, FeatureCache.MOST_BYTES);
  }

  CpuBackend(int threads, boolean vector, long featureBytes) {
    this(threads, layers(vector), vector, featureBytes);
  }

  CpuBackend(int threads, CpuLayers twins, boolean vector, long featureBytes) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
    this.twins = twins;
    this.vector = vector;
    workers = new Workers(threads);
    this.featureBytes = featureBytes;
    end = threads == 1 ? workers::close : Forgotten.CLEANER.register(gate, workers::close)::clean;
  }

  /** Ends the workers of devices that nobody closed before they were forgotten. Loaded only where there are workers: it is a thread. */
  private static final class Forgotten {
    private static final Cleaner CLEANER = Cleaner.create();
  }

  static boolean prefersVector() {
    return !"false".equals(System.getProperty("lenet4j.vector")) && vectorModule();
  }

  static CpuLayers layers(boolean vector) {
    return vector ? new VectorLayers() : new GemmLayers();
  }

  /** Whether the JVM was started with {@code --add-modules jdk.incubator.vector}. */
  private static boolean vectorModule() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  @Override public String name() {
    return "openblas";
  }

  @Override public String describe() {
    return "cpu: " + workers.threads() + (workers.threads() == 1 ? " thread, " : " threads, ") + twins.describe();
  }

  @Override public void warmUp() {
    twins.warmUp(WHEN_ASKED);
  }

  @Override public TrainingProgram compile(Model model, Recipe recipe, long seed, KernelSet ignored, GradientExchange exchange) {
    gate.enter();
    try {
      return new GuardedTraining(unguarded(model, recipe, seed, exchange), gate);
    } finally {
      gate.leave();
    }
  }

  CpuTrainingProgram unguarded(Model model, Recipe recipe, long seed, GradientExchange exchange) {
    twins.warmUp(UNASKED);
    return new CpuTrainingProgram(model, recipe, seed, workers, twins, featureBytes, exchange);
  }

  @Override public Program compile(Model model, int batchSize, KernelSet ignored) {
    ProgramChecks.batch(batchSize);
    gate.enter();
    try {
      ImageLoops image = vector ? new VectorImageLoops() : new PlainImageLoops(); // training has no use for their classes
      return new GuardedProgram<>(new CpuProgram(model, workers, twins, image), gate);
    } finally {
      gate.leave();
    }
  }

  /** On a thread each, where these are not fewer than a step of a small batch can use, which has {@value #STEP_THREADS} chunks. */
  @Override public void apart(int most, Runnable work) {
    if (most < Math.min(STEP_THREADS, workers.threads())) {
      work.run();
    } else {
      workers.runApart(most, work);
    }
  }

  @Override public void close() {
    gate.close();
    end.run();
  }
}
