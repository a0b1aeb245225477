package org.lenet4j.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.lenet4j.EpochResult;
import org.lenet4j.History;
import org.lenet4j.backend.KernelChoice;

/**
 * What a training came to.
 *
 * @param device     that trained
 * @param kernels    that {@code --kernels auto} took, or null
 * @param seed       of the run
 * @param parameters of the model
 * @param history    all epochs, those before a resume as well
 * @param samples    of the training set
 * @param model      the file of the weights
 */
record TrainReport(String device, KernelChoice kernels, long seed, int parameters, History history, int samples, Path model) {
  /** One line for people. */
  String line() {
    EpochResult last = history.last();
    String accuracy = Double.isNaN(last.testAccuracy()) ? ""
        : String.format(Locale.ROOT, "test accuracy %.2f%%; ", 100 * last.testAccuracy());
    return String.format(Locale.ROOT, "%s%d %s in %.1f s (%,.0f samples/s); saved %s", accuracy, last.epoch(),
        last.epoch() == 1 ? "epoch" : "epochs", history.trainSeconds(), samplesPerSecond(), model);
  }

  private double samplesPerSecond() {
    return (double) samples * history.epochs().size() / history.trainSeconds();
  }

  /** One object. */
  void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("command", "train");
    json.writeStringField("device", device);
    writeKernels(json, kernels);
    json.writeNumberField("seed", seed);
    json.writeNumberField("parameters", parameters);
    json.writeArrayFieldStart("epochs");
    for (EpochResult epoch : history.epochs()) {
      write(json, epoch);
    }
    json.writeEndArray();
    JsonFile.number(json, "test_accuracy", history.last().testAccuracy());
    JsonFile.number(json, "test_loss", history.last().testLoss());
    JsonFile.number(json, "train_seconds", history.trainSeconds());
    JsonFile.number(json, "samples_per_second", samplesPerSecond());
    json.writeStringField("model", model.toString());
    json.writeEndObject();
  }

  static void writeKernels(JsonGenerator json, KernelChoice kernels) throws IOException {
    if (kernels != null) {
      json.writeStringField("kernels", kernels.name());
    }
  }

  static void write(JsonGenerator json, EpochResult epoch) throws IOException {
    json.writeStartObject();
    json.writeNumberField("epoch", epoch.epoch());
    JsonFile.number(json, "train_loss", epoch.trainLoss());
    JsonFile.number(json, "train_accuracy", epoch.trainAccuracy());
    JsonFile.number(json, "test_loss", epoch.testLoss());
    JsonFile.number(json, "test_accuracy", epoch.testAccuracy());
    JsonFile.number(json, "seconds", epoch.seconds());
    json.writeEndObject();
  }
}
