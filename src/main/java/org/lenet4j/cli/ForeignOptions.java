package org.lenet4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lenet4j.data.Normalization;
import org.lenet4j.file.Words;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Assumptions;
import org.lenet4j.nn.Pool2d;
import picocli.CommandLine.Option;

/** What weights of others do not say of their network. */
final class ForeignOptions {
  @Option(names = "--activation", paramLabel = "NAME", description = "Of weights that others made and that do not say it: relu, tanh or"
      + " sigmoid (relu).")
  private String activation;

  @Option(names = "--pool", paramLabel = "NAME", description = "Of such weights: max or avg (max).")
  private String pool;

  @Option(names = "--mean", paramLabel = "X", description = "Of such weights: what was taken from each pixel of 0 to 1 (0).")
  private Float mean;

  @Option(names = "--std", paramLabel = "X", description = "Of such weights: what the difference was divided by (1).")
  private Float std;

  @Option(names = "--input", paramLabel = "N", description = "Of such weights: 28, or 32 if the images had a black border of two pixels"
      + " (28).")
  private Integer input;

  /** What the options say. */
  Assumptions said() {
    Normalization normalization = mean == null && std == null ? null : new Normalization(mean == null ? 0 : mean, std == null ? 1 : std);
    return new Assumptions(activation == null ? null : activation(activation), pool == null ? null : pool(pool), normalization, input);
  }

  private static Activation activation(String name) {
    return switch (name) {
      case "relu" -> Activation.RELU;
      case "tanh" -> Activation.TANH;
      case "sigmoid" -> Activation.SIGMOID;
      default -> throw new IllegalArgumentException("unknown --activation '" + name + "'; there are relu, tanh and sigmoid"
          + Words.didYouMean(name, "relu", "tanh", "sigmoid"));
    };
  }

  private static Pool2d.Kind pool(String name) {
    return switch (name) {
      case "max" -> Pool2d.Kind.MAX;
      case "avg", "average", "mean" -> Pool2d.Kind.AVERAGE;
      default -> throw new IllegalArgumentException("unknown --pool '" + name + "'; there are max and avg");
    };
  }

  /** The options that say what is not said here. */
  static String names(Assumptions assumed) {
    List<String> names = new ArrayList<>();
    if (assumed.activation() != null) {
      names.add("--activation");
    }
    if (assumed.pool() != null) {
      names.add("--pool");
    }
    if (assumed.normalization() != null) {
      names.addAll(List.of("--mean", "--std"));
    }
    if (assumed.imageSize() != null) {
      names.add("--input");
    }
    return String.join(", ", names);
  }

  /** The options that say what another assumes; those that need not be said are left out. */
  static String options(Assumptions better) {
    StringBuilder options = new StringBuilder();
    if (better.activation() != null) {
      options.append(" --activation ").append(better.activation().name().toLowerCase(Locale.ROOT));
    }
    if (better.pool() != null) {
      options.append(" --pool ").append(better.pool() == Pool2d.Kind.MAX ? "max" : "avg");
    }
    if (better.normalization() != null) {
      options.append(" --mean ").append(better.normalization().mean()).append(" --std ").append(better.normalization().std());
    }
    if (better.imageSize() != null) {
      options.append(" --input ").append(better.imageSize());
    }
    return options.toString().strip();
  }
}
