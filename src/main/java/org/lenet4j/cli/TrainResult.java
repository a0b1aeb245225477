package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.EpochResult;
import org.lenet4j.History;
import org.lenet4j.Metrics;
import org.lenet4j.backend.KernelChoice;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;
import org.lenet4j.report.Rates;
import org.lenet4j.report.Report;
import org.lenet4j.report.SettingsInWords;
import org.lenet4j.report.Table;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What a training run came to.
 *
 * @param device  the one that trained, still open
 * @param kernels the kernels that {@code --kernels auto} took, or null
 * @param seed    the seed of the run
 * @param model   trained; its notes say how
 * @param data    the data that it was trained on
 * @param history all epochs, those before a resume as well
 * @param out     the file of the weights
 */
record TrainResult(Device device, KernelChoice kernels, long seed, Model model, Splits data, History history, Path out) {
  /** One line for people. */
  String line() {
    EpochResult last = history.last();
    String test = Table.format("test accuracy %s, loss %.4f; ", Table.percent(last.testAccuracy()), last.testLoss());
    return (data.test() == null ? "" : test)
        + Table.format("%d %s in %.1f s (%,.0f samples/s); saved %s", last.epoch(), last.epoch() == 1 ? "epoch" : "epochs",
        history.trainSeconds(), speed(history, data.train().size()), out);
  }

  /** As JSON. */
  Map<String, Object> json() {
    Map<String, Object> json = json("train", device.name(), kernels, seed, model, history, data.train().size(), out);
    json.put("train_samples", data.train().size());
    json.putAll(data.test() == null ? measured(null, null, false) : measured("test", Metrics.of(device, model, data.test()), false));
    return json;
  }

  /** What the results of all commands say of a model; the loss is cross-entropy, without a recipe's label smoothing. */
  static Map<String, Object> measured(String split, Metrics metrics, boolean trainedOn) {
    return metrics == null ? Json.object("split", null, "samples", null, "accuracy", null, "loss", null, "trained_on", null)
        : Json.object("split", split, "samples", metrics.samples(), "accuracy", metrics.accuracy(), "loss", metrics.loss(),
            "trained_on", trainedOn);
  }

  /** What a training run and a fine-tuning have in common; {@code samples} are those of an epoch. */
  static Map<String, Object> json(String command, String device, KernelChoice kernels, long seed, Model model, History history, int samples,
      Path out) {
    return Json.object("command", command, "device", device, "kernels", kernels == null ? null : kernels.name(), "seed", seed,
        "model", out.toString(), "parameters", model.parameterCount(), "epochs", history.epochs().stream().map(TrainResult::json).toList(),
        "train_seconds", history.trainSeconds(), "samples_per_second", speed(history, samples));
  }

  private static double speed(History history, int samples) {
    return (double) samples * history.epochs().size() / history.trainSeconds();
  }

  private static Map<String, Object> json(EpochResult epoch) {
    return Json.object("epoch", epoch.epoch(), "train_loss", epoch.trainLoss(), "train_accuracy", epoch.trainAccuracy(),
        "test_loss", epoch.testLoss(), "test_accuracy", epoch.testAccuracy(), "seconds", epoch.seconds());
  }

  /** The page of it, with the learning rate. */
  void write(CommandSpec spec, Rates rates, Path folder) throws IOException {
    int epochs = history.last().epoch();
    Report page = Page.begin("Training on " + model.metadata().get("data"), model.classNames(), spec, device,
        epochs + (epochs == 1 ? " epoch in " : " epochs in ") + Page.duration(history.trainSeconds()));
    Dataset test = data.test();
    Metrics metrics = test == null ? null : Metrics.of(device, model, test);
    page.numbers("Result", numbers(metrics));
    page.epochs(history.epochs(), "test", rates.recipe().loss());
    if (test == null) {
      page.note("On other images", "Not known: there were no test images that it had not been trained on.");
    } else {
      Page.measured(page, device, model, metrics, test);
    }
    page.rates(rates, epochs);
    page.filters(model);
    page.list("How it was trained", settings());
    page.write(folder);
  }

  private Map<String, String> numbers(Metrics metrics) {
    Map<String, String> numbers = metrics == null ? new LinkedHashMap<>()
        : Page.numbers("test accuracy", "test loss, cross-entropy", metrics);
    numbers.put("training accuracy", Table.percent(history.last().trainAccuracy()));
    return numbers;
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("training images", Table.format("%,d", data.train().size()));
    settings.put("test images", data.test() == null ? "none" : Table.format("%,d", data.test().size()));
    settings.put("parameters", Table.format("%,d", model.parameterCount()));
    settings.putAll(SettingsInWords.of(model.metadata()));
    return settings;
  }
}
