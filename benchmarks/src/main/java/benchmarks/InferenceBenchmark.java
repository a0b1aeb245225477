package benchmarks;

import java.util.concurrent.TimeUnit;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.Predictor;
import org.lenet4j.backend.Precision;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Predictions, bytes in and logits out: a thousand at a time, and the latency of one. */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(value = 2, jvmArgs = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class InferenceBenchmark {
  private static final int BATCH = 1024;

  @Param({"1", "2"}) int threads;
  @Param("openblas") String device;
  @Param("FP32") Precision precision;

  private final byte[] images = SyntheticDigits.create(BATCH, 42).images(); // (1024, 1, 28, 28)
  private final byte[] image = SyntheticDigits.create(1, 42).images(); //      (1, 28, 28)
  private final float[] logits = new float[BATCH * 10]; //                     (1024, 10)
  private Device open;
  private Predictor predictor;

  @Setup public void compile() {
    open = Device.open(device, new DeviceSettings().withThreads(threads).withPrecision(precision));
    Model model = LeNet5.create(10, 42);
    predictor = new Predictor(open, model);
  }

  @TearDown public void close() {
    predictor.close();
    open.close();
  }

  /** 1,024 images. */
  @Benchmark @BenchmarkMode(Mode.AverageTime) public float[] batch() {
    predictor.logits(images, BATCH, logits);
    return logits;
  }

  /** One image; JMH prints its percentiles. */
  @Benchmark @BenchmarkMode(Mode.SampleTime) public float[] single() {
    predictor.logits(image, 1, logits);
    return logits;
  }
}
