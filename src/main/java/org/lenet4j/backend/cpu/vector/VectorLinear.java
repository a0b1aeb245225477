package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.lenet4j.backend.cpu.layer.CpuLinear;
import org.lenet4j.backend.cpu.layer.CpuParameters;
import org.lenet4j.backend.cpu.layer.Loops;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.NetworkMemory;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Linear;

/** A fully connected layer in Java's Vector API, on the parameters as they are. */
final class VectorLinear extends CpuLinear {
  private static final int BLOCK = 64; // samples: their inputs stay in the second-level cache, and in pages that are known
  private static final int MOST_ROWS = 24; // of a gradient task
  private static final int MOST_WEIGHTS = 3072; // of a gradient task with one block

  private final MemoryPlan batch;
  private final int x; // in the batch's memory (samples, columns): inputs, one sample after the other
  private final int dz; // in the batch's memory (rows, samples)
  private final int[] elements; // (in): where each input of the first sample is
  private final int sample; // (LANES, columns): a chunk's inputs
  private final float[][] dw; // (tasks)(rows, columns)
  private final int columns; // inFeatures, in whole pairs of vectors
  private final int samples; // room for so many
  private final int dx; // (in, LANES)
  private final float[] zeros; // (in), biases of the gradient

  VectorLinear(Linear spec, Place place, CpuParameters parameters, Loops loops, NetworkMemory network) {
    super(spec, place, parameters, loops, rowsOfTask(spec.inFeatures(), network.chunks()));
    MemoryPlan memory = network.worker();
    samples = network.chunks() * LANES;
    int pair = 2 * S.length();
    columns = (inFeatures + pair - 1) / pair * pair;
    boolean direct = passesGradient && dIn.border() == 0;
    dx = direct ? dIn.start() : memory.reserve(passesGradient ? inFeatures * LANES : 0);
    zeros = new float[passesGradient ? inFeatures : 0];
    batch = network.batch();
    x = batch.reserve(trained ? samples * columns : 0);
    dz = batch.reserve(trained ? gradientTasks() * rows * samples : 0);
    sample = memory.reserve(trained ? LANES * columns : 0);
    elements = new int[trained ? inFeatures : 0];
    Arrays.setAll(elements, i -> in.start() + i * LANES);
    dw = new float[trained ? gradientTasks() : 0][rows * columns];
  }

  /** With many rows each block of samples is read less often. One block stays in the cache, and smaller tasks are shared out better. */
  private static int rowsOfTask(int inFeatures, int chunks) {
    int fine = MOST_WEIGHTS / inFeatures / Tiles.ROWS * Tiles.ROWS;
    return chunks * LANES > BLOCK ? MOST_ROWS : Math.min(Math.max(fine, Tiles.ROWS), MOST_ROWS);
  }

  @Override public void forward(Scratch s, boolean training) {
    for (int o = 0; o < outFeatures; o += Tiles.OUTPUTS) {
      for (int lane = 0; lane < LANES; lane += Tiles.SAMPLES) {
        Tiles.forward(parameters.theta, weight.from(), bias.from(), o, outFeatures, inFeatures, s.memory, in.start() + lane,
            out.at(0, 0, 0) + lane, out.plane());
      }
    }
    activation.forward(s.memory, out);
  }

  @Override public void backward(Scratch s) {
    if (trained) {
      keep(s);
    }
    if (passesGradient) {
      for (int i = 0; i < inFeatures; i += Tiles.OUTPUTS) {
        for (int lane = 0; lane < LANES; lane += Tiles.SAMPLES) {
          Tiles.backward(parameters.theta, weight.from(), i, outFeatures, inFeatures, zeros, s.memory, dOut.start() + lane,
              dx + lane);
        }
      }
      if (dx != dIn.start()) {
        dIn.put(s.memory, dx);
      }
      below.backward(s.memory, in, dIn);
    }
  }

  /**
   * Puts a chunk's inputs and output gradients beside those of the batch's other chunks. Samples are put together first, so that
   * whole vectors go to lines that another core has read: a core has few stores under way that wait for a line.
   */
  private void keep(Scratch s) {
    float[] kept = batch.array();
    int first = s.chunk * LANES;
    Transpose.split(s.memory, elements, 0, inFeatures, sample, columns);
    for (int lane = 0; lane < LANES; lane++) {
      System.arraycopy(s.memory, sample + lane * columns, kept, x + (first + lane) * columns, inFeatures);
    }
    for (int o = 0; o < outFeatures; o++) {
      System.arraycopy(s.memory, dOut.start() + o * LANES, kept, dz + o * samples + first, LANES);
    }
  }

  @Override public int sumAhead(int task, int chunks) {
    addChunks(task, 0, chunks);
    return chunks;
  }

  private void addChunks(int task, int from, int to) {
    float[] kept = batch.array();
    if (from == 0) {
      Arrays.fill(dw[task], 0);
    }
    int end = to * LANES;
    for (int b = from * LANES; b < end; b += BLOCK) {
      int count = Math.min(BLOCK, end - b);
      for (int r = 0; r < rowsOf(task); r += Tiles.ROWS) {
        int d0 = dz + (task * rows + r) * samples + b;
        for (int j = 0; j < columns; j += 2 * S.length()) {
          Tiles.weightGradient(count, kept, d0, samples, kept, x + b * columns + j, columns, dw[task], r * columns + j);
        }
      }
    }
  }

  @Override protected void sumGradient(float[] gradient, int task, int from, int chunks, float[][] slots, int slotCount) {
    float[] kept = batch.array();
    addChunks(task, from, chunks);
    for (int r = 0; r < rowsOf(task); r++) {
      System.arraycopy(dw[task], r * columns, gradient, weightFrom(task) + r * inFeatures, inFeatures);
    }
    for (int r = 0; r < rowsOf(task); r++) { // dw is free now
      gradient[biasFrom(task) + r] = sum(kept, dz + (task * rows + r) * samples, chunks * LANES, dw[task]);
    }
  }

  /** Lane by lane, then over the lanes, so that the order does not depend on the width of a vector. */
  private static float sum(float[] x, int from, int count, float[] lanes) {
    for (int lane = 0; lane < LANES; lane += S.length()) {
      FloatVector sum = FloatVector.zero(S);
      for (int b = lane; b < count; b += LANES) {
        sum = FloatVector.fromArray(S, x, from + b).add(sum);
      }
      sum.intoArray(lanes, lane);
    }
    float total = 0;
    for (int lane = 0; lane < LANES; lane++) {
      total += lanes[lane];
    }
    return total;
  }
}
