package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.report.Report;
import org.lenet4j.report.SettingsInWords;
import org.lenet4j.report.Table;
import org.lenet4j.tune.Generation;
import org.lenet4j.tune.Origin;
import org.lenet4j.tune.Score;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lenet4j report}. */
@Command(name = "report", sortOptions = false, description = "Writes a page on weights that are there already: how they read a data set,"
    + " their surest mistakes, filters, and how they came about. The curves of a training run are known to the run alone: train and"
    + " finetune write them with --report.",
    footer = {"lenet4j report --from mine.safetensors --data photos", "lenet4j report --from pretrained --data mnist"})
final class ReportCommand extends MeasuringCommand {
  @Option(names = "--out", paramLabel = "DIR", defaultValue = "report", description = "The folder of the page (${DEFAULT-VALUE}).")
  private Path out;

  @Override void checkFiles() throws IOException {
    Report.check(out);
  }

  @Override void tell(Device device, Model model, Dataset chosen) throws IOException {
    Measured measured = Measured.of(device, model, chosen);
    Dataset shown = model.seen().of(chosen).measured();
    Report page = Page.begin(title(), model.classNames(), spec, device, null);
    List<Generation> past = Generation.of(model);
    if (!past.isEmpty()) {
      tuned(page, past.get(past.size() - 1));
    }
    page.numbers("Result", Page.numbers("accuracy", "loss", measured.shown()));
    String caution = Measured.caution(model.seen());
    if (caution != null || measured.unseen() == null) {
      page.note("What the figures are of", sentence(caution == null ? measured.line() : caution));
    }
    Page.measured(page, device, model, measured.shown(), shown);
    page.filters(model);
    Map<String, String> origin = SettingsInWords.of(Origin.of(model));
    if (!origin.isEmpty()) {
      page.list("How it was trained", origin);
    }
    if (!past.isEmpty()) {
      page.list("How it was tuned", SettingsInWords.of(past.get(past.size() - 1).settings()));
      page.table("History", FinetuneResult.past(past));
    }
    page.write(out);
    out().println(name() + ": " + measured.line());
    out().println("report: " + out.resolve("index.html"));
    json().write(() -> json(device, measured, model.seen()));
  }

  private static void tuned(Report page, Generation last) {
    Score before = last.before();
    Score after = last.after();
    Verdict verdict = Verdict.of(before, after, 0, 0);
    page.answer("Was the last tuning worth it?", verdict.answer(), verdict.more(), new Table("read right", "before", "after")
        .row("new data", Table.percent(before.targetAccuracy()), Table.percent(after.targetAccuracy()))
        .row("old data", Table.percent(before.sourceAccuracy()), Table.percent(after.sourceAccuracy())));
  }

  private static String sentence(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }
}
