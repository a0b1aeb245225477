package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaRanks;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Launch;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.optim.Recipe;

/**
 * The gradients of a batch in shards ({@link Recipe#accumulate}): each shard's is kept, NCCL brings those of other devices, and one kernel
 * adds them up as the tree that the recipe names. So the bits depend on the number of shards alone, whoever walks them. NCCL's own sum
 * would run in an order that follows from how the devices are connected.
 */
final class CudaShards {
  private static final int THREADS = 256;

  private final int shards; // of a batch
  private final int first; // that this device walks, and
  private final int own; // how many
  private final CudaRanks ranks; // null without other devices
  private final int rank;
  private final int length;
  private final Tensor gradients; // (shards, length)

  /** Reserves memory, for one of the ranks, which walks its share of the shards; {@code ranks} is null where one device walks all. */
  CudaShards(Recipe recipe, int length, Slab slab, CudaRanks ranks, int rank) {
    this.length = length;
    this.ranks = ranks;
    this.rank = rank;
    shards = recipe.accumulate();
    own = ranks == null ? shards : shards / ranks.count();
    first = rank * own;
    gradients = shards == 1 ? null : slab.floats((long) shards * length);
  }

  /** The most samples of a shard. */
  static int batch(Recipe recipe) {
    return (recipe.batchSize() + recipe.accumulate() - 1) / recipe.accumulate();
  }

  /** How many shards of a batch this device walks. */
  int own() {
    return own;
  }

  /** Whether no other device walks any of them. */
  boolean isAlone() {
    return ranks == null;
  }

  /** Where one of this device's shards begins in a batch of {@code count} samples; that of {@link #own} is the end of its last. */
  int begin(int shard, int count) {
    return (int) ((long) count * (first + shard) / shards);
  }

  /** What the update sums. */
  CudaTrainingPasses.Parts parts(CudaTrainingPasses.Parts parts) {
    return shards == 1 ? parts : new CudaTrainingPasses.Parts(null, 0, 0, gradients, 1);
  }

  /**
   * From the passes of one shard to those of all shards of this device and the sum of all gradients.
   *
   * @param pass      forward and backward of a shard
   * @param optimizer keeps a shard's gradient; one with nothing to update has none
   * @param parts     what the passes leave
   */
  List<Operation> operations(List<Operation> pass, CudaOptimizer optimizer, CudaTrainingPasses.Parts parts, CudaHandles handles,
      CudaSteps steps) {
    if (shards == 1) {
      return pass;
    }
    List<Operation> operations = new ArrayList<>();
    boolean updates = !optimizer.operations().isEmpty();
    for (int shard = 0; shard < own; shard++) {
      operations.addAll(pass);
      if (updates) {
        Tensor to = gradients.at(4L * (first + shard) * length);
        operations.add(new Operation("shard gradient", optimizer.shardGradient(handles, steps, parts, to, shard < own - 1)));
      }
    }
    if (updates && ranks != null) {
      Tensor part = gradients.at(4L * first * length);
      operations.add(new Operation("gather gradients", () -> ranks.gather(rank, part, gradients, (long) own * length, handles.stream)));
    }
    if (updates) {
      operations.add(new Operation("add shards", new Launch(handles.kernels.function("add_shards"),
          Launch.Grid.of((length + THREADS - 1) / THREADS, THREADS), handles.stream.handle(), gradients, shards, length)));
    }
    return operations;
  }
}
