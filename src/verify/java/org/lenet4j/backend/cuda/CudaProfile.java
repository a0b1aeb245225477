package org.lenet4j.backend.cuda;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.CudaTimer;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * Where the time of a training step goes on the GPU.
 *
 * @param graphNodes   nodes of the captured step; 0 if it could not be captured
 * @param microseconds time of each operation within a graph, in the order of the step; the median of several repetitions
 */
public record CudaProfile(int graphNodes, Map<String, Double> microseconds) {
  private static final long SEED = 42;
  private static final int WARM_UP = 3;
  private static final int COPIES = 50; // of one operation in a graph, so that its launch is small beside it
  private static final int REPETITIONS = 7;

  /** Keeps the order of the operations. */
  public CudaProfile {
    microseconds = Collections.unmodifiableMap(new LinkedHashMap<>(microseconds));
  }

  /**
   * Measures a step of a whole batch, in float32. Each operation is timed by itself, as many copies of it in one graph, so what it finds
   * in the caches is what it left there; the sum can be below the time of the step.
   *
   * @param data at least one batch
   * @throws org.lenet4j.backend.NativeException if the device refuses
   */
  public static CudaProfile of(KernelSet kernels, Model model, Recipe recipe, Dataset data) {
    try (CudaBackend backend = new CudaBackend(Precision.FP32, false, kernels);
        CudaTrainingProgram program = backend.unguarded(model, recipe, SEED, null)) {
      program.bind(data, Augment.NONE);
      program.order(0, Batches.order(data.size(), SEED, 0));
      for (int i = 0; i < WARM_UP; i++) {
        program.step(0, recipe.batchSize(), 1);
      }
      program.drain();
      Map<String, Double> microseconds = new LinkedHashMap<>();
      for (Operation operation : program.timedGraph().operations()) {
        microseconds.put(operation.name(), time(program, operation, recipe.batchSize()));
      }
      return new CudaProfile(program.timedGraph().nodes(), microseconds);
    }
  }

  private static double time(CudaTrainingProgram program, Operation operation, int batchSize) {
    Natives natives = new Natives(0);
    try {
      CudaStream stream = program.stream;
      CudaGraph graph = new CudaGraph(stream.handle(), Collections.nCopies(COPIES, operation), false);
      natives.own(graph, graph::close);
      CudaTimer timer = new CudaTimer(stream, natives);
      double[] times = new double[REPETITIONS];
      for (int i = -WARM_UP; i < REPETITIONS; i++) {
        program.timedSteps().repeat(batchSize); // the last operation of a step moves on to the next record, with every copy
        timer.start();
        graph.run(1);
        times[Math.max(i, 0)] = timer.stop() / COPIES;
      }
      Arrays.sort(times);
      return times[REPETITIONS / 2];
    } finally {
      natives.close();
    }
  }
}
