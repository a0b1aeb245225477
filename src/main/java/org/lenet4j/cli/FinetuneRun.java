package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import org.lenet4j.Calibration;
import org.lenet4j.Device;
import org.lenet4j.EpochResult;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.Model;
import org.lenet4j.report.Rates;
import org.lenet4j.report.Report;
import org.lenet4j.report.TensorBoard;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.LrRange;
import org.lenet4j.tune.Search;
import org.lenet4j.tune.Strength;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The training of {@code lenet4j finetune}, once all is read and set.
 *
 * @param device  the device that trains
 * @param model   as it is before
 * @param from    the weights that are tuned
 * @param options the options of the new data
 * @param data    the new data
 * @param range   the result of a range test, or null
 * @param search  the result of a search, or null
 * @param strength the result of the search for a strength, or null
 * @param tuner   the tuner that has begun, or goes on
 */
record FinetuneRun(Device device, Model model, Path from, DataOptions options, DataOptions.Opened data, LrRange range,
    Search.Result search, Strength strength, FineTuner tuner) {
  private static final long SAVE_NANOS = 2_000_000_000; // a short tuning needs no checkpoint
  private static final int ENOUGH = 1000; // images, to find one in 200

  /**
   * What is left behind.
   *
   * @param spec       the command
   * @param out        the weights, unless they are not worth it
   * @param checkpoint written now and then; null for none
   * @param own        whether that is the file that this run continues from
   * @param report     what it is shown with
   */
  record Files(CommandSpec spec, RunOutput out, Path checkpoint, boolean own, ReportOptions report) {}

  /** Trains, saves and says how it goes, and what came of it. */
  void train(Map<String, String> notes, Files files, PrintWriter out, PrintWriter result, PrintWriter err, JsonFile json)
      throws IOException {
    Path page = files.report.report();
    Rates rates = new Rates(tuner.settings().recipe(), tuner.stepsPerEpoch());
    Metrics before = page == null ? null : FinetuneResult.metrics(device, model, tuner.target());
    FinetuneResult.printStart(out, from, options.name(), data, tuner.target());
    if (tuner.kernels() != null) {
      out.println("kernels: " + tuner.kernels().describe());
    }
    String losses = Report.losses(tuner.settings().recipe().loss(), data.measured());
    if (losses != null) {
      out.println(losses);
    }
    FineTuner.Result tuned;
    try (TensorBoard events = files.report.events(data.measured(), rates);
        Checkpoints checkpoints = new Checkpoints("finetune", files.checkpoint, files.own, err)) {
      try {
        epochs(events, checkpoints, notes);
        tuned = tuner.finish();
        checkWorth(files.out, checkpoints, err);
        save(checkpoints, notes, files.out);
      } catch (IOException e) {
        throw checkpoints.explain(e);
      }
    }
    FinetuneResult written = new FinetuneResult(device, tuner.kernels(), tuner.settings().seed(), from, tuner.model(), data, tuned,
        range, search, strength, files.out.out());
    written.print(result);
    json.write(() -> written.json());
    if (page != null) {
      written.write(files.spec, options.name(), before, rates, page);
      out.println("report: " + page.resolve("index.html"));
    }
  }

  private void epochs(TensorBoard events, Checkpoints checkpoints, Map<String, String> notes) throws IOException {
    long last = System.nanoTime();
    while (!tuner.isDone()) {
      EpochResult result = tuner.epoch();
      if (events != null) {
        events.epoch(result);
      }
      if (System.nanoTime() - last > SAVE_NANOS) {
        checkpoints.save(tuner.checkpoint(notes)::save);
        last = System.nanoTime();
      }
    }
  }

  /** The images that training did not see if there are enough to tell: it is surer of those that it saw. */
  private Dataset forCalibration() {
    return data.validation() != null && data.validation().size() >= ENOUGH ? data.validation() : data.train();
  }

  private void checkWorth(RunOutput out, Checkpoints checkpoints, PrintWriter err) throws IOException {
    Metrics target = FinetuneResult.metrics(device, tuner.model(), tuner.target());
    try {
      out.checkWorth(target != null ? target : Metrics.of(device, tuner.model(), data.train().withClasses(tuner.model().outputSize())),
          tuner.settings().recipe().optimizer().learningRate(), err);
    } catch (IllegalStateException e) {
      checkpoints.remove(); // nobody wants to go on from there
      throw e;
    }
  }

  private void save(Checkpoints checkpoints, Map<String, String> notes, RunOutput out) throws IOException {
    try {
      out.save(Calibration.calibrate(device, tuner.model(), forCalibration()));
    } catch (IOException e) {
      checkpoints.save(tuner.checkpoint(notes)::save); // a full disk, perhaps: what was learned is not lost
      throw e;
    }
    checkpoints.remove();
  }
}
