package org.lenet4j.backend.cpu.vector;

import org.lenet4j.backend.cpu.layer.CpuConv2d;
import org.lenet4j.backend.cpu.layer.CpuLayer;
import org.lenet4j.backend.cpu.layer.CpuLayers;
import org.lenet4j.backend.cpu.layer.CpuLinear;
import org.lenet4j.backend.cpu.layer.CpuParameters;
import org.lenet4j.backend.cpu.layer.CpuPool2d;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.memory.NetworkMemory;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Pool2d;

/** Layers in Java's Vector API. Loaded only when the module {@code jdk.incubator.vector} is there. */
public final class VectorLayers implements CpuLayers {
  private final Loops loops = new VectorLoops();

  @Override public String describe() {
    return "Vector API " + VectorLoops.S.vectorBitSize() + " bit";
  }

  /** Any width gives the same bits. */
  @Override public String arithmetic() {
    return "openblas vector";
  }

  @Override public void warmUp(long patience) {
    WarmUp.run(patience);
  }

  @Override public Loops loops() {
    return loops;
  }

  @Override public boolean lanesAreAlike() {
    return true;
  }

  @Override public boolean pools(Conv2d spec) {
    return spec.activation() == Activation.RELU || spec.activation() == Activation.NONE;
  }

  @Override public CpuConv2d conv2d(Conv2d spec, CpuLayer.Place place, CpuParameters parameters, NetworkMemory memory) {
    return new VectorConv2d(spec, place, parameters, loops, memory);
  }

  @Override public CpuPool2d pool2d(Pool2d spec, CpuLayer.Place place) {
    return new VectorPool2d(spec, place);
  }

  @Override public CpuLinear linear(Linear spec, CpuLayer.Place place, CpuParameters parameters, NetworkMemory memory) {
    return new VectorLinear(spec, place, parameters, loops, memory);
  }
}
