package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.DeviceUnavailableException;
import org.lenet4j.History;
import org.lenet4j.Predictor;
import org.lenet4j.Together;
import org.lenet4j.Trainer;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Run;
import org.lenet4j.backend.Samples;
import org.lenet4j.backend.cuda.device.Cuda;
import org.lenet4j.data.Dataset;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.Search;
import org.lenet4j.tune.Strength;
import org.lenet4j.tune.TuningData;

/** Several GPUs on one machine, each for models of its own. */
@Tag("cuda-standin")
class SeveralDevicesTest {
  private static final Recipe RECIPE = Recipe.plain().withBatchSize(16).withEpochs(2);

  @BeforeEach void standIn() {
    StandIn.assume();
    StandIn.devices(3);
  }

  @AfterEach void nothingIsLeft() {
    assertEquals(List.of(), StandIn.violations());
    assertEquals(List.of(), StandIn.leaks());
    StandIn.reset();
  }

  @ParameterizedTest @EnumSource(names = {"CUDNN", "FUSED"}) void fourModelsOverThreeDevicesAreAsAlone(KernelSet kernels) {
    DeviceSettings settings = new DeviceSettings().withKernels(kernels);
    Dataset train = Samples.noise(LeNet5.INPUT, 40, 10, 1);
    Dataset test = train.head(10);
    try (Device all = Device.open("cuda:all", settings); Device first = Device.open("cuda", settings)) {
      List<Long> free = free();
      List<Trainer> together = trainers(all);
      for (int i = 0; i < 3; i++) {
        assertTrue(free().get(i) < free.get(i), "there is no model on device " + i);
      }
      List<Trainer> alone = trainers(first);
      List<History> histories = Trainer.fitTogether(together, train, 2, test);
      for (int i = 0; i < 4; i++) {
        History expected = alone.get(i).fit(train, 2, test);
        assertEquals(Together.numbers(expected.epochs()), Together.numbers(histories.get(i).epochs()), "model " + i);
        assertSame(alone.get(i).model(), together.get(i).model(), "model " + i);
      }
      together.forEach(Trainer::close);
      alone.forEach(Trainer::close);
    }
  }

  /** Bytes of each device. */
  private static List<Long> free() {
    return IntStream.range(0, 3).mapToObj(device -> {
      Cuda.enter(device);
      return Cuda.freeMemory();
    }).toList();
  }

  private static List<Trainer> trainers(Device device) {
    return LongStream.rangeClosed(1, 4).mapToObj(seed -> new Trainer(device, LeNet5.create(10, seed), RECIPE, seed)).toList();
  }

  private static void assertSame(Model expected, Model actual, String what) {
    for (Parameter parameter : expected.parameters()) {
      Run.assertSameBits(parameter.values(), actual.parameter(parameter.name()).values(), what + ": " + parameter.name());
    }
  }

  /** The memory of each device tells: 3 trainers and 3 copies of the data, or 6 trainers and still 3. */
  @Test void theDataAreOnEachDeviceOnce() {
    Dataset train = Samples.noise(Samples.SMALL, 1000, 4, 2);
    long data = (long) train.size() * (Samples.SMALL.size() + Integer.BYTES);
    List<Long> bytes = new ArrayList<>();
    for (int models : List.of(3, 6)) {
      try (Device all = Device.open("cuda:all")) {
        List<Trainer> trainers = new ArrayList<>();
        for (int i = 0; i < models; i++) {
          trainers.add(new Trainer(all, Samples.small(4, i), RECIPE.withBatchSize(500), i));
        }
        long compiled = StandIn.bytes();
        Trainer.fitTogether(trainers, train, 1, null);
        bytes.add(StandIn.bytes() - compiled - models * 4L * train.size()); // each model has an order of its own
        trainers.forEach(Trainer::close);
      }
    }
    assertEquals(3 * data, bytes.get(0), 3 * 4096, "3 models");
    assertEquals(3 * data, bytes.get(1), 3 * 4096, "6 models");
  }

  @Test void aTrainerOnTheSecondDeviceFromAnotherThread() throws Exception {
    Dataset train = Samples.noise(Samples.SMALL, 80, 4, 3);
    try (Device device = Device.open("cuda:1"); Device other = Device.open("cuda:2"); Device first = Device.open("cuda:0")) {
      assertTrue(device.describe().startsWith("cuda:1: lenet4j stand-in"), device.describe());
      Trainer trainer = new Trainer(device, Samples.small(4, 5), RECIPE, 6);
      CompletableFuture.runAsync(() -> {
        try (Predictor predictor = new Predictor(other, Samples.small(4, 7))) { // this thread's device is another one then
          predictor.logits(train.images(), 3, new float[12]);
          trainer.fit(train, 2, train);
          predictor.logits(train.images(), 3, new float[12]);
        }
      }).get();
      try (Trainer alone = new Trainer(first, Samples.small(4, 5), RECIPE, 6)) {
        alone.fit(train, 2, train);
        assertSame(alone.model(), trainer.model(), "on device 1");
      }
      CompletableFuture.runAsync(trainer::close).get();
    }
  }

  @Test void searchesAndFoldsAreOnAllDevices() {
    Dataset train = Samples.noise(Samples.SMALL, 30, 4, 8);
    TuningData data = new TuningData(train.head(24), train.head(10));
    FineTuning settings = new FineTuning(RECIPE.withEpochs(1));
    Search search = new Search(List.of(0.01f, 0.1f, 0.3f), List.of(0f), List.of(List.of()), List.of(RECIPE.augment()));
    Model model = Samples.small(4, 10);
    List<Search.Trial> expected;
    Strength strength;
    try (Device first = Device.open("cuda")) {
      expected = search.run(first, model, settings, data, 3).trials();
      strength = Strength.choose(first, model, settings, data);
    }
    try (Device all = Device.open("cuda:all")) {
      assertEquals(expected, search.run(all, model, settings, data, 3).trials());
      assertEquals(strength, Strength.choose(all, model, settings, data));
    }
  }

  @Test void thereIsNoSuchDevice() {
    DeviceUnavailableException e = assertThrows(DeviceUnavailableException.class, () -> Device.open("cuda:3"));
    assertEquals("cuda:3: there is no device 3, only cuda:0 to cuda:2", e.getMessage());
    StandIn.devices(1);
    e = assertThrows(DeviceUnavailableException.class, () -> Device.open("gpu:1"));
    assertEquals("cuda:1: there is no device 1, only cuda:0", e.getMessage());
    try (Device all = Device.open("cuda:all")) {
      assertTrue(all.describe().startsWith("cuda: lenet4j stand-in"), all.describe());
    }
  }

  @Test void oneThatIsTooOldIsNamed() {
    StandIn.computeCapabilityOf(1, 70);
    DeviceUnavailableException e = assertThrows(DeviceUnavailableException.class, () -> Device.open("cuda:all"));
    assertEquals("cuda:1: the device has compute capability 7.0, the least is 7.5", e.getMessage());
    Device.open("cuda:2").close();
  }
}
