package org.lenet4j.backend.cuda;

import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.backend.cuda.device.Cuda;
import org.lenet4j.backend.cuda.device.CudaGraph;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.CudaStream;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/** A model compiled for the GPU, to evaluate and predict, in a stream of its own. */
final class CudaProgram implements Program, KernelTrial.Timed {
  private final CudaBackend backend;
  private final KernelChoice choice; // null if there was none
  private final Model shape; // for checks: layers, input, outputs
  private final Natives natives;
  private final CudaStream stream;
  private final CudaParameters parameters;
  private final CudaSteps steps;
  private final CudaForward forward;
  private boolean closed;

  /** Compiles; the arguments have been checked. {@code choice} is what {@link #kernels} says. */
  CudaProgram(Model model, int batchSize, CudaBackend backend, KernelSet kernels, KernelChoice choice) {
    this.backend = backend;
    this.choice = choice;
    shape = model.copy();
    Cuda.enter();
    natives = new Natives();
    try {
      stream = new CudaStream(natives);
      CudaHandles handles = backend.handles(stream, natives);
      Slab slab = new Slab("the parameters");
      parameters = new CudaParameters(shape, stream, slab);
      steps = new CudaSteps(stream, natives, slab);
      slab.allocate(natives, 0);
      parameters.begin(model);
      steps.begin();
      boolean fused = kernels == KernelSet.FUSED && FusedLeNet.fits(shape, false);
      CudaPasses passes = fused ? new FusedLeNet(shape, batchSize, handles, natives, parameters, steps)
          : new LayeredPasses(shape, batchSize, handles, natives, parameters, steps);
      forward = new CudaForward(shape, batchSize, stream, passes, steps, natives, backend);
      if (batchSize > 1 && !fused) {
        CudaPasses one = new LayeredPasses(shape, 1, handles, natives, parameters, steps);
        forward.single(new CudaInference(shape, 1, stream, one, steps, natives, backend.eager()));
      }
      stream.synchronize();
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
    natives.own(stream, stream::synchronize); // comes first when closing
    natives.complete();
  }

  @Override public Totals evaluate(Dataset data, Loss loss, int[] predictions) {
    enter();
    ProgramChecks.data(shape, data, loss);
    return forward.evaluate(data, loss, predictions);
  }

  @Override public void forward(byte[] images, int count, float[] logits) {
    enter();
    ProgramChecks.images(shape, images, count, logits);
    forward.forward(images, count, logits);
  }

  @Override public void read(Model target) {
    enter();
    parameters.read(target);
  }

  @Override public void write(Model source) {
    enter();
    parameters.write(source);
  }

  @Override public KernelChoice kernels() {
    return choice;
  }

  @Override public CudaStream stream() {
    return stream;
  }

  @Override public CudaGraph timedGraph() {
    return forward.graph();
  }

  @Override public CudaSteps timedSteps() {
    return steps;
  }

  private void enter() {
    if (closed) {
      throw new IllegalStateException("the program is closed");
    }
    backend.enter();
  }

  @Override public void close() {
    if (!closed) {
      closed = true;
      forward.close();
      natives.close();
    }
  }
}
