package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.backend.Totals;
import org.lenet4j.backend.base.NativeLibraries;
import org.lenet4j.backend.base.NativeLibraryEvent;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.optim.Recipe;

/** A run is recorded and its events are read back. */
@Tag("slow")
class JfrTest {
  private static Device device;
  private static Dataset train;
  private static Dataset test;

  @TempDir Path folder;

  @BeforeAll static void open() {
    device = Device.open("openblas", 1);
    train = SyntheticDigits.create(330, 1); // 10 whole batches of 32 and one of 10
    test = SyntheticDigits.create(50, 2);
  }

  @AfterAll static void close() {
    device.close();
  }

  private interface Work {
    void run() throws IOException;
  }

  private List<RecordedEvent> record(Work work) throws IOException {
    Path file = Files.createTempFile(folder, "run", ".jfr");
    try (Recording recording = new Recording()) {
      Stream.of(StepEvent.class, EpochEvent.class, NativeLibraryEvent.class).forEach(recording::enable);
      recording.start();
      work.run();
      recording.stop();
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file).stream().filter(e -> e.getEventType().getName().startsWith("org.lenet4j.")).toList();
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
  }

  @Test void aRunHasItsStepsAndEpochs() throws IOException {
    Recipe recipe = Recipe.fast().withEpochs(2).withBatchSize(32);
    History[] history = new History[1];
    List<RecordedEvent> events = record(() -> {
      try (Trainer trainer = new Trainer(device, LeNet5.create(10, 1), recipe, 1)) {
        history[0] = trainer.fit(train, test);
      }
    });
    List<RecordedEvent> steps = named(events, "org.lenet4j.Step");
    assertEquals(22, steps.size());
    for (int i = 0; i < 22; i++) {
      RecordedEvent step = steps.get(i);
      assertEquals(i + 1, step.getLong("step"));
      assertEquals(1 + i / 11, step.getInt("epoch"));
      assertEquals(i % 11 == 10 ? 10 : 32, step.getInt("batch"));
      assertTrue(step.getDuration().toNanos() > 10_000, step.toString()); // 32 samples take a millisecond
      EpochResult result = history[0].epochs().get(i / 11);
      assertEquals(i % 11 == 10 ? result.trainLoss() : Double.NaN, step.getDouble("loss")); // the only one of an epoch with its sums
      assertNull(step.getStackTrace());
    }
    List<RecordedEvent> epochs = named(events, "org.lenet4j.Epoch");
    assertEquals(2, epochs.size());
    for (int i = 0; i < 2; i++) {
      RecordedEvent epoch = epochs.get(i);
      EpochResult result = history[0].epochs().get(i);
      assertEquals(i + 1, epoch.getInt("epoch"));
      assertEquals("openblas", epoch.getString("device"));
      assertEquals(330, epoch.getInt("samples"));
      assertEquals(330 / result.seconds(), epoch.getDouble("samplesPerSecond"));
      assertEquals(result.trainLoss(), epoch.getDouble("trainLoss"));
      assertEquals(result.trainAccuracy(), epoch.getDouble("trainAccuracy"));
      assertEquals(result.testLoss(), epoch.getDouble("testLoss"));
      assertEquals(result.testAccuracy(), epoch.getDouble("testAccuracy"));
      assertEquals(recipe.optimizer().learningRate() * recipe.schedule().factor(11 * i + 10, 22), epoch.getFloat("learningRate"));
      assertEquals(result.seconds(), epoch.getDuration().toNanos() / 1e9, 0.01); // the same two clock readings, some instructions apart
    }
  }

  @Test void aSingleStepHasItsLoss() throws IOException {
    Totals[] totals = new Totals[1];
    List<RecordedEvent> events = record(() -> {
      try (Trainer trainer = new Trainer(device, LeNet5.create(10, 1), Recipe.plain(), 1)) {
        totals[0] = trainer.step(train, 3, 1, 4);
      }
    });
    assertEquals(1, events.size());
    assertEquals(totals[0].loss(), events.get(0).getDouble("loss"));
    assertEquals(3, events.get(0).getInt("batch"));
  }

