package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.lenet4j.Checkpoint;
import org.lenet4j.Device;
import org.lenet4j.EpochResult;
import org.lenet4j.Metrics;
import org.lenet4j.TrainListener;
import org.lenet4j.data.Dataset;
import org.lenet4j.report.Rates;
import org.lenet4j.report.TensorBoard;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.LrRange;
import org.lenet4j.tune.Search;
import org.lenet4j.tune.Tuning;

/**
 * The training of {@code lenet4j finetune}, once all is read and set.
 *
 * @param device  that trains
 * @param tuner   with all settings
 * @param from    the weights that are tuned
 * @param options of the new data
 * @param data    the new data
 * @param old     the old data
 * @param range   of a range test, or null
 * @param search  or null
 * @param files   where everything is
 */
record FinetuneRun(Device device, FineTuner tuner, String from, DataOptions options, DataOptions.Opened data, ForgettingOptions.Old old,
    LrRange range, Search.Result search, FinetuneRun.Files files) {
  private static final long SAVE_NANOS = 2_000_000_000; // a short tuning needs no checkpoint

  /**
   * Where everything is.
   *
   * @param out        the weights
   * @param checkpoint written now and then
   * @param resume     the checkpoint file to continue from, or null
   * @param start      its content
   * @param report     what it is shown with
   */
  record Files(Path out, Path checkpoint, Path resume, Checkpoint start, ReportOptions report) {
    boolean ownsCheckpoint() throws IOException {
      return start != null && java.nio.file.Files.exists(checkpoint) && java.nio.file.Files.isSameFile(resume, checkpoint);
    }
  }

  /** What a checkpoint has to know: the options, and by what to recognise weights and data. */
  Map<String, String> settings(Map<String, String> options) {
    Map<String, String> settings = new LinkedHashMap<>(options);
    settings.put("data_crc32", crc(data.train(), old.train()));
    settings.put("parent_sha256", tuner.parent().sha256());
    return settings;
  }

  /** Checks everything and compiles, or continues. */
  Tuning begin(Map<String, String> settings, TrainListener listener, PrintWriter out) throws IOException {
    Dataset watched = data.validation() != null ? data.validation() : data.test();
    tuner.listener(listener);
    if (files.start == null) {
      return tuner.start(data.train(), watched);
    }
    for (String key : List.of("parent_sha256", "data_crc32")) {
      if (!settings.get(key).equals(files.start.settings().get(key))) {
        throw new IOException((key.startsWith("parent") ? "the weights " + from : "the training images of " + options.data() + " or the old"
            + " data") + " are not those of the run that " + files.resume + " belongs to; bring them back, or say where they are now");
      }
    }
    out.println("continuing after epoch " + files.start.epoch() + " of " + tuner.recipe().epochs());
    return tuner.resume(files.start, data.train(), watched);
  }

  /** Trains, saves and says what came of it. */
  void train(Tuning tuning, Map<String, String> settings, PrintWriter out, PrintWriter err, JsonFile json) throws IOException {
    Path page = files.report.report();
    Rates rates = new Rates(tuner.recipe(), tuning.stepsPerEpoch());
    Metrics before = page == null ? null : FinetuneReport.metrics(device, tuner.model(), data);
    FinetuneReport.printStart(out, from, options.name(), data);
    if (tuning.kernels() != null) {
      out.println("kernels: " + tuning.kernels().describe());
    }
    FineTuner.Report report;
    try (TensorBoard events = files.report.events(data.measured(), rates);
        Checkpoints checkpoints = new Checkpoints("finetune", files.checkpoint, files.ownsCheckpoint(), err)) {
      try {
        epochs(tuning, events, checkpoints, settings);
        report = tuning.finish();
        save(tuning, checkpoints, settings);
      } catch (IOException e) {
        throw checkpoints.hint().isEmpty() ? e : new IOException(e.getMessage() + "; " + checkpoints.hint(), e);
      }
    }
    FinetuneReport written = new FinetuneReport(device.name(), tuning.kernels(), tuner.seed(), from, tuner.model(), data, report, range,
        search, files.out);
    written.print(out);
    json.write(() -> written.json(device));
    if (page != null) {
      written.write(device, options.name(), before, rates, page);
      out.println("report: " + page.resolve("index.html"));
    }
  }

  private static void epochs(Tuning tuning, TensorBoard events, Checkpoints checkpoints, Map<String, String> settings) throws IOException {
    long last = System.nanoTime();
    while (!tuning.isDone()) {
      EpochResult result = tuning.epoch();
      if (events != null) {
        events.epoch(result);
      }
      if (System.nanoTime() - last > SAVE_NANOS) {
        checkpoints.save(tuning.checkpoint(settings));
        last = System.nanoTime();
      }
    }
  }

  private void save(Tuning tuning, Checkpoints checkpoints, Map<String, String> settings) throws IOException {
    try {
      tuner.model().save(files.out);
    } catch (IOException e) {
      checkpoints.save(tuning.checkpoint(settings)); // a full disk, perhaps: what was learned is not lost
      throw e;
    }
    checkpoints.remove();
  }

  private static String crc(Dataset... parts) {
    CRC32 crc = new CRC32();
    for (Dataset part : parts) {
      if (part != null) {
        crc.update(part.images());
        IntStream.of(part.labels()).forEach(crc::update);
      }
    }
    return String.format("%08x", crc.getValue());
  }
}
