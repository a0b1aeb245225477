package org.lenet4j.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.lenet4j.Device;
import org.lenet4j.EpochResult;
import org.lenet4j.PredictListener;
import org.lenet4j.TrainListener;

/**
 * What a trainer and a predictor do, as meters: {@code trainer.addListener(metrics)}, {@code predictor.addListener(metrics)}. Every meter
 * has the tag {@code device}.
 *
 * <table>
 * <caption>The meters</caption>
 * <tr><td>{@code lenet4j.training.epoch}</td><td>timer: how long an epoch takes; its count is the epochs done</td></tr>
 * <tr><td>{@code lenet4j.training.samples}</td><td>counter: samples trained on</td></tr>
 * <tr><td>{@code lenet4j.training.throughput}</td><td>gauge: samples a second in the last epoch</td></tr>
 * <tr><td>{@code lenet4j.training.loss}, tag {@code data} is {@code train} or {@code test}</td><td>gauge: of the last epoch</td></tr>
 * <tr><td>{@code lenet4j.training.accuracy}, the same tag</td><td>gauge: of the last epoch, 0 to 1</td></tr>
 * <tr><td>{@code lenet4j.prediction}</td><td>timer: latency of a call of the predictor</td></tr>
 * <tr><td>{@code lenet4j.prediction.images}</td><td>summary: images of a call</td></tr>
 * </table>
 *
 * <p>Gauges are NaN before the first epoch, and those of test data also without test data. One object serves any number of predictors,
 * and of trainers that train one after the other.
 */
@SuppressWarnings("exports") // Micrometer's: whoever uses this class requires its module, and nobody else has to
public final class Lenet4jMetrics implements MeterBinder, TrainListener, PredictListener {
  private final Tags tags;
  private final List<Meters> bound = new CopyOnWriteArrayList<>(); // one for each registry
  private volatile EpochResult last = new EpochResult(0, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
  private volatile double throughput = Double.NaN;
  private int samples; // of the epoch under way; the thread that trains has it alone
  private int counted; // of them

  /** For a device, without further tags. */
  public Lenet4jMetrics(Device device) {
    this(device, List.of());
  }

  /** For a device, with tags of your own, for example {@code Tag.of("model", "digits")}. */
  public Lenet4jMetrics(Device device, Iterable<Tag> tags) {
    this.tags = Tags.of(tags).and("device", device.name());
  }

  @Override public void bindTo(MeterRegistry registry) {
    gauge(registry, "loss", "Mean loss of the last epoch", "train", result -> result.trainLoss());
    gauge(registry, "loss", "Mean loss of the last epoch", "test", result -> result.testLoss());
    gauge(registry, "accuracy", "Share of the samples that were right in the last epoch", "train", result -> result.trainAccuracy());
    gauge(registry, "accuracy", "Share of the samples that were right in the last epoch", "test", result -> result.testAccuracy());
    Gauge.builder("lenet4j.training.throughput", this, metrics -> metrics.throughput).tags(tags).baseUnit("samples/second")
        .description("Training samples a second in the last epoch").strongReference(true).register(registry);
    bound.add(new Meters(
        Timer.builder("lenet4j.training.epoch").tags(tags).description("Training of an epoch, without evaluation").register(registry),
        Counter.builder("lenet4j.training.samples").tags(tags).baseUnit("samples").description("Samples trained on").register(registry),
        Timer.builder("lenet4j.prediction").tags(tags).description("Latency of a call of the predictor").register(registry),
        DistributionSummary.builder("lenet4j.prediction.images").tags(tags).baseUnit("images").description("Images of a call")
            .register(registry)));
  }

  private void gauge(MeterRegistry registry, String name, String description, String data, ToDoubleFunction<EpochResult> value) {
    Gauge.builder("lenet4j.training." + name, this, metrics -> value.applyAsDouble(metrics.last)).tags(tags).tag("data", data)
        .description(description).strongReference(true).register(registry);
  }

  @Override public void progress(int epoch, int samples, int total, double loss) {
    int more = samples > counted ? samples - counted : samples; // fewer than before: an epoch that failed, then another trainer
    bound.forEach(meters -> meters.samples.increment(more));
    counted = samples;
    this.samples = total;
  }

  @Override public void epoch(EpochResult result) {
    throughput = samples / result.seconds();
    last = result;
    counted = 0;
    Duration duration = Duration.ofNanos((long) (result.seconds() * 1e9));
    bound.forEach(meters -> meters.epoch.record(duration));
  }

  @Override public void predicted(int images, long nanos) {
    for (Meters meters : bound) {
      meters.prediction.record(nanos, TimeUnit.NANOSECONDS);
      meters.images.record(images);
    }
  }

  private record Meters(Timer epoch, Counter samples, Timer prediction, DistributionSummary images) {}

  @Override public String toString() {
    return "lenet4j's meters, " + tags;
  }
}
