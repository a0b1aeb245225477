package org.lenet4j.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.lenet4j.Device;
import org.lenet4j.DivergedException;
import org.lenet4j.EpochResult;
import org.lenet4j.Predictor;
import org.lenet4j.Trainer;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

class Lenet4jMetricsTest {
  private final Dataset train = SyntheticDigits.create(330, 1);
  private final Dataset test = SyntheticDigits.create(50, 2);

  private static double gauge(SimpleMeterRegistry registry, String name, String data) {
    return registry.get("lenet4j.training." + name).tags("device", "openblas", "data", data).gauge().value();
  }

  @Test void aTrainingIsMeasured() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (Device device = Device.open("openblas", 1)) {
      Lenet4jMetrics metrics = new Lenet4jMetrics(device);
      metrics.bindTo(registry);
      assertEquals(Double.NaN, gauge(registry, "loss", "train"));
      EpochResult last;
      try (Trainer trainer = new Trainer(device, LeNet5.create(10, 1), Recipe.plain().withEpochs(2), 1).addListener(metrics)) {
        last = trainer.fit(train, test).last();
        assertEquals(last.trainLoss(), gauge(registry, "loss", "train"));
        assertEquals(last.testLoss(), gauge(registry, "loss", "test"));
        assertEquals(last.trainAccuracy(), gauge(registry, "accuracy", "train"));
        assertEquals(last.testAccuracy(), gauge(registry, "accuracy", "test"));
        assertEquals(330 / last.seconds(), registry.get("lenet4j.training.throughput").tag("device", "openblas").gauge().value());
        assertEquals(660, registry.get("lenet4j.training.samples").tag("device", "openblas").counter().count());
        Timer epoch = registry.get("lenet4j.training.epoch").tag("device", "openblas").timer();
        assertEquals(2, epoch.count());
        assertEquals(trainer.history().trainSeconds(), epoch.totalTime(TimeUnit.SECONDS), 1e-6); // it keeps whole nanoseconds
        trainer.epoch(train, null);
        assertEquals(Double.NaN, gauge(registry, "accuracy", "test"));
      }
    }
  }

  @Test void anEpochThatFailsIsNotTakenBack() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (Device device = Device.open("openblas", 1)) {
      Lenet4jMetrics metrics = new Lenet4jMetrics(device);
      metrics.bindTo(registry);
      metrics.progress(1, 6400, 10_000, 1); // then its loss becomes infinite
      try (Trainer trainer = new Trainer(device, LeNet5.create(10, 1), new Sgd(1e20f), 33).addListener(metrics)) {
        assertThrows(DivergedException.class, () -> trainer.fit(train, 1, null));
      }
      try (Trainer trainer = new Trainer(device, LeNet5.create(10, 1), Recipe.plain(), 1).addListener(metrics)) {
        trainer.fit(train, 1, null);
      }
      assertEquals(6400 + 330, registry.get("lenet4j.training.samples").counter().count());
    }
  }

  @Test void predictionsAreMeasuredInEveryRegistry() {
    SimpleMeterRegistry first = new SimpleMeterRegistry();
    SimpleMeterRegistry second = new SimpleMeterRegistry();
    Model model = LeNet5.create(10, 1);
    try (Device device = Device.open("openblas", 1)) {
      Lenet4jMetrics metrics = new Lenet4jMetrics(device, List.of(Tag.of("model", "digits")));
      metrics.bindTo(first);
      metrics.bindTo(second);
      long start = System.nanoTime();
      try (Predictor predictor = new Predictor(device, model).addListener(metrics)) {
        predictor.predict(test.image(0));
        predictor.predict(test.images(), test.size());
        assertThrows(IllegalArgumentException.class, () -> predictor.predict(new byte[3]));
      }
      double most = System.nanoTime() - start;
      for (SimpleMeterRegistry registry : List.of(first, second)) {
        Timer latency = registry.get("lenet4j.prediction").tags("device", "openblas", "model", "digits").timer();
        assertEquals(2, latency.count());
        assertTrue(latency.totalTime(TimeUnit.NANOSECONDS) > 1000 && latency.totalTime(TimeUnit.NANOSECONDS) < most, latency.toString());
        assertEquals(51, registry.get("lenet4j.prediction.images").summary().totalAmount());
        for (Meter meter : registry.getMeters()) {
          assertEquals("openblas", meter.getId().getTag("device"));
          assertEquals("digits", meter.getId().getTag("model"));
        }
      }
    }
  }
}
