package org.lenet4j.backend.cpu;

import org.bytedeco.javacpp.FloatPointer;
import org.lenet4j.layer.Linear;

/**
 * A fully connected layer: OpenBLAS on native memory, because its Java bindings copy arrays. Features are rows and samples columns, so a
 * chunk's activations are used as they lie. Inputs and output gradients of all chunks of a batch are kept, and the weight gradient is
 * summed over the chunks, in order, for one block of rows after another.
 */
final class CpuLinear extends CpuLayer implements TrainableLayer {
  private static final int ROWS = 24; // rows of the weight matrix in a gradient task
  private static final int LANES = Kernels.LANES;

  private final CpuParameters parameters;
  private final CpuParameters.Range weight;
  private final CpuParameters.Range bias;
  final CpuActivation activation;
  private final int inFeatures;
  private final int outFeatures;
  private final int slotOffset;

  private final Matrix w; // (out, in)
  private final Matrix x; // (chunks, in, LANES)
  private final Matrix z; // (workers, out, LANES)
  private final Matrix dz; // (chunks, out, LANES)
  private final Matrix dx; // (workers, in, LANES)
  private final Matrix dw; // (out, in)
  private final FloatPointer[] dzBlock; // (chunks, tasks): rows of dz that a task needs
  private final float[][] dbias; // (workers)(out, LANES)

  CpuLinear(Linear spec, Place place, Kernels kernels, CpuParameters parameters, int slotOffset, int workers, int chunks) {
    super(place);
    this.parameters = parameters;
    this.slotOffset = slotOffset;
    weight = parameters.range(spec.name() + ".weight");
    bias = parameters.range(spec.name() + ".bias");
    activation = new CpuActivation(kernels, spec.activation());
    inFeatures = spec.inFeatures();
    outFeatures = spec.outFeatures();
    w = Matrix.allocate(1, outFeatures * inFeatures);
    x = Matrix.allocate(Math.max(chunks, workers), inFeatures * LANES);
    z = Matrix.allocate(workers, outFeatures * LANES);
    dz = needsGradient ? Matrix.allocate(chunks, outFeatures * LANES) : null;
    dx = passesGradient ? Matrix.allocate(workers, inFeatures * LANES) : null;
    boolean gradients = needsGradient && !weight.frozen();
    dw = gradients ? Matrix.allocate(gradientTasks(), ROWS * inFeatures) : null;
    dzBlock = new FloatPointer[gradients ? chunks * gradientTasks() : 0];
    for (int i = 0; i < dzBlock.length; i++) {
      dzBlock[i] = dz.part()[i / gradientTasks()].getPointer((long) i % gradientTasks() * ROWS * LANES);
    }
    dbias = new float[gradients ? workers : 0][outFeatures * LANES];
    load();
  }

  @Override void forward(Scratch s, boolean training) {
    float[] y = s.y[index];
    x.put(s.chunk, x(s));
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

  FloatPointer weights() {
    return w.part()[0];
  }

  /** Adds the bias to one sample's outputs. */
  void addBias(float[] y) {
    for (int o = 0; o < outFeatures; o++) {
      y[o] += parameters.theta[bias.from() + o];
    }
  }

  @Override void backward(Scratch s) {
    dz.put(s.chunk, s.dz[index]);
    if (!weight.frozen()) {
      float[] sums = dbias[s.worker];
      float[] d = s.dz[index];
      for (int i = 0; i < sums.length; i++) {
        sums[i] += d[i];
      }
    }
    if (passesGradient) {
      OpenBlas.multiplyTransposed(w.part()[0], dz.part()[s.chunk], dx.part()[s.worker], inFeatures, LANES, outFeatures, 0);
      dx.get(s.worker, dx(s), dIn);
      below.backward(x(s), in, dx(s), dIn);
    }
  }

  @Override public void beginSlot(int worker) {
    java.util.Arrays.fill(dbias[worker], 0);
  }

  @Override public void endSlot(int worker, float[] slot) {
    for (int o = 0; o < outFeatures; o++) {
      slot[slotOffset + o] = TrainableLayer.sumLanes(dbias[worker], o * LANES);
    }
  }

  @Override public int slotLength() {
    return outFeatures;
  }

  @Override public int gradientTasks() {
    return (outFeatures + ROWS - 1) / ROWS;
  }

  @Override public void gradient(int task, int chunks, float[][] slots, int slotCount) {
    int rows = lastRow(task) - task * ROWS;
    for (int chunk = 0; chunk < chunks; chunk++) {
      FloatPointer d = dzBlock[chunk * gradientTasks() + task];
      OpenBlas.outer(d, x.part()[chunk], dw.part()[task], rows, inFeatures, LANES, chunk == 0 ? 0 : 1);
    }
    dw.view().get(task * dw.partLength(), parameters.gradient, weightFrom(task), rows * inFeatures);
    TrainableLayer.sumSlots(slots, slotCount, slotOffset + task * ROWS, parameters.gradient, biasFrom(task), biasFrom(task) + rows);
    parameters.optimizer.penalize(weightFrom(task), weightFrom(task) + rows * inFeatures);
    parameters.optimizer.penalize(biasFrom(task), biasFrom(task) + rows);
  }

  @Override public double gradientSquares(int task) {
    return parameters.squares(weightFrom(task), weight.from() + lastRow(task) * inFeatures)
        + parameters.squares(biasFrom(task), bias.from() + lastRow(task));
  }

  @Override public void update(int task, float rateFactor, float gradientScale) {
    int to = weight.from() + lastRow(task) * inFeatures;
    parameters.optimizer.update(weight, weightFrom(task), to, rateFactor, gradientScale);
    parameters.optimizer.update(bias, biasFrom(task), bias.from() + lastRow(task), rateFactor, gradientScale);
    w.view().put(task * ROWS * inFeatures, parameters.theta, weightFrom(task), to - weightFrom(task));
  }

  private int lastRow(int task) {
    return Math.min(outFeatures, (task + 1) * ROWS);
  }

  private int weightFrom(int task) {
    return weight.from() + task * ROWS * inFeatures;
  }

  private int biasFrom(int task) {
    return bias.from() + task * ROWS;
  }

  @Override public void load() {
    w.view().put(0, parameters.theta, weight.from(), outFeatures * inFeatures);
  }

  @Override public boolean frozen() {
    return weight.frozen();
  }

  @Override public void close() {
    for (Matrix matrix : new Matrix[] {dw, dx, dz, z, x, w}) {
      if (matrix != null) {
        matrix.close();
      }
    }
  }
}
