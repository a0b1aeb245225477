package org.lenet4j.backend.cpu;

import java.util.ArrayList;
import java.util.List;
import org.lenet4j.Model;
import org.lenet4j.backend.TrainConfig;
import org.lenet4j.layer.Activation;
import org.lenet4j.layer.Conv2d;
import org.lenet4j.layer.Dropout;
import org.lenet4j.layer.LayerSpec;
import org.lenet4j.layer.Linear;
import org.lenet4j.layer.Pool2d;

/** A model's layers with their buffers and layouts, for a number of workers and of chunks in a batch. */
final class CpuNetwork implements AutoCloseable {
  final Layout input;
  final List<CpuLayer> layers = new ArrayList<>();
  final List<TrainableLayer> parameterized = new ArrayList<>(); // all layers with parameters
  final List<TrainableLayer> trained = new ArrayList<>(); // those that are not frozen
  final Scratch[] scratch; // (workers)
  final int slotLength; // floats of gradients that a slot keeps
  private final CpuActivation outputActivation;
  final int lowestTrained; // index of the lowest layer that is not frozen, or the number of layers

  CpuNetwork(Model model, CpuParameters parameters, Kernels kernels, TrainConfig config, int workers, int chunks) {
    List<LayerSpec> specs = model.layers();
    lowestTrained = config == null ? specs.size() : lowestTrained(model);
    input = new Layout(model.input(), paddingOf(specs.get(0)));
    Layout in = input;
    Layout dIn = null;
    CpuActivation none = new CpuActivation(kernels, Activation.NONE);
    CpuActivation below = none;
    int slotOffset = 0;
    for (int i = 0; i < specs.size(); i++) {
      LayerSpec spec = specs.get(i);
      Layout out = new Layout(model.outputShape(i), i + 1 < specs.size() ? paddingOf(specs.get(i + 1)) : 0);
      Layout dOut = i >= lowestTrained ? new Layout(out.shape(), i > lowestTrained ? gradientBorder(spec) : 0) : null;
      CpuLayer.Place place = new CpuLayer.Place(i, in, out, dIn, dOut, below, i >= lowestTrained, i > lowestTrained,
          i + 1 < specs.size() && poolRectifies(spec, specs.get(i + 1)));
      CpuLayer layer;
      if (spec instanceof Conv2d conv) {
        layer = new CpuConv2d(conv, place, kernels, parameters, slotOffset, workers);
        below = new CpuActivation(kernels, conv.activation());
      } else if (spec instanceof Linear linear) {
        layer = new CpuLinear(linear, place, kernels, parameters, slotOffset, workers, chunks);
        below = new CpuActivation(kernels, linear.activation());
      } else if (spec instanceof Pool2d pool) {
        layer = new CpuPool2d(pool, place, kernels);
        below = none;
      } else {
        layer = new CpuDropout((Dropout) spec, place, config == null ? 0 : config.seed());
        below = none;
      }
      layers.add(layer);
      if (layer instanceof TrainableLayer trainable) {
        parameterized.add(trainable);
        if (config != null && !trainable.frozen()) {
          trained.add(trainable);
          slotOffset += trainable.slotLength();
        }
      }
      in = out;
      dIn = dOut;
    }
    slotLength = slotOffset;
    outputActivation = below;
    scratch = new Scratch[workers];
    for (int worker = 0; worker < workers; worker++) {
      scratch[worker] = new Scratch(worker, input, layers, config != null);
    }
  }

  private static int lowestTrained(Model model) {
    for (int i = 0; i < model.layers().size(); i++) {
      LayerSpec spec = model.layers().get(i);
      if (!spec.parameters().isEmpty() && !model.frozen().contains(spec.name())) {
        return i;
      }
    }
    return model.layers().size();
  }

  private static boolean poolRectifies(LayerSpec spec, LayerSpec above) {
    return spec instanceof Conv2d conv && conv.activation() == Activation.RELU
        && above instanceof Pool2d pool && pool.kind() == Pool2d.Kind.MAX && pool.size() == 2;
  }

  private static int paddingOf(LayerSpec spec) {
    return spec instanceof Conv2d conv ? conv.padding() : 0;
  }

  private static int gradientBorder(LayerSpec spec) {
    return spec instanceof Conv2d conv ? conv.kernelSize() - 1 - conv.padding() : 0;
  }

  /** Through the layers from {@code first} to {@code end}, exclusive. */
  void forward(Scratch s, int first, int end, boolean training) {
    for (int i = first; i < end; i++) {
      layers.get(i).forward(s, training);
    }
  }

  /** From the gradient of the outputs, which lies in the last {@code dz}, down to the lowest trained layer. */
  void backward(Scratch s) {
    int last = layers.size() - 1;
    if (lowestTrained > last) {
      return;
    }
    outputActivation.backward(s.y[last], layers.get(last).out, s.dz[last], layers.get(last).dOut);
    for (int i = last; i >= lowestTrained; i--) {
      layers.get(i).backward(s);
    }
  }

  float[] logits(Scratch s) {
    return s.y[layers.size() - 1];
  }

  @Override public void close() {
    parameterized.forEach(TrainableLayer::close);
  }
}
