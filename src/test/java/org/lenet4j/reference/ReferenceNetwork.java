package org.lenet4j.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;

/** A model's layers in double, with a gradient array beside each parameter. */
public final class ReferenceNetwork {
  private final Map<String, double[]> parameters = new LinkedHashMap<>();
  private final Map<String, double[]> gradients = new LinkedHashMap<>();
  private final List<ReferenceLayer> layers = new ArrayList<>();

  /** Takes the values of {@code model}. */
  public ReferenceNetwork(Model model) {
    for (Parameter parameter : model.parameters()) {
      parameters.put(parameter.name(), new double[parameter.values().length]);
      gradients.put(parameter.name(), new double[parameter.values().length]);
    }
    write(model);
    Shape shape = model.input();
    for (int index = 0; index < model.layers().size(); index++) {
      layers.add(ReferenceLayer.of(model.layers().get(index), index, shape, parameters, gradients));
      shape = model.outputShape(index);
    }
  }

  /** The parameters by name; changing the arrays changes the network. */
  public Map<String, double[]> parameters() {
    return parameters;
  }

  /** The gradients by name. */
  public Map<String, double[]> gradients() {
    return gradients;
  }

  /** The raw outputs (K) of one sample, without dropout. */
  public double[] forward(double[] x) {
    List<double[]> activations = forward(x, null);
    return activations.get(activations.size() - 1);
  }

  /**
   * Forward and backward of one sample.
   *
   * @param x      the input, normalised
   * @param t      the targets (K)
   * @param draw   keys dropout; null for none
   * @param weight factor of this sample's gradient in the sum: one over the batch size
   * @return the raw outputs (K)
   */
  double[] train(double[] x, double[] t, Loss loss, Draw draw, double weight) {
    List<double[]> activations = forward(x, draw);
    double[] z = activations.get(layers.size());
    double[] dy = ReferenceLoss.gradient(loss, z, t);
    for (int k = 0; k < dy.length; k++) {
      dy[k] *= weight;
    }
    for (int index = layers.size() - 1; index >= 0; index--) {
      dy = layers.get(index).backward(activations.get(index), activations.get(index + 1), dy, draw);
    }
    return z;
  }

  void zeroGradients() {
    gradients.values().forEach(gradient -> Arrays.fill(gradient, 0));
  }

  void read(Model target) {
    for (Parameter parameter : target.parameters()) {
      double[] values = parameters.get(parameter.name());
      for (int i = 0; i < values.length; i++) {
        parameter.values()[i] = (float) values[i];
      }
    }
  }

  void write(Model source) {
    for (Parameter parameter : source.parameters()) {
      double[] values = parameters.get(parameter.name());
      for (int i = 0; i < values.length; i++) {
        values[i] = parameter.values()[i];
      }
    }
  }

  /** The input, then the output of each layer. */
  private List<double[]> forward(double[] x, Draw draw) {
    List<double[]> activations = new ArrayList<>(List.of(x));
    for (ReferenceLayer layer : layers) {
      x = layer.forward(x, draw);
      activations.add(x);
    }
    return activations;
  }
}
