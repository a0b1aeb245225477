package org.lenet4j.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
  private final List<Tried> tried = new ArrayList<>();

  private record Tried(Assumptions assumptions, long mistakes, double loss) {}

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
    long mistakes = tried.get(0).mistakes;
    if (assumed.equals(Assumptions.NONE) || mistakes < LEAST) {
      return null;
    }
    // All at once, 30 at most: what is best of one thing alone need not be so with the right other one
    List<Normalization> inputs = assumed.normalization() == null ? Arrays.asList(now.normalization()) : NORMALIZATIONS;
    for (Normalization normalization : inputs) {
      for (Integer size : assumed.imageSize() == null ? Arrays.asList(now.imageSize()) : List.of(28, 32)) {
        if (Objects.equals(size, now.imageSize()) || !Normalization.NONE.equals(normalization)) { // else a border changes nothing
          tryLayers(assumed, now, normalization, size);
        }
      }
    }
    long fewest = tried.stream().mapToLong(Tried::mistakes).min().orElseThrow();
    // Of those that are about as good as the best, the one that changes least: on easy images many are
    Tried best = tried.stream().filter(other -> other.mistakes - fewest <= Math.sqrt(other.mistakes + fewest))
        .min(Comparator.comparingLong((Tried other) -> words(changed(now, other.assumptions)))
            .thenComparingDouble(Tried::loss))
        .orElseThrow();
    if (mistakes - best.mistakes < Math.max(LEAST, CLEARLY * Math.sqrt(mistakes + best.mistakes))) {
      return null;
    }
    Assumptions changed = changed(now, best.assumptions);
    return Table.format("%s would score %.1f%% on %d of these images instead of %.1f%%: %s", changed, percent(best.mistakes),
        sample.size(), percent(mistakes), ForeignOptions.options(changed));
  }

  private static Assumptions changed(Assumptions now, Assumptions best) {
    return new Assumptions(best.activation() == now.activation() ? null : best.activation(),
        best.pool() == now.pool() ? null : best.pool(),
        Objects.equals(best.normalization(), now.normalization()) ? null : best.normalization(),
        Objects.equals(best.imageSize(), now.imageSize()) ? null : best.imageSize());
  }

  private static long words(Assumptions changed) {
    return Stream.of(changed.activation(), changed.pool(), changed.normalization(), changed.imageSize()).filter(Objects::nonNull).count();
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

  private void tryLayers(Assumptions assumed, Assumptions now, Normalization normalization, Integer size) throws IOException {
    for (Activation activation : assumed.activation() == null ? Arrays.asList(now.activation())
        : List.of(Activation.RELU, Activation.TANH, Activation.SIGMOID)) {
      for (Pool2d.Kind pool : assumed.pool() == null ? Arrays.asList(now.pool()) : List.of(Pool2d.Kind.MAX, Pool2d.Kind.AVERAGE)) {
        measure(new Assumptions(activation, pool, normalization, size));
      }
    }
  }

  private void measure(Assumptions assumptions) throws IOException {
    Metrics metrics;
    try {
      metrics = Metrics.of(device, weights.under(assumptions), sample);
    } catch (IOException e) {
      if (tried.isEmpty()) {
        throw e;
      }
      return; // its layers are not for images of that size
    }
    tried.add(new Tried(assumptions, sample.size() - right(metrics), metrics.loss()));
  }

  private static long right(Metrics metrics) {
    return IntStream.range(0, metrics.confusion().length).mapToLong(label -> metrics.confusion()[label][label]).sum();
  }
}
