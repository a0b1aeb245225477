package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.lenet4j.file.Json;
import org.lenet4j.file.OwnFile;
import org.lenet4j.nn.Model;
import org.lenet4j.onnx.OnnxFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lenet4j export}. */
@Command(name = "export", sortOptions = false, description = "Writes a model as an ONNX file, for other runtimes: normalized images in,"
    + " logits out, any batch.",
    footer = {"lenet4j export --onnx lenet5.onnx", "lenet4j export --from net.pth --onnx net.onnx"})
final class ExportCommand extends Subcommand {
  @Mixin private ModelOptions modelOptions;

  @Option(names = "--onnx", paramLabel = "FILE", required = true, description = "The file to write.")
  private Path onnx;

  @Override public Integer call() throws IOException {
    checkDifferent("--onnx", onnx, "--from", modelOptions.file());
    checkDifferent("--onnx", onnx, "--json", json().file());
    OwnFile.ONNX.check(onnx);
    json().check();
    Model model = modelOptions.load();
    OnnxFile.save(model, onnx);
    out().println(OnnxFile.preprocessing(model));
    out().println(OnnxFile.OUTPUT + " is float32 (batch, " + model.outputSize() + ")");
    out().println("saved " + onnx + ", opset " + OnnxFile.OPSET);
    json().write(() -> result(model));
    return 0;
  }

  private Map<String, Object> result(Model model) {
    return Json.object("command", "export", "from", modelOptions.file().toString(), "parameters", model.parameterCount(),
        "onnx", onnx.toString(), "opset", OnnxFile.OPSET, "input", OnnxFile.INPUT,
        "input_shape", List.of(model.input().channels(), model.input().height(), model.input().width()), // without the batch
        "mean", model.normalization().mean(), "std", model.normalization().std(), "output", OnnxFile.OUTPUT,
        "outputs", model.outputSize(), "class_names", model.classNames());
  }
}
