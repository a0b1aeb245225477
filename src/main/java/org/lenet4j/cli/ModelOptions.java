package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import picocli.CommandLine.Option;

/** Which model to use. */
final class ModelOptions {
  private static final String PRETRAINED = "pretrained";

  @Option(names = "--from", paramLabel = "FILE", description = "The weights, or the word pretrained for those that come with lenet4j,"
      + " trained on MNIST (lenet5.safetensors; finetune starts from pretrained).")
  private Path file;

  /** What {@code lenet4j train} writes by default. */
  ModelOptions() {
    this("lenet5.safetensors");
  }

  /** Other weights by default. */
  ModelOptions(String file) {
    this.file = Path.of(file);
  }

  Path file() {
    return file;
  }

  Model load() throws IOException {
    if (file.toString().equals(PRETRAINED)) { // a file of that name is reached as ./pretrained
      return LeNet5.pretrained();
    }
    if (Files.notExists(file)) {
      throw new IOException("there are no weights " + file + "; train some with lenet4j train, or say with --from where they are");
    }
    return Model.load(file);
  }

  /** A model that takes what an image file becomes. */
  Model loadForImages() throws IOException {
    Model model = load();
    if (!model.input().equals(LeNet5.INPUT)) {
      throw new IOException(file + ": the model takes " + model.input() + ", an image becomes " + LeNet5.INPUT
          + "; use a model of that input");
    }
    return model;
  }
}
