package org.lenet4j.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.Loader;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.backend.cpu.CpuCeiling;
import org.lenet4j.backend.cpu.CpuProfile;
import org.lenet4j.backend.cpu.OpenBlasInfo;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.optim.Recipe;
import org.lenet4j.report.Report;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code lenet4j benchmark}. */
@Command(name = "benchmark", sortOptions = false,
    description = "Measures how fast this machine trains LeNet-5 and predicts with it, on every device that it has.")
final class BenchmarkCommand extends Subcommand {
  private static final double THOUSAND = 1e3;
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
    json().write(this::write);
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
      out().println(speed.describe());
      for (List<String> row : rows(speed)) {
        out().printf(Locale.ROOT, "  %-28s %14s   %s%n", row.get(0), row.get(1), row.get(2));
      }
    }
    missing.values().forEach(why -> out().println("not measured: " + why));
    warnings.forEach(warning -> out().println("warning: " + warning));
    for (List<String> row : ratios()) {
      out().printf(Locale.ROOT, "  %-28s %14s%n", row.get(0), row.get(1));
    }
    if (profile != null) {
      out().println("a step on one thread, for each 16 samples");
      for (List<String> row : profileRows()) {
        out().printf(Locale.ROOT, "  %-28s %14s %12s %8s%n", row.toArray());
      }
    }
    out().flush();
  }

  private List<List<String>> rows(DeviceSpeed speed) {
    List<List<String>> rows = new ArrayList<>();
    speed.training().forEach((batch, rate) -> rows.add(row("training, batch " + batch, rate)));
    rows.add(row("inference, batch " + DeviceSpeed.INFERENCE_BATCH, speed.inference()));
    rows.add(List.of("one image, median", format("%.1f us", speed.p50()), format("99%% within %.1f us", speed.p99())));
    Double share = share(speed);
    if (share != null) {
      rows.add(List.of("share of the sgemm ceiling", format("%.0f%%", 100 * share),
          format("of %.0f GFLOP/s, batch %d", ceiling, SHARE_BATCH)));
    }
    return rows;
  }

  private static List<String> row(String name, DeviceSpeed.Rate rate) {
    return List.of(name, format("%,.0f/s", rate.median()), format("%,.0f to %,.0f", rate.lowest(), rate.highest()));
  }

  /** CUDA over OpenBLAS, if there are both. */
  private List<List<String>> ratios() {
    List<List<String>> rows = new ArrayList<>();
    if (speeds.size() == 2) {
      speeds.get(0).training().forEach((batch, rate) -> rows.add(List.of("cuda over openblas, " + batch,
          format("%.1fx", speeds.get(1).training().get(batch).median() / rate.median()))));
    }
    return rows;
  }

  private List<List<String>> profileRows() {
    List<List<String>> rows = new ArrayList<>();
    double total = 0;
    double flops = 0;
    for (CpuProfile.Part part : profile.parts()) {
      total += part.microseconds();
      flops += part.flops();
      rows.add(profileRow(part));
    }
    rows.add(profileRow(new CpuProfile.Part("all", total, flops)));
    return rows;
  }

  private List<String> profileRow(CpuProfile.Part part) {
    boolean counted = part.flops() > 0;
    return List.of(part.name(), format("%.1f us", part.microseconds()), counted ? format("%.0f GFLOP/s", part.gigaflops()) : "",
        counted ? format("%.0f%%", 100 * part.gigaflops() / ceilingOfOne) : "");
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private Report report() {
    Report page = new Report("LeNet-5 on this machine", List.of());
    Map<String, double[]> bars = new TreeMap<>();
    for (DeviceSpeed speed : speeds) {
      bars.put(speed.device(), speed.training().values().stream().mapToDouble(rate -> rate.median() / THOUSAND).toArray());
      page.table(speed.describe(), head(List.of("", "median", "five rounds"), rows(speed)));
    }
    page.bars("training", "Training", "thousand samples a second by batch size", speeds.get(0).training().keySet(), bars);
    if (profile != null) {
      page.table("A step on one thread, for each 16 samples", head(List.of("", "time", "speed", "of the ceiling"), profileRows()));
    }
    return page;
  }

  private static List<List<String>> head(List<String> head, List<List<String>> rows) {
    List<List<String>> all = new ArrayList<>(rows);
    all.add(0, head);
    return all;
  }

  private void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("command", "benchmark");
    json.writeStringField("version", Main.Version.version());
    json.writeStringField("java", System.getProperty("java.version"));
    json.writeStringField("platform", Loader.getPlatform());
    json.writeNumberField("processors", Runtime.getRuntime().availableProcessors());
    json.writeNumberField("threads", threads);
    json.writeNumberField("sgemm_gflops", ceiling);
    json.writeNumberField("sgemm_gflops_one_thread", ceilingOfOne);
    json.writeArrayFieldStart("devices");
    for (DeviceSpeed speed : speeds) {
      write(json, speed);
    }
    json.writeEndArray();
    json.writeObjectFieldStart("not_measured");
    for (Map.Entry<String, String> device : missing.entrySet()) {
      json.writeStringField(device.getKey(), device.getValue());
    }
    json.writeEndObject();
    json.writeArrayFieldStart("warnings");
    for (String warning : warnings) {
      json.writeString(warning);
    }
    json.writeEndArray();
    if (profile != null) {
      writeProfile(json);
    }
    json.writeEndObject();
  }

  private void write(JsonGenerator json, DeviceSpeed speed) throws IOException {
    json.writeStartObject();
    json.writeStringField("device", speed.device());
    json.writeStringField("describe", speed.describe());
    json.writeArrayFieldStart("training");
    for (Map.Entry<Integer, DeviceSpeed.Rate> entry : speed.training().entrySet()) {
      write(json, entry.getKey(), entry.getValue());
    }
    json.writeEndArray();
    json.writeFieldName("inference");
    write(json, DeviceSpeed.INFERENCE_BATCH, speed.inference());
    json.writeNumberField("p50_us", speed.p50());
    json.writeNumberField("p99_us", speed.p99());
    Double share = share(speed);
    if (share != null) {
      json.writeNumberField("share_of_sgemm", share);
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, int batch, DeviceSpeed.Rate rate) throws IOException {
    json.writeStartObject();
    json.writeNumberField("batch", batch);
    json.writeNumberField("samples_per_second", rate.median());
    json.writeNumberField("lowest", rate.lowest());
    json.writeNumberField("highest", rate.highest());
    json.writeEndObject();
  }

  private void writeProfile(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("step");
    for (CpuProfile.Part part : profile.parts()) {
      json.writeStartObject();
      json.writeStringField("part", part.name());
      json.writeNumberField("microseconds", part.microseconds());
      json.writeNumberField("flops", part.flops());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
