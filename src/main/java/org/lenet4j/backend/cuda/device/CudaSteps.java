package org.lenet4j.backend.cuda.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.lenet4j.backend.Totals;

/**
 * What each step is to do, in device memory, so that a captured step needs no new arguments; and what the steps have added up. Steps wait
 * here until there are {@link CudaGraph#TOGETHER}: one copy takes their records to the device, and one launch runs them. The layouts are
 * those of {@code native-config/kernels/step.cuh}.
 */
public final class CudaSteps {
  private static final int LEAST = 1024; // records
  private static final int STEP_BYTES = 32;
  private static final int PROGRESS_BYTES = 48;
  private static final int SUMS = 8; // offset of what is added up; before it: the step's index, and the mark of a bad parameter
  private static final int LOSS_SUM = 16;
  private static final int CORRECT = 24;
  private static final int FIRST_NON_FINITE = 40;

  private final CudaStream stream;
  private final int shards;
  private final int capacity; // records
  private final BytePointer pinned; // (capacity, STEP_BYTES)
  private final ByteBuffer records; // the same
  private final BytePointer[] record; // (capacity); the places in pinned
  private final Tensor[] place; // (capacity); the places in steps
  private final BytePointer sums; // (PROGRESS_BYTES), pinned
  private final ByteBuffer sumsBytes; // the same
  private final Tensor steps; // (capacity, STEP_BYTES)
  private final Tensor progress; // (PROGRESS_BYTES)
  private Tensor progressSums; // progress from SUMS on
  private int filled; // records since the device was last waited for
  private int launched; // of them
  private long samples;

  /** What changes in the update from step to step. */
  public record Factors(float correction1, float correction2, float emaDecay) {
    public static final Factors NONE = new Factors(1, 1, 0);
  }

  /** Steps of one record each. {@code owner} frees the host memory; the device memory is reserved in {@code slab}. */
  public CudaSteps(CudaStream stream, Natives owner, Slab slab) {
    this(stream, owner, slab, 1);
  }

  /** Steps of several records each, one for each shard of the batch that a run of the graph walks. */
  public CudaSteps(CudaStream stream, Natives owner, Slab slab, int shards) {
    this.stream = stream;
    this.shards = shards;
    capacity = Math.max(LEAST, CudaGraph.TOGETHER * shards);
    pinned = CudaStream.pinned(owner, (long) capacity * STEP_BYTES);
    records = pinned.asBuffer().order(ByteOrder.nativeOrder());
    sums = CudaStream.pinned(owner, PROGRESS_BYTES);
    sumsBytes = sums.asBuffer().order(ByteOrder.nativeOrder());
    steps = slab.reserve((long) capacity * STEP_BYTES);
    progress = slab.reserve(PROGRESS_BYTES);
    record = new BytePointer[capacity];
    place = new Tensor[capacity];
  }

  /** To be called once the slab is allocated. */
  public void begin() {
    for (int i = 0; i < capacity; i++) {
      record[i] = pinned.getPointer((long) i * STEP_BYTES);
      place[i] = steps.at((long) i * STEP_BYTES);
    }
    progressSums = progress.at(SUMS);
    stream.clear(progress, PROGRESS_BYTES);
  }

  /** {@code (capacity)} records, for the kernels. */
  public Tensor steps() {
    return steps;
  }

  /** Which record is the present one, and the sums, for the kernels. */
  public Tensor progress() {
    return progress;
  }

  /** One step: samples {@code order[first .. first + count)}, and the numbers that change from step to step. */
  public void add(CudaGraph pass, int first, int count, int epoch, float rateFactor, Factors factors) {
    add(pass, first, count, count, epoch, rateFactor, factors);
  }

  /** One step, or one shard of a batch of {@code whole} samples; all shards of a step that are walked here come one after another. */
  public void add(CudaGraph pass, int first, int count, int whole, int epoch, float rateFactor, Factors factors) {
    if (filled == capacity / shards * shards) {
      restart(pass);
    }
    records.position(filled * STEP_BYTES);
    records.putInt(first).putInt(count).putInt(epoch).putFloat(rateFactor);
    records.putFloat(factors.correction1()).putFloat(factors.correction2()).putFloat(factors.emaDecay()).putFloat(1f / whole);
    filled++;
    samples += count;
    if (filled - launched == CudaGraph.TOGETHER * shards) {
      run(pass);
    }
  }

  /** Launches what waits. */
  public void run(CudaGraph pass) {
    if (launched < filled) {
      stream.toDevice(place[launched], record[launched], (long) (filled - launched) * STEP_BYTES);
      int count = (filled - launched) / shards;
      launched = filled;
      pass.run(count);
    }
  }

  /** Launches what waits, lets the device finish, and starts again with the first record. */
  public void restart(CudaGraph pass) {
    run(pass);
    stream.clear(progress, Integer.BYTES);
    stream.synchronize();
    filled = 0;
    launched = 0;
  }

  /** The mark of a parameter that is not finite is taken away: there are new parameters. */
  public void resetMark() {
    stream.clear(progress, SUMS);
    stream.synchronize();
    filled = 0;
    launched = 0;
  }

  /** Makes every record that of the first {@code count} samples, for measuring; nothing may be waiting. */
  public void repeat(int count) {
    for (int i = 0; i < capacity; i++) {
      records.position(i * STEP_BYTES);
      records.putInt(0).putInt(count).putInt(0).putFloat(1).putFloat(1).putFloat(1).putFloat(0).putFloat(1f / count);
    }
    stream.toDevice(place[0], record[0], (long) capacity * STEP_BYTES);
    stream.clear(progress, PROGRESS_BYTES);
    stream.synchronize();
  }

  /** The sums since the last time, once everything is done: the one download. */
  public Totals drain(CudaGraph pass) {
    run(pass);
    stream.toHost(sums, progress, PROGRESS_BYTES);
    stream.clear(progressSums, PROGRESS_BYTES - SUMS);
    restart(pass);
    long count = samples;
    samples = 0;
    long firstNonFinite = sumsBytes.getLong(FIRST_NON_FINITE) - 1;
    return new Totals(sumsBytes.getDouble(LOSS_SUM), sumsBytes.getLong(CORRECT), count, firstNonFinite < 0 ? -1 : firstNonFinite / shards);
  }
}
