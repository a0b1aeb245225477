package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lenet4j.Device;
import org.lenet4j.data.Dataset;
import org.lenet4j.file.FileKind;
import org.lenet4j.nn.Assumptions;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.WeightsFile;
import org.lenet4j.onnx.OnnxFile;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which model to use. */
final class ModelOptions {
  private static final String PRETRAINED = "pretrained";

  @Option(names = "--from", paramLabel = "FILE", description = "The weights: a safetensors file, PyTorch's .pt or .pth, an"
      + " ONNX file; or the"
      + " word pretrained for those that come with lenet4j, trained on MNIST (lenet5.safetensors; finetune starts from pretrained).")
  private Path file;

  @Mixin private ForeignOptions foreign;

  @Spec(Spec.Target.MIXEE) private CommandSpec spec;

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

  /** Another file than that of {@code --from}. */
  void file(Path other) {
    file = other;
  }

  Model load() throws IOException {
    return read().model();
  }

  /** The model, and what was assumed of it; says so. */
  WeightsFile read() throws IOException {
    try {
      Assumptions said = foreign.said();
      WeightsFile weights = open(said);
      PrintWriter err = spec.commandLine().getErr();
      weights.remarks().forEach(remark -> err.println(file + ": " + remark));
      if (!weights.assumed().toString().isEmpty()) {
        err.println(file + ": assumed " + weights.assumed() + ", since the file does not say (options: "
            + ForeignOptions.names(weights.assumed()) + ")");
      }
      err.flush();
      return weights;
    } catch (IllegalArgumentException e) { // of what the options say
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private WeightsFile open(Assumptions said) throws IOException {
    if (file.toString().equals(PRETRAINED)) { // a file of that name is reached as ./pretrained
      if (!said.equals(Assumptions.NONE)) {
        throw new IllegalArgumentException("the pretrained weights say themselves how their network computes: give no --activation, --pool,"
            + " --mean, --std or --input");
      }
      return new WeightsFile(LeNet5.pretrained(), Assumptions.NONE, List.of());
    }
    if (Files.notExists(file)) {
      throw new IOException("there are no weights " + file + "; train some with lenet4j train, say with --from where they"
          + " are, or take those that come along: --from pretrained");
    }
    boolean onnx = Files.isRegularFile(file) && Files.isReadable(file) && FileKind.isOnnx(FileKind.head(file));
    return onnx ? OnnxFile.read(file, said) : WeightsFile.read(file, said);
  }

  /** What would do far better on data than what was assumed, in a line; null if nothing would. */
  String better(Device device, WeightsFile weights, Dataset data) throws IOException {
    return weights.assumed().equals(Assumptions.NONE) ? null
        : new AssumptionTrial(device, assumptions -> open(assumptions).model(), data).better(foreign.said(), weights.assumed());
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
