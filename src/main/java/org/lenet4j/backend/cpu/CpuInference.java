package org.lenet4j.backend.cpu;

import org.lenet4j.backend.Totals;
import org.lenet4j.backend.cpu.layer.CpuLoss;
import org.lenet4j.backend.cpu.memory.ChunkInput;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;

/** Samples forward through a network, chunk by chunk on all workers. */
final class CpuInference {
  private static final int LANES = Layout.LANES;

  final CpuNetwork network;
  private final Workers workers;

  CpuInference(CpuNetwork network, Workers workers) {
    this.network = network;
    this.workers = workers;
  }

  Totals evaluate(Dataset data, Loss loss, int[] predictions) {
    int chunks = (data.size() - 1) / LANES + 1;
    double[] losses = new double[chunks];
    int[] rights = new int[chunks];
    workers.run(chunks, (chunk, worker) -> {
      Scratch s = walk(data, chunk, worker, network.layers.size());
      CpuLoss.apply(loss, data, network.logits(), null, s, 1);
      score(s, data);
      losses[chunk] = s.lossSum;
      rights[chunk] = s.correct;
      for (int lane = 0; predictions != null && lane < s.count; lane++) {
        predictions[chunk * LANES + lane] = largest(s, lane);
      }
    });
    double sum = 0;
    long right = 0;
    for (int chunk = 0; chunk < chunks; chunk++) {
      sum += losses[chunk];
      right += rights[chunk];
    }
    return new Totals(sum, right, data.size());
  }

  /** {@code logits (count, outputs)} of images as they lie. */
  void forward(byte[] images, int count, float[] logits) {
    int outputs = network.logits().shape().size();
    workers.run((count + LANES - 1) / LANES, (chunk, worker) -> {
      Scratch s = select(chunk, worker, count);
      network.input.gather(s, images);
      network.forward(s, 0, network.layers.size(), false);
      int z = network.logits().start();
      for (int lane = 0; lane < s.count; lane++) {
        for (int k = 0; k < outputs; k++) {
          logits[(chunk * LANES + lane) * outputs + k] = s.memory[z + k * LANES + lane];
        }
      }
    });
  }

  /** A chunk forward through the first {@code depth} layers, without dropout. */
  Scratch walk(Dataset data, int chunk, int worker, int depth) {
    Scratch s = select(chunk, worker, data.size());
    network.input.gather(s, data);
    network.forward(s, 0, depth, false);
    return s;
  }

  private Scratch select(int chunk, int worker, int size) {
    Scratch s = network.scratch[worker];
    s.chunk = worker;
    ChunkInput.select(s, null, chunk * LANES, Math.min(LANES, size - chunk * LANES));
    return s;
  }

  /** Adds up the losses of a chunk's samples, and counts those that are right. */
  void score(Scratch s, Dataset data) {
    s.lossSum = 0;
    s.correct = 0;
    for (int lane = 0; lane < s.count; lane++) {
      s.lossSum += s.lossOfLane[lane];
      if (!data.isRegression() && largest(s, lane) == data.labels()[s.sample[lane]]) {
        s.correct++;
      }
    }
  }

  private int largest(Scratch s, int lane) {
    return CpuLoss.largest(s.memory, network.logits().start() + lane, network.logits().shape().size());
  }
}
