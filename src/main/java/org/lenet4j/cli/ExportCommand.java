package org.lenet4j.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Path;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.nn.Model;
import org.lenet4j.onnx.OnnxFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lenet4j export}. */
@Command(name = "export", sortOptions = false, description = "Writes a model as an ONNX file, for other runtimes: normalized images in,"
    + " logits out, any batch.")
final class ExportCommand extends Subcommand {
  @Mixin private ModelOptions modelOptions;

  @Option(names = "--onnx", paramLabel = "FILE", required = true, description = "The file to write.")
  private Path onnx;

  @Override public Integer call() throws IOException {
    checkDifferent("--from", modelOptions.file());
    if (json().name() != null && !json().isStdout()) {
      checkDifferent("--json", Path.of(json().name()));
    }
    AtomicFile.check(onnx);
    json().check();
    Model model = modelOptions.load();
    OnnxFile.save(model, onnx);
    out().println(OnnxFile.preprocessing(model));
    out().println(OnnxFile.OUTPUT + " is float32 (batch, " + model.outputSize() + ")");
    out().println("saved " + onnx + ", opset " + OnnxFile.OPSET);
    json().write(json -> write(json, model));
    return 0;
  }

  private void checkDifferent(String option, Path file) {
    if (onnx.toAbsolutePath().normalize().equals(file.toAbsolutePath().normalize())) {
      throw usage("--onnx and " + option + " are the same file " + onnx + "; give one of them another name");
    }
  }

  private void write(JsonGenerator json, Model model) throws IOException {
    json.writeStartObject();
    json.writeStringField("command", "export");
    json.writeStringField("model", modelOptions.file().toString());
    json.writeStringField("onnx", onnx.toString());
    json.writeNumberField("opset", OnnxFile.OPSET);
    json.writeNumberField("parameters", model.parameterCount());
    json.writeStringField("input", OnnxFile.INPUT);
    json.writeFieldName("input_shape"); // without the batch
    json.writeArray(new int[] {model.input().channels(), model.input().height(), model.input().width()}, 0, 3);
    json.writeNumberField("mean", model.normalization().mean());
    json.writeNumberField("std", model.normalization().std());
    json.writeStringField("output", OnnxFile.OUTPUT);
    json.writeNumberField("outputs", model.outputSize());
    json.writeEndObject();
  }
}
