package org.lenet4j.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.cpu.gemm.GemmLayers;
import org.lenet4j.backend.cpu.layer.CpuLayers;
import org.lenet4j.backend.cpu.layer.CpuParameters;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** The kernels without the Vector API keep the whole contract too, and agree with the others, whichever way convolutions go forward. */
@Tag("slow")
class GemmKernelsContractTest extends CpuBackendContractTest {
  @Override boolean vector() {
    return false;
  }

  @Test
  void bothKernelsGiveTheSame() {
    try (Backend vector = new CpuBackend(1, true); Backend gemm = new CpuBackend(1, false)) {
      assertTrue(vector.describe().contains("Vector API"), vector.describe());
      assertTrue(gemm.describe().contains("GEMM"), gemm.describe());
    }
    for (Activation activation : Activation.values()) {
      for (Pool2d.Kind kind : Pool2d.Kind.values()) {
        assertKernelsAgree(Samples.small(4, activation, kind, 4), new CrossEntropy());
      }
    }
    for (Loss loss : Samples.losses()) {
      assertKernelsAgree(Samples.small(4, 5), loss);
    }
    for (int kernelSize : new int[] {1, 2, 3, 5}) {
      for (int padding = 0; padding < kernelSize; padding++) {
        Conv2d conv = new Conv2d("conv", 2, 7, kernelSize, padding, Activation.RELU);
        Pool2d pool = new Pool2d("pool", Pool2d.Kind.MAX, 3);
        int features = pool.output(conv.output(Samples.SMALL)).size();
        assertKernelsAgree(new Model(Samples.SMALL, List.of(conv, pool, new Dropout("drop", 0.3f),
            new Linear("fc", features, 4, Activation.NONE)), Init.KAIMING_UNIFORM, 6), new CrossEntropy());
      }
    }
    assertKernelsAgree(LeNet5.create(10, 7), new CrossEntropy());
    assertKernelsAgree(LeNet5.classic(10, 8), new CrossEntropy());
  }

  @Test
  void aNetworkThatCannotBeMadeLeavesNoNativeMemory() {
    Model model = Samples.small(4, 10);
    CpuLayers twins = CpuBackend.layers(false);
    CpuLayers refusing = (CpuLayers) Proxy.newProxyInstance(CpuLayers.class.getClassLoader(), new Class<?>[] {CpuLayers.class},
        (proxy, method, arguments) -> {
          if (method.getName().equals("linear")) { // after two convolutions
            throw new IllegalStateException("no linear layer");
          }
          return method.invoke(twins, arguments);
        });
    long before = Pointer.totalBytes();
    assertThrows(IllegalStateException.class, () -> new CpuNetwork(model, new CpuParameters(model), refusing, 2));
    assertTrue(Pointer.totalBytes() <= before, "bytes of the convolutions");
  }

  /** OpenBLAS sums in blocks, the Vector API tap by tap: only rounding tells them apart, so few steps and the tolerance of a gradient. */
  private static void assertKernelsAgree(Model model, Loss loss) {
    Dataset data = Samples.noise(model.input(), 70, 4, 9);
    Recipe recipe = Samples.recipe(loss, new Sgd(0.05f, 0.9f));
    Run vector = run(2, true, model, recipe, data, 33, 4);
    for (boolean plain : new boolean[] {false, true}) {
      gemm(2, plain, model, recipe, data, 33, 4).assertClose(vector, Run.GRADIENT, "plain forward " + plain + ", " + model.layers());
    }
  }

  @Test
  void eachWayForwardGivesTheSameBitsForAnyThreads() {
    Model model = LeNet5.create(10, 11);
    Dataset data = Samples.noise(model.input(), 150, 10, 12);
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.05f, 0.9f));
    for (boolean plain : new boolean[] {false, true}) {
      Run expected = gemm(1, plain, model, recipe, data, 100, 6);
      gemm(3, plain, model, recipe, data, 100, 6).assertSameBits(expected, "plain forward " + plain);
    }
  }

  /** With a way forward that this processor's OpenBLAS may not call for. */
  private static Run gemm(int threads, boolean plain, Model model, Recipe recipe, Dataset data, int batchSize, int steps) {
    try (Backend backend = new CpuBackend(threads, new GemmLayers(() -> plain), false, FeatureCache.MOST_BYTES)) {
      return Run.train(backend, model, recipe, data, batchSize, steps);
    }
  }
}
