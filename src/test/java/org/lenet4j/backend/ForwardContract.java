package org.lenet4j.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Normalization;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Dropout;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.MeanSquaredError;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.nn.Pool2d;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;
import org.lenet4j.reference.ReferenceBackend;

/** Logits and evaluation agree with the reference. */
public interface ForwardContract {
  /** fp32 dot products of up to 400 terms, five layers deep: 1e-6 of the logits' norm; one term left out would be 1e-2. */
  double LOGITS = 1e-5;

  Backend backend();

  @ParameterizedTest @ValueSource(ints = {1, 2, 7, 16, 17, 63, 64, 65, 100, 200})
  default void logitsForAnyCount(int count) {
    assertLogits(LeNet5.create(10, count), Samples.noise(LeNet5.INPUT, count, 10, 1), 64);
  }

  @ParameterizedTest @ValueSource(ints = {1, 3, 16, 500})
  default void logitsForAnyBatchSize(int batchSize) {
    assertLogits(Samples.small(4, 2), Samples.noise(Samples.SMALL, 37, 4, 3), batchSize);
  }

  @ParameterizedTest @ValueSource(ints = {2, 3, 10, 26})
  default void logitsForAnyNumberOfClasses(int classes) {
    Dataset data = Samples.noise(LeNet5.INPUT, 9, classes, 4);
    assertLogits(LeNet5.create(classes, 5), data, 9);
    assertLogits(LeNet5.classic(classes, 6).normalization(new Normalization(0.1307f, 0.3081f)), data, 4);
  }

  @ParameterizedTest @EnumSource
  default void logitsForEachActivation(Activation activation) {
    for (Pool2d.Kind kind : Pool2d.Kind.values()) {
      for (int count : new int[] {1, 3, 33}) { // a few images may well go another way than many
        assertLogits(Samples.small(3, activation, kind, 7), Samples.noise(Samples.SMALL, count, 3, 8), 16);
      }
    }
  }

  @ParameterizedTest @ValueSource(ints = {3, 15, 16, 17, 31, 33, 70})
  default void logitsForAnyImageWidth(int width) {
    Shape input = new Shape(2, 6, width);
    for (int kernelSize = 1; kernelSize <= 3; kernelSize++) {
      for (int padding = 0; padding < kernelSize; padding++) {
        Conv2d conv = new Conv2d("conv", 2, 5, kernelSize, padding, Activation.RELU);
        Shape shape = conv.output(input);
        for (int size = 1; size <= Math.min(3, shape.width()); size++) {
          for (Pool2d.Kind kind : Pool2d.Kind.values()) {
            Pool2d pool = new Pool2d("pool", kind, size);
            Model model = new Model(input, List.of(conv, pool, new Linear("fc", pool.output(shape).size(), 4, Activation.NONE)),
                Init.KAIMING_UNIFORM, 20);
            assertLogits(model, Samples.noise(input, 1, 4, 21), 1);
            assertLogits(model, Samples.noise(input, 17, 4, 22), 17);
          }
        }
      }
    }
  }

  @Test
  default void pixelsAreUnsignedAndNormalised() {
    Model model = new Model(Samples.SMALL, List.of(new Linear("fc", 198, 1, Activation.NONE)), Init.XAVIER_UNIFORM, 0);
    Arrays.fill(model.parameter("fc.weight").values(), 0);
    model.parameter("fc.weight").values()[197] = 1;
    model.normalization(new Normalization(0.5f, 0.25f));
    byte[] images = new byte[3 * 198];
    images[197] = 0;
    images[198 + 197] = (byte) 200;
    images[2 * 198 + 197] = (byte) 255;
    float[] logits = new float[3];
    try (Program program = backend().compile(model, 2)) {
      program.forward(images, 3, logits);
    }
    float ulps = 1e-6f; // a few roundings of values below 2
    assertEquals(-0.5f / 0.25f, logits[0], ulps);
    assertEquals((200 / 255f - 0.5f) / 0.25f, logits[1], ulps);
    assertEquals(0.5f / 0.25f, logits[2], ulps);
  }

  @Test
  default void dropoutPassesUnchangedOutsideTraining() {
    Model model = new Model(Samples.SMALL, List.of(new Dropout("drop", 0.5f), new Linear("fc", 198, 4, Activation.NONE)),
        Init.KAIMING_UNIFORM, 9);
    assertLogits(model, Samples.noise(Samples.SMALL, 20, 4, 10), 8);
  }

