package org.lenet4j.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.lenet4j.data.Idx;
import org.lenet4j.data.SyntheticDigits;

/** Runs commands in this process, and the small data that they are tried on. */
record Cli(int exitCode, String out, String err) {
  /** Runs a command; arguments become text. */
  static Cli run(Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] words = Arrays.stream(args).map(Object::toString).toArray(String[]::new);
    int exitCode = Main.run(words, new PrintStream(out, true), new PrintStream(err, true));
    return new Cli(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** A folder of IDX files of synthetic digits. */
  static Path data(Path folder, int train, int test) {
    try {
      Files.createDirectories(folder);
      Idx.write(SyntheticDigits.create(train, 1), folder.resolve("train-images-idx3-ubyte"), folder.resolve("train-labels-idx1-ubyte"));
      Idx.write(SyntheticDigits.create(test, 2), folder.resolve("t10k-images-idx3-ubyte"), folder.resolve("t10k-labels-idx1-ubyte"));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
