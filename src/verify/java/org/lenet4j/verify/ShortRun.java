package org.lenet4j.verify;

import java.util.List;
import org.lenet4j.Device;
import org.lenet4j.DeviceSettings;
import org.lenet4j.Trainer;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Program;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** Touches everything once: eager and captured steps, an odd last batch, augmentation, both flavours, evaluation, a single image. */
final class ShortRun {
  /** The last line, to be told from a run that ended early. */
  static final String END = "the short run has ended";

  private ShortRun() {}

  public static void main(String[] args) {
    Splits digits = new Splits(SyntheticDigits.create(64 * 12 + 37, 1), SyntheticDigits.create(150, 2));
    for (KernelSet kernels : List.of(KernelSet.CUDNN, KernelSet.FUSED)) {
      run(kernels, digits);
    }
    System.out.println(END);
  }

  private static void run(KernelSet kernels, Splits digits) {
    try (Device device = Device.open("cuda", new DeviceSettings().withKernels(kernels))) {
      System.out.println(device.describe());
      train(device, LeNet5.create(10, 1), Recipe.plain(), digits);
      train(device, LeNet5.classic(10, 1), Recipe.fast().withAugment(Augment.parse("light")), digits);
      train(device, LeNet5.create(10, 1).freeze("conv1"), Recipe.plain().withClipNorm(1), digits);
      Dataset test = digits.test();
      try (Program program = device.backend().compile(LeNet5.create(10, 1), 64)) {
        program.forward(test.images(), test.size(), new float[test.size() * 10]);
        program.forward(test.images(), 1, new float[10]);
      }
    }
  }

  private static void train(Device device, Model model, Recipe recipe, Splits digits) {
    try (Trainer trainer = new Trainer(device, model, recipe, 1)) {
      System.out.println("loss " + trainer.fit(digits.train(), 1, digits.test()).last().trainLoss());
    }
  }
}