  @Test void aLibraryHasItsFile() throws IOException {
    List<RecordedEvent> events = record(() -> NativeLibraries.load("OpenBLAS", openblas_nolapack.class));
    assertEquals(1, events.size());
    assertEquals("OpenBLAS", events.get(0).getString("name"));
    assertTrue(Files.exists(Path.of(events.get(0).getString("path"))), events.toString());
    assertTrue(events.get(0).getString("path").contains("jniopenblas_nolapack"), events.toString());
    assertNull(events.get(0).getString("failure"));
  }

  @Properties(@Platform(library = "jninowhere"))
  static final class Nowhere {}

  @Test void aLibraryThatIsMissingSaysWhy() throws IOException {
    List<RecordedEvent> events =
        record(() -> assertThrows(UnsatisfiedLinkError.class, () -> NativeLibraries.load("nowhere", Nowhere.class)));
    assertEquals(1, events.size());
    assertNull(events.get(0).getString("path"));
    assertTrue(events.get(0).getString("failure").contains("jninowhere"), events.toString());
  }

  @Test void everythingIsDescribed() throws IOException {
    List<RecordedEvent> events = record(() -> {
      try (Trainer trainer = new Trainer(device, LeNet5.create(10, 1), Recipe.plain(), 1)) {
        trainer.epoch(train, test);
      }
      NativeLibraries.load("OpenBLAS", openblas_nolapack.class);
    });
    for (String name : List.of("org.lenet4j.Step", "org.lenet4j.Epoch", "org.lenet4j.NativeLibrary")) {
      RecordedEvent event = named(events, name).get(0);
      assertFalse(event.getEventType().getLabel().isBlank(), name);
      assertFalse(event.getEventType().getDescription().isBlank(), name);
      assertEquals("lenet4j", event.getEventType().getCategoryNames().get(0));
      for (ValueDescriptor field : event.getFields()) {
        assertFalse(field.getLabel() == null || field.getLabel().isBlank(), name + "." + field.getName());
      }
    }
  }

  @Test void nothingIsAllocatedWhileNobodyRecords() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    TrainingEvents events = new TrainingEvents();
    steps(events, 10); // the first one makes the event, if a recording has been there before
    long before = threads.getCurrentThreadAllocatedBytes();
    long nothing = threads.getCurrentThreadAllocatedBytes() - before; // what the question itself allocates
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) { // the JVM allocates something of its own now and then; what a step allocates is in each
      before = threads.getCurrentThreadAllocatedBytes();
      steps(events, 10_000);
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertEquals(nothing, least);
  }

  private static void steps(TrainingEvents events, int count) {
    for (int i = 0; i < count; i++) {
      events.beginStep();
      events.endStep();
      events.writeStep(1, i, 64, null);
    }
  }

  /** Setting up Flight Recorder takes longer than to predict, so nobody gets it who has not asked for it. */
  @Test void withoutARecordingFlightRecorderIsNotSetUp() throws Exception {
    Process process = new ProcessBuilder(ChildJava.program(), ChildJava.home(), "-Xlog:class+load", "-cp",
        System.getProperty("java.class.path"), TrainsQuietly.class.getName()).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    assertTrue(out.contains("org.lenet4j.TrainingEvents ") && out.contains("org.lenet4j.backend.base.NativeLibraries "), out);
    assertFalse(out.contains("jdk.jfr.internal.MetadataRepository ") || out.contains("org.lenet4j.StepEvent "), out);
  }

  static final class TrainsQuietly {
    private TrainsQuietly() {}

    public static void main(String[] args) {
      try (Device device = Device.open("openblas", 1); Trainer trainer = new Trainer(device, LeNet5.create(10, 1), Recipe.plain(), 1)) {
        trainer.epoch(SyntheticDigits.create(100, 1), null);
      }
    }
  }
}
