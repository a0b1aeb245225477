package org.lenet4j.backend.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lenet4j.backend.cpu.gemm.OpenBlas;
import org.lenet4j.backend.cpu.layer.CpuLayer;
import org.lenet4j.backend.cpu.layer.CpuLayers;
import org.lenet4j.backend.cpu.layer.CpuLoss;
import org.lenet4j.backend.cpu.layer.CpuOptimizer;
import org.lenet4j.backend.cpu.layer.TrainableLayer;
import org.lenet4j.backend.cpu.memory.ChunkInput;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.data.Batches;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.optim.Recipe;

/**
 * Where the time of a training step goes on one thread.
 *
 * @param parts the parts, in the order of a step
 */
public record CpuProfile(List<Part> parts) {
  private static final long SEED = 42;
  private static final int CHUNKS = 16; // walked for one update
  private static final int WARM_UP = 60;
  private static final int REPETITIONS = 40;

  /**
   * A part of a step.
   *
   * @param name         the layers, and which way
   * @param microseconds the time for {@link Layout#LANES} samples: the lower quartile of many repetitions
   * @param flops        the operations for as many samples, multiplications and additions; 0 where there are hardly any
   */
  public record Part(String name, double microseconds, double flops) {
    /** Billions of operations a second. */
    public double gigaflops() {
      return flops / microseconds / 1000;
    }
  }

  /**
   * Walks {@code CHUNKS} chunks for each update, as a batch of 256 does, and times every layer.
   *
   * @param data at least 256 samples
   */
  public static CpuProfile of(Model model, Recipe recipe, Dataset data) {
    OpenBlas.load();
    CpuLayers twins = CpuBackend.layers(CpuBackend.prefersVector());
    CpuOptimizer optimizer = new CpuOptimizer(model, recipe, twins.loops());
    CpuNetwork network = new CpuNetwork(model, optimizer, twins, SEED, 1, CHUNKS);
    try {
      return new Walk(model, recipe, data, optimizer, network).measure();
    } finally {
      network.close();
    }
  }

  /**
   * Floating-point operations of one sample in a training step, and forward alone, by the formulas: the lowest layer passes no gradient on,
   * but products with zeros count.
   */
  public static double flops(Model model, boolean training) {
    double sum = 0;
    boolean lowest = true;
    for (int i = 0; i < model.layers().size(); i++) {
      double forward = forwardFlops(model, i);
      sum += forward * (!training ? 1 : lowest ? 2 : 3);
      lowest &= forward == 0;
    }
    return sum;
  }

  private static double forwardFlops(Model model, int index) {
    LayerSpec spec = model.layers().get(index);
    if (spec instanceof Conv2d conv) {
      Shape in = index == 0 ? model.input() : model.outputShape(index - 1);
      Shape out = conv.output(in);
      return 2.0 * out.size() * conv.inChannels() * conv.kernelSize() * conv.kernelSize();
    }
    if (spec instanceof Linear linear) {
      return 2.0 * linear.inFeatures() * linear.outFeatures();
    } else if (spec instanceof Pool2d || spec instanceof Dropout) {
      return 0;
    }
    throw new AssertionError("no count of operations for " + spec);
  }

  /** One worker's walk with a clock. */
  private static final class Walk {
    private final Model model;
    private final Recipe recipe;
    private final Dataset data;
    private final CpuOptimizer optimizer;
    private final CpuNetwork network;
    private final int[] order;
    private final float[][] slots;
    private final List<String> names = new ArrayList<>();
    private final List<Double> flops = new ArrayList<>();
    private double[] times; // of one repetition
    private int part;
    private long before;

