package org.lenet4j.backend.cuda;

import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.nn.Model;

/** A model compiled for the GPU, to evaluate and predict. */
final class CudaProgram extends CudaCompiled {
  private final CudaParameters parameters;
  private final CudaSteps steps;
  private final CudaPasses passes;
  private final CudaInference inference;
  private final CudaInference single; // one image would cost as much as a batch, and a program for prediction gets many of those

  /** Compiles. */
  CudaProgram(Model model, int batchSize, CudaBackend backend, KernelSet kernels, KernelChoice choice) {
    super(model, batchSize, backend, choice);
    try {
      boolean fused = kernels == KernelSet.FUSED && FusedLeNet.fits(shape, false);
      CudaHandles handles = backend.handles(stream, natives, fused);
      Slab slab = new Slab("the parameters");
      parameters = new CudaParameters(shape, stream, slab);
      steps = new CudaSteps(stream, natives, slab);
      slab.allocate(natives, 0);
      parameters.begin(model);
      steps.begin();
      passes = fused ? new FusedLeNet(shape, batchSize, handles, natives, parameters, steps)
          : new LayeredPasses(shape, batchSize, handles, natives, parameters, steps);
      inference = new CudaInference(shape, batchSize, stream, passes, steps, natives, backend.eager());
      single = fused || batchSize == 1 ? inference : new CudaInference(shape, 1, stream,
          new LayeredPasses(shape, 1, handles, natives, parameters, steps), steps, natives, backend.eager());
      stream.synchronize();
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
    complete();
  }

  @Override CudaParameters parameters() {
    return parameters;
  }

  @Override CudaPasses passes() {
    return passes;
  }

  @Override CudaSteps passSteps() {
    return steps;
  }

  @Override CudaInference inference(int count) {
    return count == 1 ? single : inference;
  }

  @Override CudaGraph timedGraph() {
    return inference.graph();
  }

  @Override CudaSteps timedSteps() {
    return steps;
  }
}
