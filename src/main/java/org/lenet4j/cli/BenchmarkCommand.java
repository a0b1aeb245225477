package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.backend.cpu.CpuCeiling;
import org.lenet4j.backend.cpu.CpuProfile;
import org.lenet4j.backend.cpu.OpenBlasInfo;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.file.Json;
import org.lenet4j.optim.Recipe;
import org.lenet4j.report.Report;
import org.lenet4j.report.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lenet4j benchmark}. */
@Command(name = "benchmark", sortOptions = false,
    description = "Measures how fast this machine trains LeNet-5 and predicts with it, on every device that it has.",
    footer = {"lenet4j benchmark", "lenet4j benchmark --threads 1 --batch-size 64 --report report"})
final class BenchmarkCommand extends Subcommand {
  private static final double THOUSAND = 1e3;
  private static final String STEP = "A step on one thread, for each 16 samples";
  private static final String COUNTED = "The speed counts the products of the formulas. A convolution below a max-pooling makes fewer.";
  private static final int SHARE_BATCH = 256; // whose speed is compared with the ceiling

  @Option(names = "--threads", paramLabel = "N", description = "Threads of the openblas device (one for each processor).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--batch-size", paramLabel = "N", split = ",", defaultValue = "64,256,1024",
      description = "Batch sizes of training (${DEFAULT-VALUE}).")
  private int[] batches;

  @Option(names = "--seconds", paramLabel = "S", defaultValue = "1",
      description = "Of each round; a figure is the median of five rounds after one to warm up (${DEFAULT-VALUE}).")
  private double seconds;

  @Option(names = "--layers", description = "Also shows where the time of a step goes on the openblas device.")
  private boolean layers;

  @Option(names = "--report", paramLabel = "DIR", description = "Writes a chart and a page to this folder.")
  private Path report;

  private final List<DeviceSpeed> speeds = new ArrayList<>();
  private final Map<String, String> missing = new TreeMap<>(); // device -> why
  private List<String> warnings;
  private double ceiling; // GFLOP/s
  private double ceilingOfOne;
  private CpuProfile profile; // or null

  @Override public Integer call() throws IOException {
    check();
    Dataset data = SyntheticDigits.create(DeviceSpeed.SAMPLES, 42);
    warnings = OpenBlasInfo.read().warnings();
    ceilingOfOne = CpuCeiling.gigaflops(1);
    ceiling = threads == 1 ? ceilingOfOne : CpuCeiling.gigaflops(threads);
    for (String name : List.of("openblas", "cuda")) {
      measure(name, data);
    }
    if (layers) {
      profile = CpuProfile.of(DeviceSpeed.model(), Recipe.plain(), data);
    }
    print();
    json().write(this::result);
    if (report != null) {
      report().write(report);
      out().println("report in " + report);
    }
    return 0;
  }

  private void check() throws IOException {
    if (threads < 1 || threads > 1024) {
      throw usage("--threads must be from 1 to 1024, got " + threads);
    }
    for (int batch : batches) {
      if (batch < 1 || batch > DeviceSpeed.SAMPLES) {
        throw usage("--batch-size must be from 1 to " + DeviceSpeed.SAMPLES + ", got " + batch);
      }
    }
    if (!(seconds > 0 && seconds <= 600)) {
      throw usage("--seconds must be more than 0 and at most 600, got " + seconds);
    }
    json().check();
    if (report != null) {
      Report.check(report);
    }
  }

  private void measure(String name, Dataset data) {
    Device device;
    try {
      device = Device.open(name, new DeviceSettings().withThreads(threads));
    } catch (RuntimeException e) {
      missing.put(name, e.getMessage());
      return;
    }
    try (device) {
      speeds.add(DeviceSpeed.of(device, data, batches, seconds));
    }
  }

  /** Of the ceiling, if that batch size was measured. */
  private Double share(DeviceSpeed speed) {
    DeviceSpeed.Rate rate = speed.training().get(SHARE_BATCH);
    return rate == null || !speed.device().equals("openblas") ? null
        : rate.median() * CpuProfile.flops(DeviceSpeed.model(), true) / (ceiling * 1e9);
  }

