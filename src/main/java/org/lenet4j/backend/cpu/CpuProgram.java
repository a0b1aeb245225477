package org.lenet4j.backend.cpu;

import org.lenet4j.backend.Program;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.backend.cpu.layer.CpuLayers;
import org.lenet4j.backend.cpu.layer.CpuParameters;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.single.ImageLoops;
import org.lenet4j.backend.cpu.single.SingleImage;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/** A model compiled for the CPU, to evaluate and predict: chunks of {@link Layout#LANES} samples, each walked by one worker. */
final class CpuProgram implements Program {
  private final Workers workers;
  private final CpuLayers twins;
  private final Model shape; // for checks: layers, input, outputs
  private final CpuParameters parameters;
  private final SingleImage single; // for a few images at a time
  private CpuInference inference; // made by the first call with more

  CpuProgram(Model model, Workers workers, CpuLayers twins, ImageLoops image) {
    this.workers = workers;
    this.twins = twins;
    shape = model.copy();
    parameters = new CpuParameters(model);
    single = new SingleImage(model, parameters, twins.loops(), image);
  }

  private CpuInference inference() {
    if (inference == null) {
      inference = new CpuInference(new CpuNetwork(shape, parameters, twins, workers.threads()), workers);
    }
    return inference;
  }

  @Override public Totals evaluate(Dataset data, Loss loss, int[] predictions) {
    ProgramChecks.data(shape, data, loss);
    return inference().evaluate(data, loss, predictions);
  }

  @Override public void forward(byte[] images, int count, float[] logits) {
    ProgramChecks.images(shape, images, count, logits);
    if (count > single.most()) {
      inference().forward(images, count, logits);
      return;
    }
    for (int i = 0; i < count; i++) {
      single.forward(images, i * shape.input().size(), logits, i * shape.outputSize());
    }
  }

  @Override public void read(Model target) {
    parameters.read(target);
  }

  @Override public void write(Model source) {
    parameters.write(source);
    single.load();
    if (inference != null) {
      inference.network.load();
    }
  }

  @Override public String arithmetic() {
    return twins.arithmetic();
  }

  @Override public void close() {
    if (inference != null) {
      inference.network.close();
    }
  }
}
