package org.lenet4j.cli;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.data.ImageFile;
import org.lenet4j.data.Picture;
import org.lenet4j.data.Preprocess;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lenet4j predict}. Most of its time is that of starting, so it avoids what takes long to load, like formats. */
@Command(name = "predict", sortOptions = false, description = "Reads images of any size and polarity: prints file, class and probability,"
    + " separated by tabs. Where there is no ink it prints no digit. An answer with a question mark, and not sure at the end, may be of no"
    + " digit at all: a letter, a scribble, several digits. The device auto is openblas here, because starting cuda takes longer than"
    + " reading images.",
    footer = {"lenet4j predict --from pretrained photo.png", "lenet4j predict --from mine.safetensors scans --show"})
final class PredictCommand extends Subcommand {
  @Mixin private ModelOptions modelOptions;

  @Parameters(arity = "0..*", paramLabel = "IMAGE", description = "An image file; a folder, for all images in it and its sub-folders; - for"
      + " an image on standard input. @FILE is a list of them, one a line. Those that cannot be read are reported and the others still"
      + " answered; the exit code is 1 then, and where an image has no digit.")
  private List<String> images = new ArrayList<>();

  @Mixin private ShowOption show;

  @Mixin private DeviceOptions deviceOptions;

  private final List<Answer> answers = new ArrayList<>(); // for JSON alone
  private boolean failed;

  /** What became of one file: either the prediction, of what the net sees, or the error is null. */
  private record Answer(String file, byte[] pixels, Prediction prediction, IOException error) {}

  @Override public Integer call() throws IOException {
    deviceOptions.check();
    json().check();
    show.check(images);
    if (images.isEmpty()) {
      throw usage("give an IMAGE: a file, a folder of images, or - for standard input");
    }
    Model model = modelOptions.loadForImages();
    try (Device device = deviceOptions.openForSingleImages(); Predictor predictor = new Predictor(device, model)) {
      predictAll(predictor);
    }
    show.write();
    json().write(() -> answers.stream().map(PredictCommand::json).toList());
    return failed ? Failure.OTHER : 0;
  }

  private void predictAll(Predictor predictor) {
    try (InOrder<Answer> inOrder = new InOrder<>(Runtime.getRuntime().availableProcessors(), this::print)) {
      ImageArguments.Found found = new ImageArguments.Found() {
        @Override public void image(String name, Path file) {
          inOrder.add(() -> answer(predictor, name, file), () -> new Answer(name, null, null, new IOException(name
              + ": too large for the memory that Java has; give it more, " + Failure.moreMemory() + ", or a smaller image")));
        }

        @Override public void error(String name, IOException e) {
          inOrder.add(() -> new Answer(name, null, null, e), null);
        }

        @Override public void passedOver(String line) {
          err().println(line);
        }
      };
      for (String image : images) {
        ImageArguments.find(image, found);
      }
    }
  }

  private static Answer answer(Predictor predictor, String name, Path file) {
    try {
      Picture picture = file == null ? ImageFile.read(name, System.in) : ImageFile.read(file);
      byte[] pixels = Preprocess.digit(picture);
      return new Answer(name, pixels, predictor.predict(pixels), null);
    } catch (IOException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof OutOfMemoryError error) { // a reader of images has wrapped it
          throw error;
        }
      }
      return new Answer(name, null, null, e);
    }
  }

  private void print(Answer answer) {
    Prediction prediction = answer.prediction;
    if (answer.error != null) {
      Failure.report(err(), spec.qualifiedName(), answer.error, verbose());
    } else if (!json().isStdout()) {
      out().println(answer.file + '\t' + text(prediction));
    }
    boolean seen = answer.error == null && prediction.verdict() != Prediction.Verdict.NO_DIGIT;
    failed |= !seen;
    if (seen) {
      show.add(answer.pixels, out());
    }
    if (json().isWanted()) {
      answers.add(new Answer(answer.file, null, prediction, answer.error));
    }
  }

  private static String text(Prediction prediction) {
    if (prediction.verdict() == Prediction.Verdict.NO_DIGIT) {
      return prediction.name();
    }
    String probability = BigDecimal.valueOf(prediction.probability()).setScale(4, RoundingMode.HALF_UP).toPlainString();
    return prediction.verdict() == Prediction.Verdict.SURE ? prediction.name() + '\t' + probability
        : prediction.name() + "?\t" + probability + '\t' + verdict(prediction);
  }

  private static String verdict(Prediction prediction) {
    return prediction.verdict().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static Map<String, Object> json(Answer answer) {
    Prediction prediction = answer.prediction;
    if (answer.error != null) {
      return Json.object("file", answer.file, "error", answer.error.getMessage());
    }
    boolean none = prediction.verdict() == Prediction.Verdict.NO_DIGIT;
    return Json.object("file", answer.file, "verdict", verdict(prediction), "label", none ? null : prediction.label(),
        "name", none ? null : prediction.name(), "probability", none ? null : prediction.probability(),
        "probabilities", none ? null : prediction.probabilities());
  }
}
