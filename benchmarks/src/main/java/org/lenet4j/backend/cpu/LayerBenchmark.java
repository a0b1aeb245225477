package org.lenet4j.backend.cpu;

import java.util.concurrent.TimeUnit;
import org.lenet4j.backend.cpu.gemm.OpenBlas;
import org.lenet4j.backend.cpu.layer.CpuLayer;
import org.lenet4j.backend.cpu.layer.CpuLayers;
import org.lenet4j.backend.cpu.layer.CpuLoss;
import org.lenet4j.backend.cpu.layer.CpuOptimizer;
import org.lenet4j.backend.cpu.memory.ChunkInput;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Each layer of LeNet-5 on the CPU, forward and backward, for the 16 samples of a chunk. In the library's package, for layers are not
 * public; {@code lenet4j benchmark --layers} shows all of a step.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(value = 2, jvmArgs = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class LayerBenchmark {
  @Param({"conv1", "conv2", "fc1", "fc2", "fc3"}) String layer;
  @Param({"vector", "gemm"}) String kernels;

  private CpuNetwork network;
  private CpuLayer chosen;
  private Scratch scratch;

  @Setup public void compile() {
    OpenBlas.load();
    Model model = LeNet5.create(10, 42);
    Recipe recipe = Recipe.plain();
    CpuLayers twins = CpuBackend.layers(kernels.equals("vector"));
    network = new CpuNetwork(model, new CpuOptimizer(model, recipe, twins.loops()), twins, 42, 1, 1);
    Dataset data = SyntheticDigits.create(Layout.LANES, 42);
    scratch = network.scratch[0];
    ChunkInput.select(scratch, null, 0, Layout.LANES);
    network.input.gather(scratch, data.images());
    network.forward(scratch, 0, network.layers.size(), true);
    CpuLoss.apply(recipe.loss(), data, network.logits(), network.dLogits(), scratch, 1f / Layout.LANES);
    network.backward(scratch);
    int index = model.layers().stream().map(spec -> spec.name()).toList().indexOf(layer);
    int at = 0;
    while (network.end(at) <= index) {
      at++;
    }
    chosen = network.layers.get(at);
  }

  /** With the pooling above a convolution where the kernels do both at once. */
  @Benchmark public void forward() {
    chosen.forward(scratch, true);
  }

  /** Data gradient, and the filter's; the weight gradients of the linear layers are summed over a batch. */
  @Benchmark public void backward() {
    chosen.backward(scratch);
  }
}
