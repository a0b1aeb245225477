package org.lenet4j.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.TrainConfig;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;

/**
 * A model compiled for the CPU. A step has two stages of tasks on the workers: first the slots of the batch, each a few chunks that one
 * worker walks forward and backward through all layers; then the parts of the parameters, each summed over the batch in a fixed order
 * and updated. A worker that finds no more slots sums the chunks that are through while it waits for the others. Slots and parts depend on
 * the batch size alone, and so does the order of each sum, so any number of threads gives the same bits.
 */
final class CpuProgram implements Program {
  private static final int LANES = Kernels.LANES;
  private static final int MOST_SLOTS = 32;

  private final Workers workers;
  private final TrainConfig config; // null for inference
  private final int batchSize;
  private final Model shape; // for checks: layers, input, outputs
  private final CpuParameters parameters;
  private final Kernels kernels;
  private final SingleImage single; // for a few images at a time; null for training
  private CpuNetwork network; // for inference made by the first call with more images
  private final FeatureCache features; // null for inference
  private final float[][] slots; // (MOST_SLOTS, slotLength)
  private final List<Part> parts = new ArrayList<>();
  private final int[] ownParts; // (threads + 1), where each worker's begin
  private final int[] summed; // (parts), chunks that are in a part's gradient
  private final AtomicIntegerArray walked; // (slots), whether each is through
  private final double[] squares; // (parts)
  private final double[] chunkLoss; // (chunks)
  private final int[] chunkCorrect; // (chunks)
  private boolean closed;

  private Dataset data;
  private Augment augment;
  private int[] order;
  private int epoch;
  private double lossSum;
  private long correct;
  private long samples;
  private long steps;
  private long firstNonFinite = -1;

  // one step, read by the workers
  private final Workers.Task fillFeatures = this::fillFeatures;
  private final Workers.Task walkSlot = this::walkSlot;
  private final Workers.Task sumAhead = this::sumAhead;
  private final Workers.Task finishPart = this::finishPart;
  private final Workers.Task updatePart = this::updatePart;
  private int first;
  private int count;
  private int chunks;
  private int slotCount;
  private float rateFactor;
  private float gradientScale;

  /** A part of a layer's parameters that one task finishes and updates. */
  private record Part(TrainableLayer layer, int task) {
    int parameters() {
      return layer.parameters(task);
    }
  }

  CpuProgram(Model model, TrainConfig config, int batchSize, Workers workers, Kernels kernels, long featureBytes) {
    ProgramChecks.compile(model, config, batchSize);
    this.workers = workers;
    this.config = config;
    this.batchSize = batchSize;
    this.shape = model.copy();
    this.kernels = kernels;
    parameters = new CpuParameters(model, config, kernels);
    int mostChunks = 0;
    if (config == null) {
      single = new SingleImage(model, parameters, kernels);
      features = null;
      slots = null;
    } else {
      single = null;
      mostChunks = (batchSize + LANES - 1) / LANES;
      network = new CpuNetwork(model, parameters, kernels, config, workers.threads(), mostChunks);
      features = new FeatureCache(model, network, kernels, featureBytes);
      slots = new float[Math.min(mostChunks, MOST_SLOTS)][network.slotLength];
      for (TrainableLayer layer : network.trained) {
        for (int task = 0; task < layer.gradientTasks(); task++) {
          parts.add(new Part(layer, task));
        }
      }
    }
    ownParts = shares(parts, workers.threads());
    summed = new int[parts.size()];
    walked = new AtomicIntegerArray(slots == null ? 0 : slots.length);
    squares = new double[parts.size()];
    chunkLoss = new double[mostChunks];
    chunkCorrect = new int[mostChunks];
  }

  /** Cuts the parts into ranges of about as many parameters, one for each thread. */
  private static int[] shares(List<Part> parts, int threads) {
    long all = parts.stream().mapToLong(Part::parameters).sum();
    int[] begins = new int[threads + 1];
    long before = 0;
    for (int part = 0; part < parts.size(); part++) {
      long middle = before + parts.get(part).parameters() / 2;
      begins[(int) (middle * threads / all) + 1] = part + 1;
      before += parts.get(part).parameters();
    }
    for (int thread = 1; thread <= threads; thread++) {
      begins[thread] = Math.max(begins[thread], begins[thread - 1]);
    }
    return begins;
  }

