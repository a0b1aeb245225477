package org.lenet4j.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.cpu.layer.CpuLoss;
import org.lenet4j.backend.cpu.layer.CpuOptimizer;
import org.lenet4j.backend.cpu.layer.TrainableLayer;
import org.lenet4j.backend.cpu.memory.ChunkInput;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.optim.Recipe;

/**
 * A training step. It has two stages of tasks on the workers: first the slots of the batch, each a few chunks that one worker walks forward
 * and backward through all layers; then the parts of the parameters, each summed over the batch in a fixed order and updated. A worker that
 * finds no more slots sums the chunks that are through while it waits for the others. Slots and parts depend on the batch size alone, and
 * so does the order of each sum, so any number of threads gives the same bits.
 */
final class CpuStep {
  private static final int LANES = Layout.LANES;
  private static final int MOST_SLOTS = 32;

  private final Recipe recipe;
  private final long seed;
  private final CpuOptimizer optimizer;
  private final CpuInference inference;
  private final CpuNetwork network;
  private final FeatureCache features;
  private final Workers workers;
  private final float[][] slots; // (slots, slotLength)
  private final List<Part> parts = new ArrayList<>();
  private final int[] ownParts; // (threads + 1), where each worker's begin
  private final int[] summed; // (parts), chunks that are in a part's gradient
  private final AtomicIntegerArray walked; // (slots), whether each is through
  private final double[] squares; // (parts)
  private final double[] chunkLoss; // (chunks)
  private final int[] chunkCorrect; // (chunks)
  private final Workers.Task fillFeatures = this::fillFeatures;
  private final Workers.Task walkSlot = this::walkSlot;
  private final Workers.Task sumAhead = this::sumAhead;
  private final Workers.Task finishPart = this::finishPart;
  private final Workers.Task updatePart = this::updatePart;

  private Dataset data;
  private Augment augment;
  private int epoch;
  private int[] order;
  private double lossSum; // this and what follows since the last drain
  private long correct;
  private long samples;
  private long steps;
  private long firstNonFinite = -1;

  // one step, read by the workers
  private int first;
  private int count;
  private int chunks;
  private int slotCount;
  private float rateFactor;
  private float gradientScale;

  /** A part of a layer's parameters that one task finishes and updates. */
  private record Part(TrainableLayer layer, int task) {
    int parameters() {
      return layer.parameterCount(task);
    }
  }

  CpuStep(Recipe recipe, long seed, CpuOptimizer optimizer, CpuInference inference, FeatureCache features, Workers workers, int chunks) {
    this.recipe = recipe;
    this.seed = seed;
    this.optimizer = optimizer;
    this.inference = inference;
    this.features = features;
    this.workers = workers;
    network = inference.network;
    slots = new float[Math.min(chunks, MOST_SLOTS)][network.slotLength];
    for (TrainableLayer layer : network.trained) {
      for (int task = 0; task < layer.gradientTasks(); task++) {
        parts.add(new Part(layer, task));
      }
    }
    ownParts = shares(parts, workers.threads());
    summed = new int[parts.size()];
    walked = new AtomicIntegerArray(slots.length);
    squares = new double[parts.size()];
    chunkLoss = new double[chunks];
    chunkCorrect = new int[chunks];
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

  void bind(Dataset data, Augment augment) {
    this.data = data;
    this.augment = augment;
  }

  void order(int epoch, int[] order) {
    this.epoch = epoch;
    this.order = order;
  }

  /** Samples {@code order[first .. first + count)}. */
  void run(int first, int count, float rateFactor) {
    begin(first, count, rateFactor);
    workers.run(slotCount, walkSlot, ownParts, sumAhead, finishPart);
    addTotals();
    if (clips()) {
      gradientScale = clipScale();
      workers.run(parts.size(), updatePart);
    }
  }

  private void begin(int first, int count, float rateFactor) {
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
      optimizer.nextStep();
    }
    gradientScale = 1;
    Arrays.fill(summed, 0);
    for (int slot = 0; slot < slotCount; slot++) {
      walked.set(slot, 0);
    }
  }

  private void fillFeatures(int chunk, int worker) {
    features.store(inference.walk(data.images(), chunk, worker, data.size(), features.depth));
  }

  private void walkSlot(int slot, int worker) {
    Scratch s = network.scratch[worker];
    for (TrainableLayer layer : network.trained) {
      layer.beginSlot(s);
    }
    int last = chunks * (slot + 1) / slotCount;
    for (int chunk = chunks * slot / slotCount; chunk < last; chunk++) {
      walkChunk(chunk, s);
    }
    for (TrainableLayer layer : network.trained) {
      layer.endSlot(s, slots[slot]);
    }
    walked.set(slot, 1);
  }

  private void walkChunk(int chunk, Scratch s) {
    s.chunk = chunk;
    s.epoch = epoch;
    ChunkInput.select(s, order, first + chunk * LANES, Math.min(LANES, count - chunk * LANES));
    if (features.isOn()) {
      features.gather(s);
    } else if (augment.isNone()) {
      network.input.gather(s, data.images());
    } else {
      network.input.gatherAugmented(s, data, augment, seed);
    }
    network.forward(s, features.isOn() ? features.depth : 0, network.layers.size(), true);
    CpuLoss.apply(recipe.loss(), data, network.logits(), network.dLogits(), s, 1f / count);
    inference.score(s, data);
    chunkLoss[chunk] = s.lossSum;
    chunkCorrect[chunk] = s.correct;
    network.backward(s);
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

  private void finishPart(int index, int worker) {
    Part part = parts.get(index);
    part.layer.gradient(optimizer, part.task, summed[index], chunks, slots, slotCount);
    if (clips()) { // the scale depends on all parts
      squares[index] = part.layer.gradientSquares(optimizer, part.task);
    } else {
      updatePart(index, worker);
    }
  }

  private void updatePart(int index, int worker) {
    parts.get(index).layer.update(optimizer, parts.get(index).task, rateFactor, gradientScale);
  }

  private boolean clips() {
    return recipe.clipNorm() < Float.POSITIVE_INFINITY;
  }

  /** As {@code torch.nn.utils.clip_grad_norm_}. */
  private float clipScale() {
    double sum = 0;
    for (double square : squares) {
      sum += square;
    }
    return (float) Math.min(1, recipe.clipNorm() / (Math.sqrt(sum) + 1e-6));
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

  Totals drain() {
    Totals totals = new Totals(lossSum, correct, samples, firstNonFinite);
    lossSum = 0;
    correct = 0;
    samples = 0;
    steps = 0;
    firstNonFinite = -1;
    return totals;
  }
}
