package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.base.AtOnce;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaRanks;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model on several GPUs. All have all data, the same parameters and the same state, and get the same calls, each on its own thread;
 * only the shards that they walk differ. Steps are handed over as many at a time as one launch takes, and not waited for.
 */
final class CudaGroupTraining implements TrainingProgram {
  private static final Logger LOG = LoggerFactory.getLogger(CudaGroupTraining.class);

  private final CudaTeam team;
  private final CudaRanks ranks;
  private final List<CudaTrainingProgram> programs;
  private final List<Step> waiting = new ArrayList<>();
  private final List<List<CompletableFuture<Void>>> begun = new ArrayList<>(); // steps that nobody has waited for
  private final int batchSize;
  private int orderLength = -1; // -1 before the order is given
  private final AtomicReference<Throwable> broken = new AtomicReference<>(); // what one of the devices has thrown; or null

  /** The arguments of {@link #step}. */
  private record Step(int first, int count, float rateFactor) {}

  /** Compiles on all devices; the first one chooses the kernels if there is a choice. */
  CudaGroupTraining(Model model, Recipe recipe, long seed, KernelSet kernels, List<CudaBackend> devices, CudaTeam team) {
    this.team = team;
    batchSize = recipe.batchSize();
    ranks = new CudaRanks(devices.stream().mapToInt(CudaBackend::device).toArray());
    List<CudaTrainingProgram> made = new ArrayList<>();
    try {
      for (int rank = 0; rank < devices.size(); rank++) {
        CudaBackend device = devices.get(rank);
        KernelSet chosen = rank == 0 || made.get(0).kernels() == null ? kernels : made.get(0).kernels().kernels();
        made.add(device.unguarded(model, recipe, seed, chosen, ranks, rank));
      }
    } catch (RuntimeException | Error e) {
      AtOnce.closeAll(made);
      ranks.close();
      throw e;
    }
    programs = List.copyOf(made);
  }

  @Override public void bind(Dataset data, Augment augment) {
    each(program -> program.bind(data, augment));
    orderLength = -1;
  }

  @Override public void order(int epoch, int[] indices) {
    each(program -> program.order(epoch, indices));
    orderLength = indices.length;
  }

  @Override public void step(int first, int count, float rateFactor) {
    ProgramChecks.step(first, count, orderLength, batchSize);
    waiting.add(new Step(first, count, rateFactor));
    if (waiting.size() == CudaGraph.TOGETHER) {
      handOver();
    }
  }

  private void handOver() {
    List<Step> steps = List.copyOf(waiting);
    waiting.clear();
    begun.add(team.begin(this, rank -> guarded(() -> {
      steps.forEach(step -> programs.get(rank).step(step.first, step.count, step.rateFactor));
      return null;
    })));
  }

  /** What all ranks return. The steps before it are handed over first. */
  private <T> List<T> all(Function<CudaTrainingProgram, T> call) {
    if (!waiting.isEmpty()) {
      handOver();
    }
    List<CompletableFuture<T>> present = team.begin(this, rank -> guarded(() -> call.apply(programs.get(rank))));
    List<List<CompletableFuture<Void>>> before = List.copyOf(begun);
    begun.clear();
    try {
      before.forEach(AtOnce::await);
      return AtOnce.await(present);
    } catch (RuntimeException | Error e) {
      throwIfBroken();
      throw e;
    }
  }

  private void each(Consumer<CudaTrainingProgram> call) {
    all(program -> {
      call.accept(program);
      return null;
    });
  }

  /** What the first rank returns; the others have the same. */
  private <T> T first(Function<CudaTrainingProgram, T> call) {
    return all(program -> program == programs.get(0) ? call.apply(program) : null).get(0);
  }

  /** Waits for what this program has put on a rank's device; what went wrong there is said by its own next call. */
  void settle(int rank) {
    try {
      programs.get(rank).stream.synchronize();
    } catch (NativeException e) {
      LOG.debug("while another program waited", e);
    }
  }

  /** A rank that fails lets go of the others, which wait for it on their devices, and then there is no going on. */
  private <T> T guarded(Supplier<T> call) {
    throwIfBroken();
    try {
      return call.get();
    } catch (IllegalArgumentException | IllegalStateException e) { // a wrong argument, which all ranks refuse
      throw e;
    } catch (RuntimeException | Error e) {
      broken.compareAndSet(null, e);
      ranks.abort();
      throw e;
    }
  }

  private void throwIfBroken() {
    Throwable first = broken.get();
    if (first instanceof Error error) {
      throw error;
    } else if (first != null) {
      throw (RuntimeException) first;
    }
  }

  /** Each has the sums over its own shards. */
  @Override public Totals drain() {
    Totals sum = new Totals(0, 0, 0);
    long firstNonFinite = -1;
    for (Totals own : all(CudaTrainingProgram::drain)) {
      sum = sum.plus(own);
      long found = own.firstNonFinite();
      firstNonFinite = found < 0 ? firstNonFinite : firstNonFinite < 0 ? found : Math.min(found, firstNonFinite);
    }
    return new Totals(sum.lossSum(), sum.correct(), sum.samples(), firstNonFinite);
  }

  @Override public Totals evaluate(Dataset data, Loss loss, int[] predictions) {
    return first(program -> program.evaluate(data, loss, predictions));
  }

  @Override public void forward(byte[] images, int count, float[] logits) {
    first(program -> {
      program.forward(images, count, logits);
      return null;
    });
  }

  @Override public void read(Model target) {
    first(program -> {
      program.read(target);
      return null;
    });
  }

  @Override public void readAverage(Model target) {
    first(program -> {
      program.readAverage(target);
      return null;
    });
  }

  @Override public void write(Model source) {
    each(program -> program.write(source));
  }

  @Override public OptimizerState state() {
    return first(CudaTrainingProgram::state);
  }

  @Override public void restore(OptimizerState state) {
    each(program -> program.restore(state));
  }

  @Override public KernelChoice kernels() {
    return programs.get(0).kernels();
  }

  @Override public String arithmetic() {
    return programs.get(0).arithmetic();
  }

  @Override public void close() {
    try {
      AtOnce.await(team.begin(null, rank -> {
        programs.get(rank).close();
        return null;
      }));
    } finally {
      ranks.close();
    }
  }
}
