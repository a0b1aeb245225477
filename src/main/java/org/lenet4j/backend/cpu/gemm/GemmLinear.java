package org.lenet4j.backend.cpu.gemm;

import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.lenet4j.backend.cpu.layer.CpuLinear;
import org.lenet4j.backend.cpu.layer.CpuOptimizer;
import org.lenet4j.backend.cpu.layer.CpuParameters;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.memory.NetworkMemory;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Linear;

/** A fully connected layer in OpenBLAS, on native memory, because its Java bindings copy arrays. */
final class GemmLinear extends CpuLinear {
  private static final int ROWS = 24; // of a gradient task

  private final Matrix w; // (out, in)
  private final Matrix x; // (chunks, in, LANES)
  private final Matrix z; // (workers, out, LANES)
  private final Matrix dz; // (chunks, out, LANES)
  private final Matrix dx; // (workers, in, LANES)
  private final Matrix dw; // (tasks, ROWS, in)
  private final FloatPointer[] dzBlock; // (chunks, tasks): rows of dz that a task needs
  private final float[][] dbias; // (workers)(out, LANES)

  GemmLinear(Linear spec, Place place, CpuParameters parameters, Loops loops, NetworkMemory network) {
    super(spec, place, parameters, loops, ROWS);
    int workers = network.workers();
    int chunks = network.chunks();
    w = Matrix.allocate(1, outFeatures * inFeatures, network.natives());
    x = Matrix.allocate(Math.max(chunks, workers), inFeatures * LANES, network.natives());
    z = Matrix.allocate(workers, outFeatures * LANES, network.natives());
    dz = needsGradient ? Matrix.allocate(chunks, outFeatures * LANES, network.natives()) : null;
    dx = passesGradient ? Matrix.allocate(workers, inFeatures * LANES, network.natives()) : null;
    dw = trained ? Matrix.allocate(gradientTasks(), ROWS * inFeatures, network.natives()) : null;
    dzBlock = new FloatPointer[trained ? chunks * gradientTasks() : 0];
    for (int i = 0; i < dzBlock.length; i++) {
      dzBlock[i] = dz.part()[i / gradientTasks()].getPointer((long) i % gradientTasks() * ROWS * LANES);
    }
    dbias = new float[trained ? workers : 0][outFeatures * LANES];
  }

  @Override public void forward(Scratch s, boolean training) {
    float[] y = s.memory;
    x.put(s.chunk, s.memory, in.start());
    OpenBlas.multiply(w.part()[0], x.part()[s.chunk], z.part()[s.worker], outFeatures, LANES, inFeatures);
    z.get(s.worker, y, out);
    for (int o = 0; o < outFeatures; o++) {
      float b = parameters.theta[bias.from() + o];
      for (int i = out.at(o, 0, 0), last = i + LANES; i < last; i++) {
        y[i] += b;
      }
    }
    activation.forward(y, out);
  }

  @Override public void backward(Scratch s) {
    dz.put(s.chunk, s.memory, dOut.start());
    if (trained) {
      float[] sums = dbias[s.worker];
      for (int i = 0; i < sums.length; i++) {
        sums[i] += s.memory[dOut.start() + i];
      }
    }
    if (passesGradient) {
      OpenBlas.multiplyTransposed(w.part()[0], dz.part()[s.chunk], dx.part()[s.worker], inFeatures, LANES, outFeatures, 0);
      dx.get(s.worker, s.memory, dIn);
      below.backward(s.memory, in, dIn);
    }
  }

  @Override public void beginSlot(Scratch s) {
    Arrays.fill(dbias[s.worker], 0);
  }

  @Override public void endSlot(Scratch s, float[] slot) {
    for (int o = 0; o < outFeatures; o++) {
      slot[slotOffset + o] = sumLanes(dbias[s.worker], o * LANES);
    }
  }

  @Override public int slotLength() {
    return outFeatures;
  }

  @Override protected void sumGradient(float[] gradient, int task, int from, int chunks, float[][] slots, int slotCount) {
    for (int chunk = 0; chunk < chunks; chunk++) {
      FloatPointer d = dzBlock[chunk * gradientTasks() + task];
      OpenBlas.outer(d, x.part()[chunk], dw.part()[task], rowsOf(task), inFeatures, LANES, chunk == 0 ? 0 : 1);
    }
    dw.view().get(task * dw.partLength(), gradient, weightFrom(task), rowsOf(task) * inFeatures);
    sumSlots(slots, slotCount, slotOffset + task * ROWS, gradient, biasFrom(task),
        biasFrom(task) + rowsOf(task));
  }

  @Override public void update(CpuOptimizer optimizer, int task, float rateFactor, float gradientScale) {
    super.update(optimizer, task, rateFactor, gradientScale);
    w.view().put(task * ROWS * inFeatures, parameters.theta, weightFrom(task), weightTo(task) - weightFrom(task));
  }

  @Override public void load() {
    w.view().put(0, parameters.theta, weight.from(), outFeatures * inFeatures);
  }
}
