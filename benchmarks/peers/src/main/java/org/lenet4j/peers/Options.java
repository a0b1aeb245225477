package org.lenet4j.peers;

import java.nio.file.Path;

/**
 * The command line that every peer understands.
 *
 * @param mode           {@code train}, {@code inference} or {@code latency} (one image a call)
 * @param batch          images a step; 1 in latency mode
 * @param threads        threads the peer may use
 * @param seconds        length of the measured loop
 * @param warmup         seconds run and thrown away before it
 * @param data           folder of the four MNIST IDX files (gzip)
 * @param epochsAccuracy train one whole epoch from scratch first and report the test accuracy
 */
record Options(
    String mode, int batch, int threads, double seconds, double warmup, Path data, boolean epochsAccuracy) {

  static Options parse(String[] args) {
    String mode = "train";
    int batch = 64;
    int threads = 1;
    double seconds = 5;
    double warmup = 3;
    Path data = Path.of("data/mnist");
    boolean epochsAccuracy = false;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--mode" -> mode = args[++i];
        case "--batch" -> batch = Integer.parseInt(args[++i]);
        case "--threads" -> threads = Integer.parseInt(args[++i]);
        case "--seconds" -> seconds = Double.parseDouble(args[++i]);
        case "--warmup" -> warmup = Double.parseDouble(args[++i]);
        case "--data" -> data = Path.of(args[++i]);
        case "--epochs-accuracy" -> epochsAccuracy = true;
        default -> throw new IllegalArgumentException("unknown option " + args[i]);
      }
    }
    return new Options(mode, mode.equals("latency") ? 1 : batch, threads, seconds, warmup, data, epochsAccuracy);
  }
}
