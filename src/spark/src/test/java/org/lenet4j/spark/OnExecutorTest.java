package org.lenet4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Devices have as many threads as Spark counts processors for a task. */
@ExtendWith(Cluster.class)
class OnExecutorTest {
  @Test void aTaskOfTwoProcessorsHasTwoThreads() {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(Cluster.spark().sparkContext());
    ResourceProfile two = new ResourceProfileBuilder().require(new TaskResourceRequests().cpus(2)).build();
    List<String> devices = context.parallelize(List.of(1, 2, 3, 4), 4).withResources(two)
        .map(i -> (OnExecutor.device() == OnExecutor.device()) + " " + OnExecutor.device().describe()).collect();
    assertEquals(4, devices.size());
    assertTrue(devices.stream().allMatch(device -> device.startsWith("true cpu: 2 threads, ")), devices.toString());
  }

  @Test void aTaskOfOneHasOne() {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(Cluster.spark().sparkContext());
    List<String> devices = context.parallelize(List.of(1, 2), 2).map(i -> OnExecutor.device().describe()).collect();
    assertTrue(devices.stream().allMatch(device -> device.startsWith("cpu: 1 thread, ")), devices.toString());
  }
}
