package org.lenet4j.verify;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.Trainer;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.cuda.device.Cuda;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** One model on several GPUs has the bits of one GPU with as many shards; models spread over all GPUs those that each has alone. */
final class SeveralGpus {
  private static final int EPOCHS = Digits.QUICK ? 1 : 3;
  private static final int SHARD = 64; // samples
  private static final int MOST = 8; // GPUs that train one model

  private final Digits digits = Digits.open();
  private final List<Map<String, Object>> rows = new ArrayList<>();
  private boolean good = true;

  private SeveralGpus() throws IOException {}

  static boolean run(Map<String, Object> fields) throws IOException {
    int gpus = Cuda.devices();
    fields.put("gpus", gpus);
    if (gpus < 2) {
      fields.put("left_out", "there is one GPU");
      return true;
    }
    SeveralGpus check = new SeveralGpus();
    fields.put("rows", check.rows);
    for (KernelSet kernels : List.of(KernelSet.CUDNN, KernelSet.FUSED)) {
      for (int count = 2; count <= Math.min(gpus, MOST); count *= 2) {
        check.oneModel(kernels, count);
      }
      check.manyModels(kernels, 2 * gpus);
    }
    return check.good;
  }

  private void oneModel(KernelSet kernels, int count) {
    Recipe recipe = Recipe.fast().withBatchSize(SHARD * count).withAccumulate(count).withEpochs(EPOCHS);
    String name = "cuda:" + IntStream.range(0, count).mapToObj(Integer::toString).collect(Collectors.joining("+"));
    compare(kernels, name, train("cuda", kernels, recipe, 1), train(name, kernels, recipe, 1));
  }

  private void manyModels(KernelSet kernels, int models) {
    Recipe recipe = Recipe.fast().withBatchSize(SHARD).withEpochs(EPOCHS);
    compare(kernels, models + " models on cuda:all", train("cuda", kernels, recipe, models), train("cuda:all", kernels, recipe, models));
  }

  /** What is compared. */
  private record End(List<Model> models, double samplesPerSecond) {}

  private End train(String name, KernelSet kernels, Recipe recipe, int models) {
    try (Device device = Device.open(name, new DeviceSettings().withKernels(kernels))) {
      List<Trainer> trainers = LongStream.range(0, models).mapToObj(seed -> new Trainer(device, digits.model(recipe, seed), recipe, seed))
          .toList();
      long start = System.nanoTime();
      Trainer.fitTogether(trainers, digits.train(), EPOCHS, null);
      double seconds = (System.nanoTime() - start) / 1e9; // with the upload and what the first step makes
      List<Model> trained = trainers.stream().map(trainer -> trainer.model().copy()).toList();
      trainers.forEach(Trainer::close);
      return new End(trained, (double) models * EPOCHS * digits.train().size() / seconds);
    }
  }

  private void compare(KernelSet kernels, String what, End one, End several) {
    boolean same = IntStream.range(0, one.models.size()).allMatch(i -> Reruns.sameBits(one.models.get(i), several.models.get(i)));
    good &= same;
    String set = kernels.name().toLowerCase(Locale.ROOT);
    rows.add(Map.of("kernels", set, "what", what, "same_bits", same, "samples_per_second", several.samplesPerSecond,
        "samples_per_second_on_one", one.samplesPerSecond));
    System.out.printf(Locale.ROOT, "%s, %s: %s, %,.0f samples/s, on one GPU %,.0f%n", set, what, same ? "the same bits" : "OTHER BITS",
        several.samplesPerSecond, one.samplesPerSecond);
  }
}
