package org.lenet4j.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.lenet4j.backend.GradientExchange;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.cpu.layer.CpuLoss;
import org.lenet4j.backend.cpu.layer.CpuOptimizer;
import org.lenet4j.backend.cpu.layer.ShardSums;
import org.lenet4j.backend.cpu.layer.TrainableLayer;
import org.lenet4j.backend.cpu.memory.ChunkInput;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.ReadAhead;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.optim.Recipe;

/**
 * A training step. It has two stages of tasks on the workers: first the slots of the batch, each a few chunks that one worker walks forward
 * and backward through all layers; then the parts of the parameters, each summed over the batch in a fixed order and updated. A worker that
 * finds no more slots sums the chunks that are through while it waits for the others. Slots and parts depend on the batch size alone, and
 * so does the order of each sum, so any number of threads gives the same bits.
 *
 * <p>A batch in shards ({@link Recipe#accumulate}) does so shard by shard, of whole chunks, adds up the gradients of each part as the
 * shards end, has the sums of other ranks added if there are any, and then updates.
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
  private final GradientExchange exchange; // or null
  private final boolean whole; // one shard, of this rank
  private final int firstShard; // of this rank
  private final ShardSums sums; // null for a whole batch
  private final double[] shardLoss; // (shards of this rank), since the last drain
  private final ReadAhead images = new ReadAhead();
  private final Workers.Task readAhead = images::read;
  private final Workers.Task fillFeatures = this::fillFeatures;
  private final Workers.Task walkSlot = this::walkSlot;
  private final Workers.Task sumAhead = this::sumAhead;
  private final Workers.Task finishPart = this::finishPart;
  private final Workers.Task completePart = this::completePart;
  private final Workers.Task updatePart = this::updatePart;

  private Dataset data;
  private Augment augment;
  private int epoch;
  private int[] order;
  private long correct; // this and what follows since the last drain
  private long samples;
  private long steps;
  private long firstNonFinite = -1;

  // one step, read by the workers
  private int first;
  private int count;
  private float rateFactor;
  private float gradientScale;
  private int shard; // of this rank, from 0; this and what follows of the shard under way
  private int firstChunk;
  private int chunks;
  private int slotCount;

  /** A part of a layer's parameters that one task finishes and updates. */
  private record Part(TrainableLayer layer, int task) {
    int parameters() {
      return layer.parameterCount(task);
    }
  }

  CpuStep(Recipe recipe, long seed, CpuOptimizer optimizer, CpuInference inference, FeatureCache features, Workers workers, int chunks,
      GradientExchange exchange) {
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
    whole = recipe.accumulate() == 1;
    this.exchange = whole ? null : exchange;
    int shards = recipe.accumulate() / (exchange == null ? 1 : exchange.ranks());
    firstShard = exchange == null ? 0 : exchange.rank() * shards;
    sums = whole ? null : new ShardSums(optimizer, shards);
    shardLoss = new double[shards];
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
    images.bind(data, features.isOn() || exchange != null ? Integer.MAX_VALUE : recipe.batchSize()); // a rank uses only some of a batch
  }

  void order(int epoch, int[] order) {
    this.epoch = epoch;
    this.order = order;
    images.order(order);
  }

  /** Samples {@code order[first .. first + count)}. */
  void run(int first, int count, float rateFactor) {
    begin(first, count, rateFactor);
    for (shard = 0; shard < shardLoss.length; shard++) {
      walk();
    }
    if (exchange != null) {
      exchange.sum(optimizer.gradient);
    }
    if (!whole) {
      workers.run(parts.size(), completePart);
    }
    if (clips()) {
      gradientScale = clipScale();
      workers.run(parts.size(), updatePart);
    }
    steps++;
  }

  private void begin(int first, int count, float rateFactor) {
    this.first = first;
    this.count = count;
    this.rateFactor = rateFactor;
    if (features.mustFill()) {
      workers.run(chunksOf(data.size()), fillFeatures);
      features.filled();
    }
    if (images.mustRead(first, count)) {
      workers.run(ReadAhead.TASKS, readAhead);
      images.filled();
    }
    if (!parts.isEmpty()) {
      optimizer.nextStep();
    }
    gradientScale = 1;
  }

  private static int chunksOf(int samples) {
    return (samples + LANES - 1) / LANES;
  }

  /** One shard, which is empty if the batch has fewer chunks than shards. */
  private void walk() {
    firstChunk = chunkOf(firstShard + shard);
    chunks = chunkOf(firstShard + shard + 1) - firstChunk;
    if (chunks == 0) {
      sums.addNothing(shard);
      return;
    }
    slotCount = Math.min(chunks, MOST_SLOTS);
    Arrays.fill(summed, 0);
    for (int slot = 0; slot < slotCount; slot++) {
      walked.set(slot, 0);
    }
    workers.run(slotCount, walkSlot, ownParts, sumAhead, finishPart);
    addTotals();
  }

  /** Where a shard begins in the batch, in chunks. */
  private int chunkOf(int shard) {
    return (int) ((long) chunksOf(count) * shard / recipe.accumulate());
  }

  private void fillFeatures(int chunk, int worker) {
    features.store(inference.walk(data, chunk, worker, features.depth));
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
    int at = (firstChunk + chunk) * LANES; // in the batch
    ChunkInput.select(s, order, first + at, Math.min(LANES, count - at));
    if (features.isOn()) {
      features.gather(s);
    } else if (augment.isNone()) {
      network.input.gather(s, images);
    } else {
      network.input.gatherAugmented(s, images, augment, seed);
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
    if (whole) {
      completePart(index, worker);
    } else {
      part.layer.addShard(sums, part.task, shard);
    }
  }

  /** What follows the sum over the batch. */
  private void completePart(int index, int worker) {
    Part part = parts.get(index);
    part.layer.penalize(optimizer, part.task);
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
    shardLoss[shard] += sum;
    samples += Math.min(count, (firstChunk + chunks) * LANES) - firstChunk * LANES;
    if (firstNonFinite < 0 && !Double.isFinite(sum)) {
      firstNonFinite = steps;
    }
  }

  Totals drain() {
    double loss = ShardSums.tree(shardLoss);
    Totals totals = exchange == null ? new Totals(loss, correct, samples, firstNonFinite) : drainTogether(loss);
    Arrays.fill(shardLoss, 0);
    correct = 0;
    samples = 0;
    steps = 0;
    firstNonFinite = -1;
    return totals;
  }

  private Totals drainTogether(double loss) {
    double[] all = new double[3 + exchange.ranks()];
    all[0] = loss;
    all[1] = correct;
    all[2] = samples;
    all[3 + exchange.rank()] = firstNonFinite;
    exchange.sum(all);
    double first = Arrays.stream(all, 3, all.length).filter(step -> step >= 0).min().orElse(-1);
    return new Totals(all[0], (long) all[1], (long) all[2], (long) first);
  }
}
