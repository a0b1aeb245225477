package org.lenet4j.cli;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Assumptions;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.report.Table;

/** Whether other assumptions on weights of others would do far better on the data at hand. */
final class AssumptionTrial {
  private static final int IMAGES = 500;
  private static final double CLEARLY = 2.5; // standard deviations of the difference of two numbers of mistakes
  private static final int LEAST = 10; // mistakes fewer

  private static final List<Normalization> NORMALIZATIONS = List.of(Normalization.NONE, new Normalization(0.5f, 0.5f),
      new Normalization(0.1307f, 0.3081f)); // MNIST's own in PyTorch's example, and what most tutorials take

  private final Weights weights;
  private final Device device;
  private final Dataset sample;
  private Assumptions best;
  private long fewest = Long.MAX_VALUE;

  /** The weights under one assumption or another. */
  @FunctionalInterface interface Weights {
    Model under(Assumptions assumptions) throws IOException;
  }

  /**
   * Takes images from the whole of the data.
   *
   * @param weights how the weights are read
   * @param data    what they were measured on
   */
  AssumptionTrial(Device device, Weights weights, Dataset data) {
    this.weights = weights;
    this.device = device;
    int count = Math.min(IMAGES, data.size());
    sample = data.subset(IntStream.range(0, count).map(i -> (int) ((long) i * data.size() / count)).toArray());
  }

  /**
   * Tries what else could be.
   *
   * @param said    what is known, with nulls for the rest
   * @param assumed what was taken for the rest
   * @return what would do far better, in a line that says with which options; null if nothing would
   */
  String better(Assumptions said, Assumptions assumed) throws IOException {
    Assumptions now = both(said, assumed);
    measure(now);
    long mistakes = fewest;
    if (assumed.equals(Assumptions.NONE) || mistakes < LEAST) {
      return null;
    }
    // One thing after the other, and the first once more: all at once would be three times as many
    tryLayers(assumed);
    tryInputs(assumed);
    tryLayers(assumed);
    if (mistakes - fewest < Math.max(LEAST, CLEARLY * Math.sqrt(mistakes + fewest))) {
      return null;
    }
    Assumptions changed = new Assumptions(best.activation() == now.activation() ? null : best.activation(),
        best.pool() == now.pool() ? null : best.pool(),
        Objects.equals(best.normalization(), now.normalization()) ? null : best.normalization(),
        Objects.equals(best.imageSize(), now.imageSize()) ? null : best.imageSize());
    return Table.format("%s would score %.1f%% on %d of these images instead of %.1f%%: %s", changed, percent(fewest), sample.size(),
        percent(mistakes), ForeignOptions.options(changed));
  }

  private double percent(long mistakes) {
    return 100.0 * (sample.size() - mistakes) / sample.size();
  }

  /** Where neither is known, as of a graph that says it, it is null, and stays so. */
  private static Assumptions both(Assumptions said, Assumptions assumed) {
    return new Assumptions(said.activation() == null ? assumed.activation() : said.activation(),
        said.pool() == null ? assumed.pool() : said.pool(),
        said.normalization() == null ? assumed.normalization() : said.normalization(),
        said.imageSize() == null ? assumed.imageSize() : said.imageSize());
  }

  private void tryLayers(Assumptions assumed) throws IOException {
    Assumptions from = best;
    for (Activation activation : assumed.activation() == null ? Arrays.asList(from.activation())
        : List.of(Activation.RELU, Activation.TANH, Activation.SIGMOID)) {
      for (Pool2d.Kind pool : assumed.pool() == null ? Arrays.asList(from.pool()) : List.of(Pool2d.Kind.MAX, Pool2d.Kind.AVERAGE)) {
        measure(new Assumptions(activation, pool, from.normalization(), from.imageSize()));
      }
    }
  }

  private void tryInputs(Assumptions assumed) throws IOException {
    Assumptions from = best;
    List<Integer> sizes = assumed.imageSize() == null ? Arrays.asList(from.imageSize()) : List.of(28, 32);
    for (Normalization normalization : assumed.normalization() == null ? Arrays.asList(from.normalization()) : NORMALIZATIONS) {
      for (Integer size : sizes) {
        measure(new Assumptions(from.activation(), from.pool(), normalization, size));
      }
    }
  }

  private void measure(Assumptions assumptions) throws IOException {
    if (assumptions.equals(best)) {
      return;
    }
    Metrics metrics;
    try {
      metrics = Metrics.of(device, weights.under(assumptions), sample);
    } catch (IOException e) {
      if (best == null) {
        throw e;
      }
      return; // its layers are not for images of that size
    }
    long mistakes = sample.size() - right(metrics);
    if (mistakes < fewest) {
      fewest = mistakes;
      best = assumptions;
    }
  }

  private static long right(Metrics metrics) {
    return IntStream.range(0, metrics.confusion().length).mapToLong(label -> metrics.confusion()[label][label]).sum();
  }
}
