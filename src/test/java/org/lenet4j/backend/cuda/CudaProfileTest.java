package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Samples;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.optim.Adam;

/** Every operation of a step is measured. */
@Tag("cuda")
class CudaProfileTest {
  @Test void aStepOfLenet5() {
    CudaProfile profile = CudaProfile.of(KernelSet.CUDNN, LeNet5.create(10, 1),
        Samples.recipe(new CrossEntropy(), new Adam(1e-3f)).withBatchSize(2), Samples.noise(LeNet5.INPUT, 3, 10, 2));
    assertEquals(List.of("gather", "conv1 forward", "pool1 forward", "conv1 activation forward", "conv2 forward", "pool2 forward",
        "conv2 activation forward", "fc1 forward", "fc2 forward", "fc3 forward", "loss", "fc3 backward", "fc2 backward", "fc1 backward",
        "conv2 activation backward", "pool2 backward", "conv2 backward", "conv1 activation backward", "pool1 backward", "conv1 backward",
        "update"), List.copyOf(profile.microseconds().keySet()));
    profile.microseconds().forEach((name, time) -> assertTrue(time >= 0, name + ": " + time));
    assertTrue(profile.graphNodes() >= profile.microseconds().size(), "the step was captured: " + profile);
  }
}