  @Test
  default void aTrainingProgramGivesTheLogitsOfItsPresentParameters() {
    Model model = Samples.small(4, 11);
    Dataset data = Samples.noise(Samples.SMALL, 40, 4, 12);
    Recipe recipe = Samples.recipe(new CrossEntropy(), new Sgd(0.1f));
    try (TrainingProgram program = backend().compile(model, recipe.withBatchSize(16), Samples.SEED)) {
      program.bind(data, Augment.NONE);
      Run.walk(program, data.size(), 16, 0, 3);
      Model trained = model.copy();
      program.read(trained);
      assertLogits(program, trained, data);
    }
  }

  @ParameterizedTest @ValueSource(ints = {1, 15, 16, 17, 100, 130})
  default void evaluationGivesTheReferencesTotals(int size) {
    for (Loss loss : Samples.losses()) {
      assertEvaluation(Samples.small(5, 13), Samples.noise(Samples.SMALL, size, 5, 14), loss);
    }
    assertEvaluation(Samples.small(3, 15), Samples.regression(Samples.SMALL, size, 3, 16), new MeanSquaredError());
  }

  @Test
  default void lossesOfHugeLogitsAreFinite() {
    Model model = Samples.small(5, 17);
    for (Parameter parameter : model.parameters()) {
      for (int i = 0; i < parameter.values().length; i++) {
        parameter.values()[i] *= 30; // four layers: logits near 30^4
      }
    }
    for (Loss loss : Samples.losses()) {
      assertEvaluation(model, Samples.noise(Samples.SMALL, 50, 5, 18), loss);
    }
  }

  @Test
  default void theFirstOfEqualOutputsIsTheClass() {
    Model model = new Model(Samples.SMALL, List.of(new Linear("fc", 198, 4, Activation.NONE)), Init.KAIMING_UNIFORM, 19);
    Arrays.fill(model.parameter("fc.weight").values(), 0);
    System.arraycopy(new float[] {-1, 2, 2, 1}, 0, model.parameter("fc.bias").values(), 0, 4);
    int[] predictions = new int[3];
    Dataset data = new Dataset(Samples.SMALL, new byte[3 * 198], new int[] {1, 2, 1}, 4);
    try (Program program = backend().compile(model, 2)) {
      assertEquals(2, program.evaluate(data, new CrossEntropy(), predictions).correct());
    }
    assertEquals(List.of(1, 1, 1), Arrays.stream(predictions).boxed().toList());
  }

  private void assertLogits(Model model, Dataset data, int batchSize) {
    assertLogits(backend(), model, data, batchSize);
  }

  static void assertLogits(Backend backend, Model model, Dataset data, int batchSize) {
    try (Program program = backend.compile(model, batchSize)) {
      assertLogits(program, model, data);
    }
  }

  private static void assertLogits(Program program, Model model, Dataset data) {
    float[] expected = new float[data.size() * model.outputSize()];
    float[] actual = new float[expected.length];
    try (Program reference = new ReferenceBackend().compile(model, 1)) {
      reference.forward(data.images(), data.size(), expected);
    }
    program.forward(data.images(), data.size(), actual);
    for (int i = 0; i < data.size(); i++) { // row by row, so that one wrong sample among many is seen
      float[] e = Arrays.copyOfRange(expected, i * model.outputSize(), (i + 1) * model.outputSize());
      float[] a = Arrays.copyOfRange(actual, i * model.outputSize(), (i + 1) * model.outputSize());
      Run.assertNear(e, a, LOGITS * (Run.norm(e) + 0.1), "logits of sample " + i + " of " + data.size() + ", " + model.layers());
    }
  }

  private void assertEvaluation(Model model, Dataset data, Loss loss) {
    int[] expectedClasses = new int[data.size()];
    int[] classes = new int[data.size()];
    Totals expected;
    try (Program reference = new ReferenceBackend().compile(model, 1)) {
      expected = reference.evaluate(data, loss, expectedClasses);
    }
    try (Program program = backend().compile(model, 16)) {
      Totals actual = program.evaluate(data, loss, classes);
      assertEquals(expected.samples(), actual.samples());
      assertEquals(expected.correct(), actual.correct());
      assertEquals(expected.lossSum(), actual.lossSum(), LOGITS * (data.size() + expected.lossSum()), loss.toString());
      assertEquals(actual, program.evaluate(data, loss, null), "without predictions");
    }
    assertEquals(Arrays.toString(expectedClasses), Arrays.toString(classes), "predictions");
  }
}
