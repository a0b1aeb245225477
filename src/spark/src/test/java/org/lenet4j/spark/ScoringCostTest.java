package org.lenet4j.spark;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.lenet4j.Predictor;
import org.lenet4j.nn.LeNet5;

/**
 * What Spark adds to the CPU time of a row: mvn test -Dgroups=measure -DexcludedGroups= -Dtest=ScoringCostTest. CPU time of the task
 * threads, which depends less on what else the machine does than the clock; rounds alternate, and the medians are printed.
 */
@Tag("measure")
@ExtendWith(Cluster.class)
class ScoringCostTest {
  private static final int ROUNDS = 13;
  private static final int PASSES = 40; // of a batch, alone

  /** CPU time of the executors' task threads. */
  private static final class Cpu extends SparkListener {
    private final AtomicLong nanos = new AtomicLong();

    @Override public void onTaskEnd(SparkListenerTaskEnd end) {
      nanos.addAndGet(end.taskMetrics().executorCpuTime());
    }

    double microseconds(Runnable job) throws InterruptedException {
      nanos.set(0);
      job.run();
      Thread.sleep(300); // events come a little later
      return nanos.get() / 1e3;
    }
  }

  @Test void measure() throws Exception {
    SparkSession spark = Cluster.spark();
    Cpu cpu = new Cpu();
    spark.sparkContext().addSparkListener(cpu);
    org.lenet4j.data.Dataset digits = Digits.test();
    Dataset<Row> rows = Digits.rows(spark, digits, 1).crossJoin(spark.range(16).toDF("copy")).drop("copy").repartition(2).persist();
    long count = rows.count();
    Dataset<Row> scored = LeNetModel.pretrained().transform(rows);
    MapPartitionsFunction<Long, Double> alone = new Alone(Weights.of(LeNet5.pretrained()), digits.head(Scoring.BATCH).images());
    List<double[]> rounds = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      double read = cpu.microseconds(() -> rows.write().format("noop").mode("overwrite").save()) / count;
      double all = cpu.microseconds(() -> scored.write().format("noop").mode("overwrite").save()) / count;
      double net = spark.range(0, 2, 1, 2).mapPartitions(alone, Encoders.DOUBLE()).collectAsList().stream().mapToDouble(x -> x).average()
          .orElseThrow();
      System.out.printf("round %d: reading %.2f us a row, reading and scoring %.2f, lenet4j alone %.2f%n", round, read, all, net);
      rounds.add(new double[] {read, all, net, 100 * (all - net) / net, 100 * (all - read - net) / net});
    }
    double[] medians = new double[5];
    for (int k = 0; k < medians.length; k++) {
      int which = k;
      double[] sorted = rounds.subList(ROUNDS / 3, ROUNDS).stream().mapToDouble(round -> round[which]).sorted().toArray(); // when warm
      medians[k] = sorted[sorted.length / 2];
    }
    System.out.printf("medians: reading %.2f us a row, reading and scoring %.2f, lenet4j alone %.2f; Spark adds %.1f%%, without reading"
        + " %.1f%%%n", Arrays.stream(medians).boxed().toArray());
    assertTrue(medians[2] > 0);
  }

  /** The same batches, without Spark's rows. */
  private record Alone(Weights weights, byte[] images) implements MapPartitionsFunction<Long, Double> {
    @Override public java.util.Iterator<Double> call(java.util.Iterator<Long> numbers) {
      Predictor predictor = OnExecutor.predictor(weights);
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      long start = threads.getCurrentThreadCpuTime();
      for (int pass = 0; pass < PASSES; pass++) {
        predictor.predict(images, Scoring.BATCH);
      }
      double net = (threads.getCurrentThreadCpuTime() - start) / 1e3 / PASSES / Scoring.BATCH;
      return List.of(net).iterator();
    }
  }
}
