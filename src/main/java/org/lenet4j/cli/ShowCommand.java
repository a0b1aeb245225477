package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.lenet4j.Checkpoint;
import org.lenet4j.data.ClassNames;
import org.lenet4j.file.Json;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.ModelFile;
import org.lenet4j.report.Table;
import org.lenet4j.tune.Generation;
import org.lenet4j.tune.Origin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lenet4j show}. */
@Command(name = "show", sortOptions = false, description = "Shows what a file of weights or a checkpoint is: layers, classes, how it was"
    + " trained and with which command, and which fine-tunings came after.",
    footer = {"lenet4j show", "lenet4j show mine.safetensors"})
final class ShowCommand extends Subcommand {
  private static final Set<String> TOLD = Set.of("data", "seed", "test_accuracy", RunOutput.COMMAND, "train_crc32");

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "As --from of the other commands takes it; or a checkpoint"
      + " (lenet5.safetensors).")
  private Path file;

  @Mixin private ModelOptions modelOptions;

  @Override public Integer call() throws IOException {
    json().check();
    if (file != null) {
      modelOptions.file(file);
    }
    Path shown = modelOptions.file();
    Checkpoint checkpoint = checkpoint(shown);
    Model model = checkpoint != null ? checkpoint.model() : modelOptions.load();
    out().println(shown + ": " + (checkpoint == null ? RunOutput.describe(model) : "a checkpoint after epoch " + checkpoint.epoch() + " of "
        + checkpoint.recipe().epochs()));
    out().println();
    model.summary().lines().forEach(out()::println);
    out().println();
    facts(model).lines().forEach(out()::println);
    if (checkpoint == null) {
      trained(model);
    } else {
      try (Progress progress = new Progress(out(), err(), null, checkpoint.recipe().epochs(), "test", System::nanoTime)) {
        checkpoint.history().forEach(progress::epoch);
      }
    }
    json().write(() -> result(shown, model));
    return 0;
  }

  /** Null if it is none, or no file that says so. */
  private static Checkpoint checkpoint(Path file) {
    try {
      ModelFile content = ModelFile.read(file);
      return content.isCheckpoint() ? Checkpoint.of(training(content)) : null;
    } catch (IOException e) {
      return null; // whoever reads the weights says why
    }
  }

  /** Of a fine-tuning's checkpoint the training alone. */
  private static ModelFile training(ModelFile content) {
    Map<String, String> notes = new TreeMap<>(content.notes());
    notes.keySet().removeIf(note -> note.startsWith("tuning."));
    Map<String, ModelFile.Tensor> more = new TreeMap<>(content.more());
    more.keySet().removeIf(name -> name.startsWith("start.") || name.startsWith("best."));
    return new ModelFile(content.model(), notes, more);
  }

  private static Table facts(Model model) {
    Table facts = new Table("", "").row("classes", ClassNames.list(model.classNames()))
        .row("input", model.isNormalizationChosen()
            ? "(pixel / 255 - " + model.normalization().mean() + ") / " + model.normalization().std()
            : "normalised by what it is trained on first")
        .row("doubts", model.sureFrom() == null ? "no answer: from where on it is sure was not measured"
            : "images that are unlike those that it was trained on");
    if (!model.frozen().isEmpty()) {
      facts.row("frozen", String.join(", ", model.trainable().stream().filter(model.frozen()::contains).toList()));
    }
    return facts.row("has seen", model.seen()).row("SHA-256", model.sha256());
  }

  private void trained(Model model) {
    Map<String, String> origin = Origin.of(model);
    List<Generation> past = Generation.of(model);
    if (!origin.isEmpty()) {
      out().println();
      String accuracy = origin.get("test_accuracy");
      out().println("trained" + (origin.containsKey("data") ? " on " + origin.get("data") : "")
          + (origin.containsKey("seed") ? ", seed " + origin.get("seed") : "")
          + (accuracy == null ? "" : ", test accuracy " + Table.percent(Double.parseDouble(accuracy))));
      command(origin.get(RunOutput.COMMAND));
      Table settings = new Table("", "");
      origin.forEach((name, value) -> {
        if (!TOLD.contains(name)) {
          settings.row("  " + name.replace('_', ' '), value);
        }
      });
      settings.lines().forEach(out()::println);
    }
    if (!past.isEmpty()) {
      out().println();
      out().println("fine-tuned " + (past.size() == 1 ? "once" : past.size() + " times"));
      command(model.metadata().get(RunOutput.COMMAND));
      FinetuneResult.past(past).lines().forEach(out()::println);
    }
  }

  private void command(String command) {
    if (command != null) {
      out().println("  " + command);
    }
  }

  private static Map<String, Object> result(Path shown, Model model) {
    return Json.object("command", "show", "from", shown.toString(), "parameters", model.parameterCount(),
        "mean", model.normalization().mean(), "std", model.normalization().std(), "class_names", model.classNames(),
        "made_by", model.metadata().get(RunOutput.COMMAND));
  }
}