  private void print() {
    for (DeviceSpeed speed : speeds) {
      print(speed.describe(), table(speed));
    }
    missing.values().forEach(why -> out().println("not measured: " + why));
    warnings.forEach(warning -> out().println("warning: " + warning));
    if (speeds.size() == 2) {
      Table ratios = new Table("training", "ratio");
      speeds.get(0).training().forEach((batch, rate) -> ratios.row("batch " + batch,
          Table.format("%.1fx", speeds.get(1).training().get(batch).median() / rate.median())));
      print("cuda over openblas", ratios);
    }
    if (profile != null) {
      print(STEP, profileTable());
      out().println(COUNTED);
    }
    out().flush();
  }

  private void print(String title, Table table) {
    out().println(title);
    table.lines().forEach(line -> out().println("  " + line));
  }

  private Table table(DeviceSpeed speed) {
    Table table = new Table("", "median", "five rounds");
    speed.training().forEach((batch, rate) -> row(table, "training, batch " + batch, rate));
    row(table, "inference, batch " + DeviceSpeed.INFERENCE_BATCH, speed.inference());
    table.row("one image", Table.format("%.1f us", speed.p50()), Table.format("99%% within %.1f us", speed.p99()));
    Double share = share(speed);
    if (share != null) {
      table.row("share of the sgemm ceiling", Table.format("%.0f%%", 100 * share),
          Table.format("of %.0f GFLOP/s, batch %d", ceiling, SHARE_BATCH));
    }
    return table;
  }

  private static void row(Table table, String name, DeviceSpeed.Rate rate) {
    table.row(name, Table.format("%,.0f/s", rate.median()), Table.format("%,.0f to %,.0f", rate.lowest(), rate.highest()));
  }

  private Table profileTable() {
    Table table = new Table("", "time", "speed", "of the ceiling");
    List<CpuProfile.Part> parts = new ArrayList<>(profile.parts());
    parts.add(new CpuProfile.Part("all", parts.stream().mapToDouble(CpuProfile.Part::microseconds).sum(),
        parts.stream().mapToDouble(CpuProfile.Part::flops).sum()));
    for (CpuProfile.Part part : parts) {
      boolean counted = part.flops() > 0;
      table.row(part.name(), Table.format("%.1f us", part.microseconds()), counted ? Table.format("%.0f GFLOP/s", part.gigaflops()) : "",
          counted ? Table.format("%.0f%%", 100 * part.gigaflops() / ceilingOfOne) : "");
    }
    return table;
  }

  private Report report() {
    Report page = new Report("LeNet-5 on this machine", List.of());
    Map<String, double[]> bars = new TreeMap<>();
    for (DeviceSpeed speed : speeds) {
      bars.put(speed.device(), speed.training().values().stream().mapToDouble(rate -> rate.median() / THOUSAND).toArray());
      page.table(speed.describe(), table(speed));
    }
    page.bars("training", "Training", "thousand samples a second by batch size", speeds.get(0).training().keySet(), bars);
    if (profile != null) {
      page.table(STEP, profileTable());
    }
    return page;
  }

  private Map<String, Object> result() {
    List<Object> devices = new ArrayList<>();
    speeds.forEach(speed -> devices.add(json(speed)));
    missing.forEach((device, why) -> devices.add(Json.object("device", device, "error", why)));
    Map<String, Object> result = InfoCommand.machine("benchmark");
    result.putAll(Json.object("threads", threads, "sgemm_gflops", ceiling, "sgemm_gflops_one_thread", ceilingOfOne, "devices", devices,
        "warnings", warnings, "step", profile == null ? null : profile.parts().stream().map(part ->
            Json.object("part", part.name(), "part_us", part.microseconds(), "flops", part.flops())).toList()));
    return result;
  }

  private Map<String, Object> json(DeviceSpeed speed) {
    List<Object> training = new ArrayList<>();
    speed.training().forEach((batch, rate) -> training.add(json(batch, rate)));
    return Json.object("device", speed.device(), "description", speed.describe(), "training", training,
        "inference", json(DeviceSpeed.INFERENCE_BATCH, speed.inference()), "p50_us", speed.p50(), "p99_us", speed.p99(),
        "share_of_sgemm", share(speed));
  }

  private static Map<String, Object> json(int batch, DeviceSpeed.Rate rate) {
    return Json.object("batch", batch, "samples_per_second", rate.median(), "lowest", rate.lowest(), "highest", rate.highest());
  }
}
