package benchmarks;

import java.util.concurrent.TimeUnit;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.nn.LeNet5;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** From nothing loaded to the first answer, once in each of ten JVMs; the start of the JVM itself is not in it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(value = 10, jvmArgs = "--enable-native-access=ALL-UNNAMED")
public class ColdStartBenchmark {
  /** Opens OpenBLAS, loads the pretrained weights and reads one image. */
  @Benchmark public float[] firstAnswer() {
    try (Device device = Device.open("openblas", 1); Predictor predictor = new Predictor(device, LeNet5.pretrained())) {
      float[] logits = new float[10];
      predictor.logits(new byte[28 * 28], 1, logits);
      return logits;
    }
  }
}
