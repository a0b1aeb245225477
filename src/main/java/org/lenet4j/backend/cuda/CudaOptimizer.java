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
  private static final int TILE_BYTES = 16;

  private final Recipe recipe;
  private final Betas betas;
  private final CudaTrained parameters;
  private final Tensor tiles; // (tileCount, TILE_BYTES)
  private final Tensor squares; // (tileCount), doubles; null without clipping
  private final int tileCount;
  private final List<Operation> operations = new ArrayList<>();
  private long step; // updates made

  CudaOptimizer(Recipe recipe, CudaTrained parameters, Slab slab) {
    this.recipe = recipe;
    betas = Betas.of(recipe.optimizer());
    this.parameters = parameters;
    tileCount = parameters.flat.ranges().stream().filter(range -> !range.frozen())
        .mapToInt(range -> (range.count() + THREADS - 1) / THREADS).sum();
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
    Tensor[] flat = {parameters.theta, parameters.gradient, moments > 0 ? state.get(0) : null, moments > 1 ? state.get(1) : null,
        parameters.anchor, parameters.pull, parameters.average(), parts.memory()};
    if (squares != null) {
      Launch norm = launch(handles, "gradient_squares", flat, parts.count(), parts.length(), tiles, squares);
      operations.add(new Operation("gradient norm", norm));
    }
    Object[] common = {flat, parts.count(), parts.length(), tiles, squares, recipe.clipNorm(), steps.steps(), steps.progress()};
    Launch update = recipe.optimizer() instanceof Sgd sgd
        ? launch(handles, "sgd", with(common, sgd.momentum(), sgd.nesterov() ? 1 : 0))
        : launch(handles, "adam", with(common, betas.beta1, betas.beta2, betas.epsilon, betas.decoupled ? 1 : 0));
    operations.add(new Operation("update", update));
  }

  private Launch launch(CudaHandles handles, String kernel, Object... arguments) {
    return new Launch(handles.kernels.function(kernel), Launch.Grid.of(tileCount, THREADS), handles.stream.handle(), arguments);
  }

  private static Object[] with(Object[] common, Object... more) {
    Object[] all = Arrays.copyOf(common, common.length + more.length);
    System.arraycopy(more, 0, all, common.length, more.length);
    return all;
  }

  /** What Adam and AdamW have in common, and whether the decay is decoupled from the gradient; SGD has no moments to correct. */
  private record Betas(float beta1, float beta2, float epsilon, boolean decoupled) {
    static Betas of(Optimizer optimizer) {
      if (optimizer instanceof Adam adam) {
        return new Betas(adam.beta1(), adam.beta2(), adam.epsilon(), false);
      } else if (optimizer instanceof AdamW adamW) {
        return new Betas(adamW.beta1(), adamW.beta2(), adamW.epsilon(), true);
      } else if (optimizer instanceof Sgd) {
        return new Betas(0, 0, 0, false);
      }
      throw new AssertionError("no kernel for " + optimizer);
    }
  }

  private byte[] tiles() {
    ByteBuffer table = ByteBuffer.allocate(tileCount * TILE_BYTES).order(ByteOrder.nativeOrder());
    for (FlatParameters.Range range : parameters.flat.ranges()) {
      for (int done = 0; !range.frozen() && done < range.count(); done += THREADS) {
        table.putInt(range.from() + done).putInt(Math.min(THREADS, range.count() - done));
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
    return new CudaSteps.Factors((float) (1 / (1 - Math.pow(betas.beta1, step))), (float) (1 / Math.sqrt(1 - Math.pow(betas.beta2, step))),
        recipe.ema() > 0 ? recipe.emaDecay(step) : 0);
  }
}
