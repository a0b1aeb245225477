package org.lenet4j.cli;

import java.util.List;
import org.lenet4j.Device;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where to run. */
final class DeviceOptions {
  @Spec(Spec.Target.MIXEE) private CommandSpec command;

  @Option(names = "--device", paramLabel = "NAME", defaultValue = "auto", description = "auto, cuda or openblas (${DEFAULT-VALUE}).")
  private String device;

  @Option(names = "--threads", paramLabel = "N",
      description = "Threads of the openblas device (one for each processor); results do not depend on it.")
  private Integer threads;

  /** Throws for wrong values, before anything else takes time. */
  void check() {
    if (!List.of("auto", "cuda", "openblas").contains(device)) {
      throw new ParameterException(command.commandLine(), "unknown --device '" + device + "'; devices are auto, cuda, openblas");
    }
    if (threads != null && (threads < 1 || threads > 1024)) {
      throw new ParameterException(command.commandLine(), "--threads must be from 1 to 1024, got " + threads);
    }
  }

  /** Opens the device, by default with as many threads as there are processors. */
  Device open() {
    return open(Runtime.getRuntime().availableProcessors());
  }

  /** Opens the device with a default number of threads. */
  Device open(int defaultThreads) {
    return Device.open(device, threads == null ? defaultThreads : threads);
  }
}
