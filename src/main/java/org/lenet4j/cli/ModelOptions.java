package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lenet4j.Model;
import picocli.CommandLine.Option;

/** Which model to use. */
final class ModelOptions {
  @Option(names = "--from", paramLabel = "FILE", defaultValue = "lenet5.safetensors", description = "The weights (${DEFAULT-VALUE}).")
  private Path file;

  Path file() {
    return file;
  }

  Model load() throws IOException {
    if (Files.notExists(file)) {
      throw new IOException("there are no weights " + file + "; train some with lenet4j train, or say with --from where they are");
    }
    return Model.load(file);
  }
}