  private void needNetwork() {
    if (network == null) {
      network = new CpuNetwork(shape, parameters, kernels, config, workers.threads(), 0);
    }
  }

  @Override public void bind(Dataset data, Augment augment) {
    checkTraining();
    ProgramChecks.data(shape, data, config.loss());
    this.data = data;
    this.augment = augment;
    this.order = null;
    features.bind(data, augment);
  }

  @Override public void order(int epoch, int[] indices) {
    checkTraining();
    ProgramChecks.order(data, indices);
    this.epoch = epoch;
    this.order = indices.clone();
  }

  @Override public void step(int first, int count, float rateFactor) {
    checkTraining();
    ProgramChecks.step(first, count, order == null ? -1 : order.length, batchSize);
    this.first = first;
    this.count = count;
    this.rateFactor = rateFactor;
    chunks = (count + LANES - 1) / LANES;
    slotCount = Math.min(chunks, MOST_SLOTS);
    if (features.mustFill()) {
      workers.run((data.size() + LANES - 1) / LANES, fillFeatures);
      features.filled();
    }
    if (!parts.isEmpty()) {
      parameters.optimizer.nextStep();
    }
    boolean clip = config.clipNorm() < Float.POSITIVE_INFINITY;
    gradientScale = clip ? Float.NaN : 1;
    Arrays.fill(summed, 0);
    for (int slot = 0; slot < slotCount; slot++) {
      walked.set(slot, 0);
    }
    workers.run(slotCount, walkSlot, ownParts, sumAhead, finishPart);
    addTotals();
    if (clip) {
      double sum = 0;
      for (double square : squares) {
        sum += square;
      }
      // as torch.nn.utils.clip_grad_norm_
      gradientScale = (float) Math.min(1, config.clipNorm() / (Math.sqrt(sum) + 1e-6));
      workers.run(parts.size(), updatePart);
    }
  }

  private void fillFeatures(int chunk, int worker) {
    features.store(walk(data.images(), chunk, worker, data.size(), features.depth));
  }

  private void walkSlot(int slot, int worker) {
    Scratch s = network.scratch[worker];
    for (TrainableLayer layer : network.trained) {
      layer.beginSlot(s);
    }
    int last = chunks * (slot + 1) / slotCount;
    for (int chunk = chunks * slot / slotCount; chunk < last; chunk++) {
      s.chunk = chunk;
      s.epoch = epoch;
      ChunkInput.select(s, order, first + chunk * LANES, Math.min(LANES, count - chunk * LANES));
      if (features.isOn()) {
        features.gather(s);
      } else if (augment.isNone()) {
        network.input.gather(s, data.images());
      } else {
        network.input.gatherAugmented(s, data, augment, config.seed());
      }
      network.forward(s, features.isOn() ? features.depth : 0, network.layers.size(), true);
      CpuLoss.apply(config.loss(), data, network.logits(), network.dLogits(), s, 1f / count);
      score(s, data);
      chunkLoss[chunk] = s.lossSum;
      chunkCorrect[chunk] = s.correct;
      network.backward(s);
    }
    for (TrainableLayer layer : network.trained) {
      layer.endSlot(s, slots[slot]);
    }
    walked.set(slot, 1);
  }

  /** Sums what is through for a part. */
  private void sumAhead(int index, int worker) {
    int slot = 0;
    while (slot < slotCount && walked.get(slot) == 1) {
      slot++;
    }
    Part part = parts.get(index);
    summed[index] = part.layer.sumAhead(part.task, chunks * slot / slotCount);
  }

  private void score(Scratch s, Dataset data) {
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
    return CpuLoss.largest(s.memory, network.logits().start() + lane, shape.outputSize());
  }

