package org.lenet4j.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Precision;
import org.lenet4j.file.Words;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where to run, and how exactly. */
final class DeviceOptions {
  @Spec(Spec.Target.MIXEE) private CommandSpec command;

  @Option(names = "--device", paramLabel = "NAME", defaultValue = "auto", description = "auto; cuda, also called gpu, or cuda:1"
      + " for the GPU of that number; cuda:all, which trains independent models on all GPUs at once; cuda:0+1 for one model on several,"
      + " with --accumulate; or openblas, also called cpu"
      + " (${DEFAULT-VALUE}).")
  private String device;

  @Option(names = "--threads", paramLabel = "N",
      description = "Threads of the openblas device (one for each processor); results do not depend on it.")
  private Integer threads;

  @Option(names = "--precision", paramLabel = "NAME",
      description = "How factors of products are rounded: fp32 (the default); tf32 or bf16, which only cuda has.")
  private String precision;

  @Option(names = "--fast", description = "Lets cuda choose algorithms that do not give the same bits run after run.")
  private boolean fast;

  @Option(names = "--kernels", paramLabel = "NAME",
      description = "Which kernels cuda uses: cudnn (the default); fused, three of ours a step for the network of lenet4j train; or auto,"
          + " the faster of the two for the batch size, timed at the start.")
  private String kernels;

  private CompletableFuture<Void> warmUp;

  /** Throws for wrong values, before anything else takes time. */
  void check() {
    try {
      Device.checkName(device);
    } catch (IllegalArgumentException e) {
      throw usage(e.getMessage().replace("unknown device '", "unknown --device '"));
    }
    if (threads != null && (threads < 1 || threads > 1024)) {
      throw usage("--threads must be from 1 to 1024, got " + threads);
    }
    if (precision != null && !List.of("fp32", "tf32", "bf16").contains(precision)) {
      throw usage("unknown --precision '" + precision + "'; precisions are fp32, tf32, bf16"
          + Words.didYouMean(precision, "fp32", "tf32", "bf16"));
    }
    if (kernels != null && !List.of("cudnn", "fused", "auto").contains(kernels)) {
      throw usage("unknown --kernels '" + kernels + "'; kernels are cudnn, fused, auto"
          + Words.didYouMean(kernels, "cudnn", "fused", "auto"));
    }
    if (kernels() == KernelSet.FUSED && precision() != Precision.FP32) {
      throw usage("--kernels fused computes in fp32 only; leave out --precision " + precision);
    }
    if ((device.equals("openblas") || device.equals("cpu")) && precision() != Precision.FP32) {
      throw usage("--precision " + precision + " is for cuda; the openblas device computes in fp32 only");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  private Precision precision() {
    return precision == null ? Precision.FP32 : Precision.valueOf(precision.toUpperCase(Locale.ROOT));
  }

  private KernelSet kernels() {
    return kernels == null ? KernelSet.CUDNN : KernelSet.valueOf(kernels.toUpperCase(Locale.ROOT));
  }

  /** Notes what changes the result and is not the usual. */
  void addTo(Map<String, String> settings) {
    if (precision() != Precision.FP32) {
      settings.put("precision", precision);
    }
    if (kernels() != KernelSet.CUDNN) {
      settings.put("kernels", kernels);
    }
  }

  /** What runs, in one short line; {@code lenet4j info} has the reason. */
  String describe(Device opened) {
    boolean wanted = device.equals("auto") && !opened.name().equals("cuda");
    boolean fetched = opened.describe().contains(Advice.NOT_FOUND); // a driver is there, and the rest can be had at once
    return fetched ? Advice.addTo(opened.describe())
        : opened.backend().describe() + (wanted ? " (no cuda: lenet4j info says why)" : "");
  }

  /** Opens the device, by default with as many threads as there are processors. */
  Device open() {
    return open(device, Runtime.getRuntime().availableProcessors());
  }

  /** As {@link #open}, and makes it ready for training meanwhile, see {@link #awaitWarmUp}. */
  Device openForTraining() {
    Device opened = open();
    warmUp = CompletableFuture.runAsync(opened::warmUp, task -> {
      Thread thread = new Thread(task, "lenet4j-warm-up");
      thread.setDaemon(true);
      thread.start();
    }).exceptionally(e -> null); // training does without, or meets the same error and says it
    return opened;
  }

  /** Waits until the device that was opened for training is ready; the time is best spent on reading data. */
  void awaitWarmUp() {
    warmUp.join();
  }

  /**
   * Opens a device for single images, which are one thread's work. Here {@code auto} is OpenBLAS: by the time that CUDA has started, a
   * third of a second, it has answered for thousands of images.
   */
  Device openForSingleImages() {
    return open(device.equals("auto") && precision() == Precision.FP32 ? "openblas" : device, 1);
  }

  private Device open(String name, int defaultThreads) {
    return Device.open(name, new DeviceSettings(threads == null ? defaultThreads : threads, precision(), fast, kernels()));
  }
}
