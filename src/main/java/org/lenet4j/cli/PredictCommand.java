package org.lenet4j.cli;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.data.ImageFile;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lenet4j predict}. Most of its time is that of starting, so it avoids what takes long to load, like formats. */
@Command(name = "predict", sortOptions = false, description = "Reads image files of any size and polarity: prints file, class and"
    + " probability, separated by tabs. The device auto is openblas here, because starting cuda takes longer than reading images.")
final class PredictCommand extends Subcommand {
  @Mixin private ModelOptions modelOptions;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "PNG, JPEG, BMP or GIF. Those that cannot be read are reported, the"
      + " others still answered; the exit code is then 1.")
  private List<Path> images;

  @Mixin private DeviceOptions deviceOptions;

  /** What became of one file: either the prediction or the error is null. */
  private record Answer(Path file, Prediction prediction, String error) {}

  @Override public Integer call() throws IOException {
    deviceOptions.check();
    json().check();
    Model model = modelOptions.loadForImages();
    List<Answer> answers = new ArrayList<>();
    try (Device device = deviceOptions.openForSingleImages(); Predictor predictor = new Predictor(device, model)) {
      for (Path image : images) {
        answers.add(answer(predictor, image));
      }
    }
    json().write(() -> answers.stream().map(PredictCommand::json).toList());
    return answers.stream().allMatch(answer -> answer.error == null) ? 0 : Failure.OTHER;
  }

  private Answer answer(Predictor predictor, Path image) {
    try {
      Prediction prediction = predictor.predict(ImageFile.read(image));
      String probability = BigDecimal.valueOf(prediction.probability()).setScale(4, RoundingMode.HALF_UP).toPlainString();
      if (!json().isStdout()) {
        out().println(image + "\t" + prediction.name() + "\t" + probability);
      }
      return new Answer(image, prediction, null);
    } catch (IOException e) {
      Failure.report(err(), spec.qualifiedName(), e, verbose());
      return new Answer(image, null, e.getMessage());
    }
  }

  private static Map<String, Object> json(Answer answer) {
    Prediction prediction = answer.prediction;
    return answer.error != null ? Json.object("file", answer.file.toString(), "error", answer.error)
        : Json.object("file", answer.file.toString(), "label", prediction.label(), "name", prediction.name(), "probability",
            prediction.probability(), "probabilities", prediction.probabilities());
  }
}
