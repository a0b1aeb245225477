package org.lenet4j.backend.cuda;

import java.util.Arrays;
import java.util.Random;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaTimer;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** A program with one set of kernels that exists to be timed: parameters, state, data and stream of its own, so nothing else is touched. */
final class KernelTrial implements AutoCloseable {
  private static final int FIRST_STEPS = 3; // eager, captured, replayed
  private static final int MOST_STEPS = 100; // of a run; fewer than there are records
  private static final double RUN_MICROSECONDS = 5000; // beside which an event is small

  private final KernelSet kernels;
  private final int batch;
  private final CudaCompiled program;
  private final Natives natives;
  private final CudaTimer timer;
  private int steps; // of a run; 0 before the first

  private KernelTrial(KernelSet kernels, int batch, CudaCompiled program) {
    this.kernels = kernels;
    this.batch = batch;
    this.program = program;
    natives = new Natives(program.stream.device());
    natives.own(program, program::close);
    try {
      timer = new CudaTimer(program.stream, natives);
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
    natives.complete();
  }

  /** Compiles a program that trains, and binds noise to it. */
  static KernelTrial training(KernelSet kernels, Model model, Recipe recipe, long seed, CudaBackend backend) {
    CudaTrainingProgram program = new CudaTrainingProgram(model, recipe, seed, backend, kernels, null);
    KernelTrial trial = new KernelTrial(kernels, recipe.batchSize(), program);
    return trial.begin(() -> {
      program.bind(noise(model, recipe.batchSize()), Augment.NONE);
      program.order(0, order(recipe.batchSize()));
    });
  }

  /** Compiles a program that predicts, and gives it noise. */
  static KernelTrial inference(KernelSet kernels, Model model, int batch, CudaBackend backend) {
    CudaProgram program = new CudaProgram(model, batch, backend, kernels, null);
    return new KernelTrial(kernels, batch, program)
        .begin(() -> program.forward(noise(model, batch).images(), batch, new float[batch * model.outputSize()]));
  }

  private KernelTrial begin(Runnable first) {
    try {
      first.run();
      return this;
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Not zeros, with which a GPU draws less power and clocks higher. */
  private static Dataset noise(Model model, int batch) {
    byte[] images = new byte[batch * model.input().size()];
    new Random(batch).nextBytes(images);
    int[] labels = new int[batch];
    Arrays.setAll(labels, i -> i % model.outputSize());
    return new Dataset(model.input(), images, labels, model.outputSize());
  }

  private static int[] order(int batch) {
    int[] order = new int[batch];
    Arrays.setAll(order, i -> i);
    return order;
  }

  KernelSet kernels() {
    return kernels;
  }

  /** Microseconds for a batch, the mean of a run of some milliseconds: launches one after another, as an epoch makes them. */
  double microseconds() {
    if (steps == 0) {
      run(FIRST_STEPS);
      steps = (int) Math.max(1, Math.min(MOST_STEPS, RUN_MICROSECONDS / run(1)));
      if (steps >= CudaGraph.TOGETHER) {
        run(steps); // captures the graph of many steps
      }
    }
    return run(steps);
  }

  private double run(int count) {
    CudaGraph graph = program.timedGraph();
    program.timedSteps().repeat(batch);
    timer.start();
    graph.run(count);
    return timer.stop() / count;
  }

  @Override public void close() {
    natives.close();
  }
}
