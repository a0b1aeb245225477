package org.lenet4j.backend.cuda;

import java.util.List;
import java.util.stream.Collectors;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.GradientExchange;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.backend.base.AtOnce;
import org.lenet4j.backend.base.Gate;
import org.lenet4j.backend.base.GuardedTraining;
import org.lenet4j.backend.base.ProgramChecks;
import org.lenet4j.backend.cuda.probe.CudaLibraries;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * Several GPUs that train one model together: each walks its share of the shards of a batch, and all make the same update. What only
 * evaluates and predicts is on the first of them.
 */
public final class CudaGroup implements Backend {
  private final Gate gate = new Gate("the device");
  private final List<CudaBackend> devices;
  private final CudaTeam team;

  /**
   * Takes over devices and closes them.
   *
   * @param devices in the order of the ranks; a power of two of them, each once
   * @throws IllegalArgumentException if they are not
   * @throws IllegalStateException    if NCCL cannot be loaded
   */
  public CudaGroup(List<CudaBackend> devices) {
    if (Integer.bitCount(devices.size()) != 1 || devices.stream().map(CudaBackend::device).distinct().count() < devices.size()) {
      throw new IllegalArgumentException("one model is trained by 2, 4, 8 or another power of two of GPUs, each named once, got "
          + devices.stream().map(device -> "cuda:" + device.device()).collect(Collectors.joining(", ")));
    }
    String missing = CudaLibraries.whyNotNccl();
    if (missing != null) {
      throw new IllegalStateException("cuda: " + missing);
    }
    this.devices = List.copyOf(devices);
    team = new CudaTeam(devices.size());
  }

  @Override public String name() {
    return "cuda";
  }

  @Override public String describe() {
    return "cuda:" + devices.stream().map(device -> "" + device.device()).collect(Collectors.joining("+")) + ", " + devices.size()
        + " GPUs for one model; " + devices.stream().map(Backend::describe).collect(Collectors.joining("; "));
  }

  @Override public TrainingProgram compile(Model model, Recipe recipe, long seed, KernelSet kernels, GradientExchange exchange) {
    if (exchange != null) {
      throw new IllegalArgumentException("a CUDA device shares no batch with other processes; use the cpu device");
    }
    if (recipe.accumulate() < devices.size()) {
      throw new IllegalArgumentException(devices.size() + " GPUs share the shards of a batch, and the recipe cuts it into "
          + recipe.accumulate() + "; choose " + devices.size() + " shards or more");
    }
    ProgramChecks.shards(recipe, null, recipe.batchSize());
    gate.enter();
    try {
      return new GuardedTraining(new CudaGroupTraining(model, recipe, seed, kernels, devices, team), gate);
    } finally {
      gate.leave();
    }
  }

  @Override public Program compile(Model model, int batchSize, KernelSet kernels) {
    return devices.get(0).compile(model, batchSize, kernels);
  }

  @Override public void close() {
    if (gate.close()) {
      team.close();
      AtOnce.closeAll(devices);
    }
  }
}