  private void addTotals() {
    double sum = 0;
    for (int chunk = 0; chunk < chunks; chunk++) {
      sum += chunkLoss[chunk];
      correct += chunkCorrect[chunk];
    }
    lossSum += sum;
    samples += count;
    if (firstNonFinite < 0 && !Double.isFinite(sum)) {
      firstNonFinite = steps;
    }
    steps++;
  }

  /** Whether the lowest layers' outputs are kept instead of computed in every step. */
  boolean keepsFeatures() {
    return features.isOn();
  }

  private void finishPart(int index, int worker) {
    Part part = parts.get(index);
    part.layer.gradient(part.task, summed[index], chunks, slots, slotCount);
    if (Float.isNaN(gradientScale)) { // the scale depends on all parts
      squares[index] = part.layer.gradientSquares(part.task);
    } else {
      part.layer.update(part.task, rateFactor, gradientScale);
    }
  }

  private void updatePart(int index, int worker) {
    parts.get(index).layer.update(parts.get(index).task, rateFactor, gradientScale);
  }

  @Override public Totals drain() {
    checkTraining();
    Totals totals = new Totals(lossSum, correct, samples, firstNonFinite);
    lossSum = 0;
    correct = 0;
    samples = 0;
    steps = 0;
    firstNonFinite = -1;
    return totals;
  }

  @Override public Totals evaluate(Dataset data, Loss loss, int[] predictions) {
    checkOpen();
    ProgramChecks.data(shape, data, loss);
    needNetwork();
    int chunks = (data.size() + LANES - 1) / LANES;
    double[] losses = new double[chunks];
    int[] rights = new int[chunks];
    workers.run(chunks, (chunk, worker) -> {
      Scratch s = walk(data.images(), chunk, worker, data.size(), network.layers.size());
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

  /** A chunk forward through the first {@code depth} layers, as it is evaluated. */
  private Scratch walk(byte[] images, int chunk, int worker, int size, int depth) {
    Scratch s = network.scratch[worker];
    s.chunk = worker;
    ChunkInput.select(s, null, chunk * LANES, Math.min(LANES, size - chunk * LANES));
    network.input.gather(s, images);
    network.forward(s, 0, depth, false);
    return s;
  }

  @Override public void forward(byte[] images, int count, float[] logits) {
    checkOpen();
    int outputs = shape.outputSize();
    int pixels = shape.input().size();
    ProgramChecks.images(shape, images, count, logits);
    if (single != null && count <= single.most()) {
      for (int i = 0; i < count; i++) {
        single.forward(images, i * pixels, logits, i * outputs);
      }
      return;
    }
    needNetwork();
    workers.run((count + LANES - 1) / LANES, (chunk, worker) -> {
      Scratch s = walk(images, chunk, worker, count, network.layers.size());
      int z = network.logits().start();
      for (int lane = 0; lane < s.count; lane++) {
        for (int k = 0; k < outputs; k++) {
          logits[(chunk * LANES + lane) * outputs + k] = s.memory[z + k * LANES + lane];
        }
      }
    });
  }

  @Override public void read(Model target) {
    checkOpen();
    parameters.read(target);
  }

  @Override public void readAverage(Model target) {
    checkOpen();
    parameters.readAverage(target);
  }

  @Override public void write(Model source) {
    checkOpen();
    parameters.write(source);
    if (network != null) {
      network.parameterized.forEach(TrainableLayer::load);
    }
    if (single != null) {
      single.load();
    }
    if (features != null) {
      features.forget();
    }
  }

  @Override public OptimizerState state() {
    checkTraining();
    return parameters.optimizer.state();
  }

  @Override public void restore(OptimizerState state) {
    checkTraining();
    parameters.optimizer.restore(state);
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the program is closed");
    }
    workers.checkOpen();
  }

  private void checkTraining() {
    checkOpen();
    if (config == null) {
      throw new IllegalStateException("this program was compiled for inference only");
    }
  }

  @Override public void close() {
    if (!closed) {
      closed = true;
      if (network != null) {
        network.close();
      }
    }
  }
}
