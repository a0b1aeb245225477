package org.lenet4j.backend.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.NativeException;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.cuda.device.Cuda;
import org.lenet4j.nn.Model;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which kernels programs take where the device is to choose. Both sets are compiled once more for a trial and timed in turn; then all of
 * that is freed, and the program proper is compiled with the faster ones. What was timed once holds as long as the device is open, so all
 * its programs of one kind and batch size compute the same.
 */
final class KernelChoices {
  private static final Logger LOG = LoggerFactory.getLogger(KernelChoices.class);
  private static final int RUNS = 7;

  private final Precision precision;
  private final Timing timing;
  private final Map<Kind, KernelChoice> timed = new HashMap<>();

  /** How a trial is timed; tests let either one win. */
  interface Timing {
    double microseconds(KernelTrial trial);
  }

  /** What makes a difference: there is one network that both can do, and the optimizers cost both the same. */
  private record Kind(boolean training, int batchSize, int outputs) {}

  KernelChoices(Precision precision, Timing timing) {
    this.precision = precision;
    this.timing = timing;
  }

  /**
   * Chooses for a program that is about to be compiled.
   *
   * @param training whether it trains
   * @param begun    the kernels that its run has begun with, or null
   * @param trials   compiles it to be timed
   */
  synchronized KernelChoice choose(Model model, boolean training, int batchSize, KernelSet begun, Function<KernelSet, KernelTrial> trials) {
    if (precision != Precision.FP32) {
      return new KernelChoice(KernelSet.CUDNN, training, batchSize, "the fused kernels compute in fp32 only");
    }
    if (!FusedLeNet.fits(model, training)) {
      return new KernelChoice(KernelSet.CUDNN, training, batchSize, "the fused kernels are not for this network or its frozen layers");
    }
    if (begun != null && begun != KernelSet.AUTO) {
      return new KernelChoice(begun, training, batchSize, "the run has begun with them");
    }
    Kind kind = new Kind(training, batchSize, model.outputSize());
    KernelChoice choice = timed.get(kind);
    if (choice == null) {
      choice = compare(training, batchSize, trials);
      if (choice.reason().isEmpty()) {
        timed.put(kind, choice);
      }
    }
    return choice;
  }

  private KernelChoice compare(boolean training, int batchSize, Function<KernelSet, KernelTrial> compile) {
    List<KernelTrial> trials = new ArrayList<>();
    try {
      String failure = null;
      for (KernelSet kernels : List.of(KernelSet.CUDNN, KernelSet.FUSED)) {
        try {
          trials.add(compile.apply(kernels));
        } catch (NativeException e) {
          unlessLost(e);
          failure = e.getMessage();
        }
      }
      if (failure != null) { // the memory is not enough, perhaps: then what could be compiled is what there is
        return failed(trials.isEmpty() ? KernelSet.CUDNN : trials.get(0).kernels(), training, batchSize, failure);
      }
      double[] medians = medians(trials);
      return new KernelChoice(training, batchSize, medians[0], medians[1]);
    } catch (NativeException e) {
      unlessLost(e);
      return failed(KernelSet.CUDNN, training, batchSize, e.getMessage());
    } finally {
      trials.forEach(KernelTrial::close);
    }
  }

  /** On a GPU that is lost no other kernels run either. */
  private static void unlessLost(NativeException e) {
    if (Cuda.isLost(e)) {
      throw e;
    }
  }

  private static KernelChoice failed(KernelSet kernels, boolean training, int batchSize, String failure) {
    KernelChoice choice = new KernelChoice(kernels, training, batchSize, "they could not be timed: " + failure);
    LOG.warn("kernels are not chosen by timing: {}", choice.describe());
    return choice;
  }

  /** Runs in turn, so that a clock that rises or falls meanwhile does it to both; the first ones warm up. */
  private double[] medians(List<KernelTrial> trials) {
    double[][] times = new double[trials.size()][RUNS];
    for (int run = -1; run < RUNS; run++) {
      for (int i = 0; i < times.length; i++) {
        times[i][Math.max(run, 0)] = timing.microseconds(trials.get(i));
      }
    }
    return Arrays.stream(times).mapToDouble(of -> Arrays.stream(of).sorted().toArray()[RUNS / 2]).toArray();
  }
}