    Walk(Model model, Recipe recipe, Dataset data, CpuOptimizer optimizer, CpuNetwork network) {
      this.model = model;
      this.recipe = recipe;
      this.data = data;
      this.optimizer = optimizer;
      this.network = network;
      order = Batches.order(data.size(), SEED, 0);
      slots = new float[CHUNKS][network.slotLength];
      name("pixels", 0);
      int first = 0;
      for (int i = 0; i < network.layers.size(); first = network.end(i++)) {
        name(layers(first, network.end(i)) + " forward", forward(first, network.end(i)));
      }
      name("loss", 0);
      for (int i = network.layers.size() - 1; i >= network.lowestTrained; i--) {
        int from = i == 0 ? 0 : network.end(i - 1);
        name(layers(from, network.end(i)) + " backward", backward(from, network.end(i), i > network.lowestTrained));
      }
      name("gradients of the chunk", 0);
      name("sums over the batch, update", linear(model));
    }

    private void name(String name, double operations) {
      names.add(name);
      flops.add(operations * Layout.LANES);
    }

    private String layers(int from, int end) {
      List<String> list = new ArrayList<>();
      model.layers().subList(from, end).forEach(layer -> list.add(layer.name()));
      return String.join(" + ", list);
    }

    /** Data gradients, if passed on, and the filters' gradients; those of linear layers come at the end of the batch. */
    private double backward(int from, int end, boolean passes) {
      double sum = 0;
      for (int i = from; i < end; i++) {
        sum += forwardFlops(model, i) * ((passes ? 1 : 0) + (model.layers().get(i) instanceof Conv2d ? 1 : 0));
      }
      return sum;
    }

    private double forward(int from, int end) {
      double sum = 0;
      for (int i = from; i < end; i++) {
        sum += forwardFlops(model, i);
      }
      return sum;
    }

    private static double linear(Model model) {
      double sum = 0;
      for (int i = 0; i < model.layers().size(); i++) {
        sum += model.layers().get(i) instanceof Linear ? forwardFlops(model, i) : 0;
      }
      return sum;
    }

    CpuProfile measure() {
      double[][] all = new double[names.size()][REPETITIONS];
      for (int i = -WARM_UP; i < REPETITIONS; i++) {
        times = new double[names.size()];
        step(Math.floorMod(i, data.size() / (CHUNKS * Layout.LANES)) * CHUNKS * Layout.LANES);
        for (int p = 0; p < times.length; p++) {
          all[p][Math.max(i, 0)] = times[p] / CHUNKS;
        }
      }
      List<Part> parts = new ArrayList<>();
      for (int p = 0; p < all.length; p++) {
        Arrays.sort(all[p]);
        parts.add(new Part(names.get(p), all[p][REPETITIONS / 4] / 1000, flops.get(p)));
      }
      return new CpuProfile(parts);
    }

    private void step(int first) {
      Scratch s = network.scratch[0];
      for (int chunk = 0; chunk < CHUNKS; chunk++) {
        part = 0;
        before = System.nanoTime();
        network.trained.forEach(layer -> layer.beginSlot(s));
        s.chunk = chunk;
        ChunkInput.select(s, order, first + chunk * Layout.LANES, Layout.LANES);
        network.input.gather(s, data);
        tick();
        for (CpuLayer layer : network.layers) {
          layer.forward(s, true);
          tick();
        }
        CpuLoss.apply(recipe.loss(), data, network.logits(), network.dLogits(), s, 1f / (CHUNKS * Layout.LANES));
        tick();
        for (int i = network.layers.size() - 1; i >= network.lowestTrained; i--) {
          network.layers.get(i).backward(s);
          tick();
        }
        for (TrainableLayer layer : network.trained) {
          layer.endSlot(s, slots[chunk]);
        }
        tick();
      }
      optimizer.nextStep();
      for (TrainableLayer layer : network.trained) {
        for (int task = 0; task < layer.gradientTasks(); task++) {
          layer.gradient(optimizer, task, 0, CHUNKS, slots, CHUNKS);
          layer.update(optimizer, task, 1, 1);
        }
      }
      tick();
    }

    private void tick() {
      long now = System.nanoTime();
      times[part++] += now - before;
      before = now;
    }
  }
}
