package org.lenet4j.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.backend.base.FlatParameters;
import org.lenet4j.backend.cpu.layer.Borders;
import org.lenet4j.backend.cpu.layer.CpuActivation;
import org.lenet4j.backend.cpu.layer.CpuDropout;
import org.lenet4j.backend.cpu.layer.CpuLayer;
import org.lenet4j.backend.cpu.layer.CpuLayers;
import org.lenet4j.backend.cpu.layer.CpuOptimizer;
import org.lenet4j.backend.cpu.layer.CpuParameters;
import org.lenet4j.backend.cpu.layer.TrainableLayer;
import org.lenet4j.backend.cpu.memory.ChunkInput;
import org.lenet4j.backend.cpu.memory.Layout;
import org.lenet4j.backend.cpu.memory.MemoryPlan;
import org.lenet4j.backend.cpu.memory.NativeMemory;
import org.lenet4j.backend.cpu.memory.NetworkMemory;
import org.lenet4j.backend.cpu.memory.Scratch;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;

/**
 * A model's layers with their buffers and layouts, for a number of workers and of chunks in a batch. A convolution and the max-pooling
 * above it may be one of them.
 */
final class CpuNetwork implements AutoCloseable {
  final ChunkInput input;
  final List<CpuLayer> layers = new ArrayList<>();
  final List<TrainableLayer> parameterized = new ArrayList<>(); // all layers with parameters
  final List<TrainableLayer> trained = new ArrayList<>(); // those that are not frozen
  final Scratch[] scratch; // (workers)
  final int slotLength; // floats of gradients that a slot keeps
  private final NativeMemory natives = new NativeMemory();
  private final CpuActivation outputActivation;
  private final List<Integer> ends = new ArrayList<>(); // the model's layers up to and with each of these
  final int lowestTrained; // index of the lowest layer that is not frozen, or beyond all

  /** For evaluation and prediction. */
  CpuNetwork(Model model, CpuParameters parameters, CpuLayers twins, int workers) {
    this(model, parameters, twins, model.layers().size(), 0, workers, 0);
  }

  /** For training; {@code seed} is dropout's. */
  CpuNetwork(Model model, CpuOptimizer parameters, CpuLayers twins, long seed, int workers, int chunks) {
    this(model, parameters, twins, FlatParameters.lowestTrained(model), seed, workers, chunks);
  }

  private CpuNetwork(Model model, CpuParameters parameters, CpuLayers twins, int lowest, long seed, int workers, int chunks) {
    try {
      List<LayerSpec> specs = model.layers();
      boolean training = chunks > 0;
      MemoryPlan memory = new MemoryPlan(training);
      MemoryPlan batch = new MemoryPlan(training);
      NetworkMemory network = new NetworkMemory(memory, batch, natives, workers, chunks);
      Layout in = memory.layout(model.input(), Borders.of(specs.get(0)).input());
      input = new ChunkInput(in, model.normalization());
      Layout dIn = null;
      CpuActivation none = new CpuActivation(twins.loops(), Activation.NONE);
      CpuActivation below = none;
      int slotOffset = 0;
      int lowestLayer = Integer.MAX_VALUE;
      for (int i = 0; i < specs.size(); i = ends.get(ends.size() - 1)) {
        LayerSpec spec = specs.get(i);
        boolean pooled = spec instanceof Conv2d conv && twins.pools(conv) && isMaxPool2(specs, i + 1);
        int end = pooled ? i + 2 : i + 1;
        boolean poolRectifies = spec instanceof Conv2d conv && conv.activation() == Activation.RELU && isMaxPool2(specs, i + 1);
        Layout out = memory.layout(model.outputShape(end - 1), end < specs.size() ? Borders.of(specs.get(end)).input() : 0);
        Layout dOut = null;
        if (i >= lowest) {
          int border = i > lowest && !pooled ? Borders.of(spec).gradient() : 0;
          dOut = !pooled && poolRectifies && mayTakeItsPlace(out, border) ? out : memory.layout(out.shape(), border);
        }
        CpuLayer.Place place = new CpuLayer.Place(in, out, dIn, dOut, below, i >= lowest, i > lowest, pooled, poolRectifies,
            slotOffset);
        CpuLayer layer;
        if (spec instanceof Conv2d conv) {
          layer = twins.conv2d(conv, place, parameters, network);
          below = new CpuActivation(twins.loops(), pooled ? Activation.NONE : conv.activation());
        } else if (spec instanceof Linear linear) {
          layer = twins.linear(linear, place, parameters, network);
          below = new CpuActivation(twins.loops(), linear.activation());
        } else if (spec instanceof Pool2d pool) {
          layer = twins.pool2d(pool, place);
          below = none;
        } else if (spec instanceof Dropout dropout) {
          layer = new CpuDropout(dropout, place, i, seed);
          below = none;
        } else {
          throw new AssertionError("no layer for " + spec);
        }
        if (i == lowest) {
          lowestLayer = layers.size();
        }
        layers.add(layer);
        ends.add(end);
        if (layer instanceof TrainableLayer trainable) {
          parameterized.add(trainable);
          if (!trainable.frozen()) {
            trained.add(trainable);
            slotOffset += trainable.slotLength();
          }
        }
        in = out;
        dIn = dOut;
      }
      lowestTrained = lowestLayer;
      slotLength = slotOffset;
      outputActivation = below;
      batch.allocateArray();
      load();
      scratch = new Scratch[workers];
      for (int worker = 0; worker < workers; worker++) {
        scratch[worker] = new Scratch(worker, memory, model.input().size(), model.outputSize());
      }
    } catch (RuntimeException | Error e) {
      natives.close();
      throw e;
    }
  }

  private static boolean isMaxPool2(List<LayerSpec> specs, int index) {
    return index < specs.size() && specs.get(index) instanceof Pool2d pool && pool.kind() == Pool2d.Kind.MAX && pool.size() == 2;
  }

  /**
   * Whether the gradient can take the place of an output that a 2x2 max-pooling with ReLU reads: it is not needed any more once the
   * pooling has gone backward, and windows cover every element. That spares 300 KB of the second-level cache for the first convolution of
   * LeNet-5.
   */
  private static boolean mayTakeItsPlace(Layout out, int border) {
    return out.border() == border && out.shape().height() % 2 == 0 && out.shape().width() % 2 == 0;
  }

  /** The model's layers up to and with layer {@code index} of these. */
  int end(int index) {
    return ends.get(index);
  }

  /** Through the layers from {@code first} to {@code end}, exclusive. */
  void forward(Scratch s, int first, int end, boolean training) {
    for (int i = first; i < end; i++) {
      layers.get(i).forward(s, training);
    }
  }

  /** From the gradient of the outputs, which lies in the last {@code dOut}, down to the lowest trained layer. */
  void backward(Scratch s) {
    int last = layers.size() - 1;
    if (lowestTrained > last) {
      return;
    }
    outputActivation.backward(s.memory, logits(), layers.get(last).dOut);
    for (int i = last; i >= lowestTrained; i--) {
      layers.get(i).backward(s);
    }
  }

  Layout logits() {
    return layers.get(layers.size() - 1).out;
  }

  /** Gradient of the logits, or null. */
  Layout dLogits() {
    return layers.get(layers.size() - 1).dOut;
  }

  /** The parameters have changed. */
  void load() {
    parameterized.forEach(TrainableLayer::load);
  }

  @Override public void close() {
    natives.close();
  }
}
