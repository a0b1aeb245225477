package benchmarks;

import java.util.concurrent.TimeUnit;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.backend.Precision;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Batches;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.optim.Recipe;
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

/** One update with Adam: forward, loss, backward, parameters. Samples a second are the batch divided by the time. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(value = 2, jvmArgs = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class TrainStepBenchmark {
  private static final int SAMPLES = 8192;

  @Param({"64", "256", "1024"}) int batch;
  @Param({"1", "2"}) int threads;
  @Param("openblas") String device;
  @Param("FP32") Precision precision;

  private Device open;
  private TrainingProgram program;
  private int first;

  @Setup public void compile() {
    open = Device.open(device, new DeviceSettings().withThreads(threads).withPrecision(precision));
    program = open.backend().compile(LeNet5.create(10, 42), Recipe.plain().withBatchSize(batch), 42);
    program.bind(SyntheticDigits.create(SAMPLES, 42), Augment.NONE);
    program.order(0, Batches.order(SAMPLES, 42, 0));
  }

  @TearDown public void close() {
    if (!Double.isFinite(program.drain().loss())) {
      throw new IllegalStateException("the loss is not finite: what was measured is not training");
    }
    program.close();
    open.close();
  }

  @Benchmark public void step() {
    program.step(first, batch, 1);
    first = (first + batch) % SAMPLES;
  }
}
