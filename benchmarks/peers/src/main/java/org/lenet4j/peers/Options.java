package org.lenet4j.peers;

import java.nio.file.Path;

/**
 * The command line that every peer understands.
 *
 * @param mode           {@code train}, {@code inference}, {@code latency} (one image a call), {@code load} (the same from several
 *                       threads), or {@code process}: trains some epochs, tests after each, saves the weights and is done
 * @param batch          images a step; 1 in latency and load mode
 * @param threads        threads the peer may use
 * @param seconds        length of the measured loop
 * @param warmup         seconds run and thrown away before it
 * @param data           folder of the four MNIST IDX files (gzip)
 * @param epochsAccuracy train one whole epoch from scratch first and report the test accuracy
 * @param clients        threads that ask at once in load mode
 * @param swaps          whether the model is exchanged ten times a second meanwhile; lenet4j only
 * @param trains         whether a model is trained in the same process meanwhile; lenet4j only
 * @param epochs         of {@code process}
 * @param out            file or folder for the weights of {@code process}
 */
record Options(
    String mode, int batch, int threads, double seconds, double warmup, Path data, boolean epochsAccuracy, int clients,
    boolean swaps, boolean trains, int epochs, Path out) {

  static Options parse(String[] args) {
    String mode = "train";
    int batch = 64;
    int threads = 1;
    double seconds = 5;
    double warmup = 3;
    Path data = Path.of("data/mnist");
    boolean epochsAccuracy = false;
    int clients = 1;
    boolean swaps = false;
    boolean trains = false;
    int epochs = 5;
    Path out = null;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--mode" -> mode = args[++i];
        case "--batch" -> batch = Integer.parseInt(args[++i]);
        case "--threads" -> threads = Integer.parseInt(args[++i]);
        case "--seconds" -> seconds = Double.parseDouble(args[++i]);
        case "--warmup" -> warmup = Double.parseDouble(args[++i]);
        case "--data" -> data = Path.of(args[++i]);
        case "--epochs-accuracy" -> epochsAccuracy = true;
        case "--clients" -> clients = Integer.parseInt(args[++i]);
        case "--swaps" -> swaps = true;
        case "--trains" -> trains = true;
        case "--epochs" -> epochs = Integer.parseInt(args[++i]);
        case "--out" -> out = Path.of(args[++i]);
        default -> throw new IllegalArgumentException("unknown option " + args[i]);
      }
    }
    if (mode.equals("process") && out == null) {
      throw new IllegalArgumentException("--mode process needs --out");
    }
    boolean single = mode.equals("latency") || mode.equals("load");
    return new Options(mode, single ? 1 : batch, threads, seconds, warmup, data, epochsAccuracy, clients, swaps, trains, epochs, out);
  }
}
