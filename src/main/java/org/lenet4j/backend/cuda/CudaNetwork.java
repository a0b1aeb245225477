package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.backend.base.FlatParameters;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Natives;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.backend.cuda.layer.CublasLinear;
import org.lenet4j.backend.cuda.layer.CudaDropout;
import org.lenet4j.backend.cuda.layer.CudaLayer;
import org.lenet4j.backend.cuda.layer.CudnnActivation;
import org.lenet4j.backend.cuda.layer.CudnnConv2d;
import org.lenet4j.backend.cuda.layer.CudnnPool2d;
import org.lenet4j.backend.cuda.layer.Edge;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;

/**
 * A model's layers on the device for one batch size, and what lies between them. A batch with fewer samples leaves lanes empty: their input
 * and the gradient of their loss are zero, so they add nothing to any gradient, and one set of descriptors and one graph do for all counts.
 */
final class CudaNetwork {
  private final List<CudaLayer> layers = new ArrayList<>();
  private final List<Edge> edges = new ArrayList<>(); // (layers + 1); what goes into layer i, and at the end the logits
  private final Tensor samples;
  private final int lowest; // the lowest layer that is trained; layers.size() if none is

  /** A device layer to be: the record it comes from, whether it is that record's activation alone, and its output. */
  private record Stage(LayerSpec spec, boolean activation, Shape output, int index) {}

  /** Allocates everything for evaluation and prediction. */
  CudaNetwork(Model model, int batch, CudaHandles handles, Natives owner, CudaParameters parameters, CudaSteps steps) {
    this(model, model.layers().size(), batch, 0, handles, owner, parameters, steps);
  }

  /** Allocates everything for training; {@code seed} is dropout's. */
  CudaNetwork(Model model, int batch, long seed, CudaHandles handles, Natives owner, CudaParameters parameters, CudaSteps steps) {
    this(model, FlatParameters.lowestTrained(model), batch, seed, handles, owner, parameters, steps);
  }

  private CudaNetwork(Model model, int lowestLayer, int batch, long seed, CudaHandles handles, Natives owner, CudaParameters parameters,
      CudaSteps steps) {
    List<Stage> stages = stages(model);
    lowest = (int) stages.stream().takeWhile(stage -> stage.index < lowestLayer).count();
    Slab slab = new Slab("the activations of " + batch + " samples");
    samples = slab.reserve(4L * batch);
    edges.add(new Edge(model.input(), slab.floats((long) batch * model.input().size()), null));
    List<CublasLinear.Scratch> scratches = new ArrayList<>();
    for (int i = 0; i < stages.size(); i++) {
      Shape shape = stages.get(i).output;
      long size = (long) batch * shape.size();
      edges.add(new Edge(shape, slab.floats(size), i >= lowest ? slab.floats(size) : null));
      scratches.add(stages.get(i).spec instanceof Linear linear ? CublasLinear.Scratch.reserve(slab, batch, linear.outFeatures()) : null);
    }
    slab.allocate(owner, batch);
    Tensor workspace = new Tensor(0); // how much is needed is known once the layers have chosen their algorithms
    for (int i = 0; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      Edge in = edges.get(i);
      Edge out = edges.get(i + 1);
      if (stage.activation) {
        layers.add(new CudnnActivation(stage.spec.name() + " activation", activationAbove(stage.spec), handles, owner, batch, in, out));
      } else if (stage.spec instanceof Conv2d spec) {
        layers.add(new CudnnConv2d(spec, handles, owner, batch, in, out, parameters.weights(spec.name()), workspace));
      } else if (stage.spec instanceof Pool2d spec) {
        layers.add(new CudnnPool2d(spec, handles, owner, batch, in, out));
      } else if (stage.spec instanceof Linear spec) {
        layers.add(new CublasLinear(spec, handles, owner, batch, in, out, parameters.weights(spec.name()), scratches.get(i)));
      } else if (stage.spec instanceof Dropout spec) {
        layers.add(new CudaDropout(spec, handles, batch, in, out, stage.index, seed, samples, steps));
      } else {
        throw new AssertionError("no CUDA layer for " + stage.spec); // and not silently without it
      }
    }
    allocateWorkspace(workspace, owner, batch);
  }

  /**
   * Takes a convolution's activation behind a maximum that follows it: all activations grow monotonically, so {@code f(max(x)) =
   * max(f(x))}, and there are fewer elements to apply it to.
   */
  private static List<Stage> stages(Model model) {
    List<Stage> stages = new ArrayList<>();
    for (int i = 0; i < model.layers().size(); i++) {
      LayerSpec spec = model.layers().get(i);
      stages.add(new Stage(spec, false, model.outputShape(i), i));
      if (activationAbove(spec) != Activation.NONE) {
        if (model.layers().get(i + 1) instanceof Pool2d pool && pool.kind() == Pool2d.Kind.MAX) { // the last layer is linear
          i++;
          stages.add(new Stage(pool, false, model.outputShape(i), i));
        }
        stages.add(new Stage(spec, true, model.outputShape(i), i));
      }
    }
    return stages;
  }

  /** What is left to a stage of its own: a linear layer does its activation itself. */
  private static Activation activationAbove(LayerSpec spec) {
    if (spec instanceof Conv2d conv) {
      return conv.activation();
    } else if (spec instanceof Linear || spec instanceof Pool2d || spec instanceof Dropout) {
      return Activation.NONE;
    }
    throw new AssertionError("no CUDA layer for " + spec);
  }

  private void allocateWorkspace(Tensor workspace, Natives owner, int batch) {
    long bytes = layers.stream().mapToLong(CudaLayer::workspaceBytes).max().orElse(0);
    if (bytes > 0) {
      Slab slab = new Slab("cuDNN's workspace for " + batch + " samples");
      Tensor memory = slab.reserve(bytes);
      slab.allocate(owner, batch);
      workspace.place(memory.address());
    }
  }

  /** The network's input. */
  Edge input() {
    return edges.get(0);
  }

  /** The network's output; its gradient is null if nothing is trained. */
  Edge logits() {
    return edges.get(edges.size() - 1);
  }

  /** {@code (batch)}, which sample each lane has. */
  Tensor samples() {
    return samples;
  }

  /** From the input to the logits. */
  List<Operation> forward(boolean training) {
    List<Operation> operations = new ArrayList<>();
    layers.forEach(layer -> operations.add(new Operation(layer.name() + " forward", () -> layer.forward(training))));
    return operations;
  }

  /** From the gradient of the logits down to the lowest layer that is trained. */
  List<Operation> backward() {
    List<Operation> operations = new ArrayList<>();
    for (int i = layers.size() - 1; i >= lowest; i--) {
      CudaLayer layer = layers.get(i);
      operations.add(new Operation(layer.name() + " backward", layer::backward));
    }
    return operations;
  }
}
