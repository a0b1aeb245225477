package org.lenet4j.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lenet4j.backend.base.FlatParameters;
import org.lenet4j.backend.cuda.device.CudaHandles;
import org.lenet4j.backend.cuda.device.CudaSteps;
import org.lenet4j.backend.cuda.device.Launch;
import org.lenet4j.backend.cuda.device.Operation;
import org.lenet4j.backend.cuda.device.Slab;
import org.lenet4j.backend.cuda.device.Tensor;
import org.lenet4j.optim.Adam;
import org.lenet4j.optim.AdamW;
import org.lenet4j.optim.Optimizer;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** The update: one kernel over the flat parameters, and one more where the gradient's norm is clipped. Frozen ranges have no tiles. */
final class CudaOptimizer {
  private static final int THREADS = 256; // parameters of a tile
  private static final int SUMMED = 16; // the same where their gradient is in many parts
  private static final int TILE_BYTES = 16;

  private final Recipe recipe;
  private final Update update;
  private final CudaTrained parameters;
  private final Tensor tiles; // (tileCount, TILE_BYTES)
  private final Tensor squares; // (tileCount), doubles; null without clipping
  private final int tileCount;
  private final int inParts;
  private final List<Operation> operations = new ArrayList<>();
  private long step; // updates made

  /**
   * Reserves memory.
   *
   * @param inParts how many of the first parameters have their gradient in parts
   */
  CudaOptimizer(Recipe recipe, CudaTrained parameters, Slab slab, int inParts) {
    this.inParts = inParts;
    this.recipe = recipe;
    update = Update.of(recipe.optimizer());
    this.parameters = parameters;
    tileCount = parameters.ranges().stream().filter(range -> !range.frozen())
        .mapToInt(range -> (range.count() + tile(range) - 1) / tile(range)).sum();
    tiles = slab.reserve((long) tileCount * TILE_BYTES);
    squares = recipe.clipNorm() < Float.POSITIVE_INFINITY ? slab.reserve((long) tileCount * Double.BYTES) : null;
  }

  /** Fills the memory and lays out the launches, once the memory is there. */
  void begin(CudaHandles handles, CudaSteps steps, CudaTrainingPasses.Parts parts) {
    if (tileCount == 0) {
      return;
    }
    handles.stream.upload(tiles, tiles());
    List<Tensor> state = parameters.state;
    int moments = recipe.optimizer().stateNames().size();
    Tensor[] flat = {parameters.theta, slices(parts), moments > 0 ? state.get(0) : null, moments > 1 ? state.get(1) : null,
        parameters.anchor, parameters.pull, parameters.average(), parts.memory()};
    int[] sums = sums(parts);
    if (squares != null) {
      Launch norm = launch(handles, "gradient_squares", flat, sums, tiles, squares);
      operations.add(new Operation("gradient norm", norm));
    }
    Object[] common = {flat, sums, tiles, squares, recipe.clipNorm(), steps.steps(), steps.progress()};
    operations.add(new Operation("update", launch(handles, update.kernel, with(common, update.arguments))));
  }

  /** Sums what a shard's passes have left, into {@code to (parameters)}; {@code advance}: whether the next shard follows. */
  Launch shardGradient(CudaHandles handles, CudaSteps steps, CudaTrainingPasses.Parts parts, Tensor to, boolean advance) {
    Tensor[] flat = {null, slices(parts), null, null, null, null, null, parts.memory()}; // the anchor pulls once, in the update
    return launch(handles, "shard_gradient", flat, sums(parts), tiles, steps.progress(), to, advance ? 1 : 0);
  }

  private Tensor slices(CudaTrainingPasses.Parts parts) {
    return parts.slices() == null ? parameters.gradient : parts.slices();
  }

  private int[] sums(CudaTrainingPasses.Parts parts) {
    return new int[] {parts.count(), parts.length(), parts.sliceCount(), parameters.length() - parts.length()};
  }

  private Launch launch(CudaHandles handles, String kernel, Object... arguments) {
    return new Launch(handles.kernels.function(kernel), Launch.Grid.of(tileCount, THREADS), handles.stream.handle(), arguments);
  }

  private static Object[] with(Object[] common, Object... more) {
    Object[] all = Arrays.copyOf(common, common.length + more.length);
    System.arraycopy(more, 0, all, common.length, more.length);
    return all;
  }

  /** An optimizer's kernel, what that takes beside what all take, and the decay of the moments that it corrects; 0 without any. */
  private record Update(String kernel, float beta1, float beta2, Object... arguments) {
    static Update of(Optimizer optimizer) {
      if (optimizer instanceof Sgd sgd) {
        return new Update("sgd", 0, 0, sgd.momentum(), sgd.nesterov() ? 1 : 0);
      } else if (optimizer instanceof Adam adam) {
        return adam(adam.beta1(), adam.beta2(), adam.epsilon(), false);
      } else if (optimizer instanceof AdamW adamW) {
        return adam(adamW.beta1(), adamW.beta2(), adamW.epsilon(), true);
      }
      throw new AssertionError("no kernel for " + optimizer);
    }

    private static Update adam(float beta1, float beta2, float epsilon, boolean decoupled) {
      return new Update("adam", beta1, beta2, beta1, beta2, epsilon, decoupled ? 1 : 0);
    }
  }

  private int tile(FlatParameters.Range range) {
    return range.from() < inParts ? SUMMED : THREADS;
  }

  private byte[] tiles() {
    ByteBuffer table = ByteBuffer.allocate(tileCount * TILE_BYTES).order(ByteOrder.nativeOrder());
    for (FlatParameters.Range range : parameters.ranges()) {
      for (int done = 0; !range.frozen() && done < range.count(); done += tile(range)) {
        table.putInt(range.from() + done).putInt(Math.min(tile(range), range.count() - done));
        table.putFloat(range.learningRate()).putFloat(range.weightDecay());
      }
    }
    return table.array();
  }

  /** Empty if everything is frozen. */
  List<Operation> operations() {
    return operations;
  }

  long step() {
    return step;
  }

  /** Continues after a number of updates. */
  void step(long value) {
    step = value;
  }

  /** The factors of the next update. */
  CudaSteps.Factors next() {
    if (operations.isEmpty()) {
      return CudaSteps.Factors.NONE;
    }
    step++;
    float first = (float) (1 / (1 - Math.pow(update.beta1, step)));
    float second = (float) (1 / Math.sqrt(1 - Math.pow(update.beta2, step)));
    return new CudaSteps.Factors(first, second, recipe.ema() > 0 ? recipe.emaDecay(step) : 0);
  }
}
