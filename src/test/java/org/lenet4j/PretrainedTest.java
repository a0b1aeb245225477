package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** The weights in the jar are what the model card says. */
@Tag("slow")
class PretrainedTest {
  @Test void itIsLeNet5WithNothingFrozen() {
    Model model = LeNet5.pretrained();
    assertEquals(LeNet5.create(10, 1).layers(), model.layers());
    assertEquals(61_706, model.parameterCount());
    assertEquals(Set.of(), model.frozen());
    assertEquals(0.1307, model.normalization().mean(), 5e-5);
    assertEquals(0.3081, model.normalization().std(), 5e-5);
  }

  @Test void eachCallerHasACopy() {
    Model mine = LeNet5.pretrained();
    float before = mine.parameter("fc3.bias").values()[0];
    mine.parameter("fc3.bias").values()[0] = 99;
    assertNotSame(mine, LeNet5.pretrained());
    assertEquals(before, LeNet5.pretrained().parameter("fc3.bias").values()[0]);
  }

  @Test void itTellsHowItWasTrained() {
    Map<String, String> notes = LeNet5.pretrained().metadata();
    assertEquals("best", notes.get("recipe"));
    assertEquals("60", notes.get("epochs"));
    assertEquals(Float.toString(Recipe.best().ema()), notes.get("ema"));
    assertEquals("1", notes.get("seed"));
    assertEquals("mnist", notes.get("data"));
    assertEquals("digits 2000 per class", notes.get("extra"));
    assertEquals("0.5", notes.get("scans"));
  }

  @Test void itReadsDrawnDigitsThatItHasNeverSeen() {
    assertTrue(accuracy(SyntheticDigits.create(2000, 5)) > 0.96); // of another seed than those that it was trained on
  }

  /** Each drawn by another program than the digits that it was trained on. */
  @ParameterizedTest
  @EnumSource(Forms.class) void itReadsEveryForm(Forms form) {
    double accuracy = accuracy(form.pictures(100, 1));
    assertTrue(accuracy >= 0.95, form.title() + ": accuracy " + accuracy);
  }

  /** The European one that the net of MNIST alone took for a seven: an upstroke at 35 degrees, upright and slanted, and no foot. */
  @ParameterizedTest
  @CsvSource({"35, 0", "50, 0", "65, 0", "35, 25", "50, 25"})
  void itReadsAOneWithAFlag(int flag, int slant) {
    try (Device device = Device.open("openblas", 1); Predictor predictor = new Predictor(device, LeNet5.pretrained())) {
      assertEquals("1", predictor.predict(Forms.one(flag, slant)).name());
    }
  }

  @Test void itReadsMnist() throws IOException {
    double accuracy = accuracy(Splits.open(data("mnist")).test());
    double noted = Double.parseDouble(LeNet5.pretrained().metadata().get("test_accuracy"));
    assertEquals(noted, accuracy, 1.5e-4); // on another CPU one image may differ
    assertTrue(accuracy >= 0.994, "accuracy " + accuracy);
  }

  @Test void itReadsUspsUntuned() throws IOException {
    double accuracy = accuracy(Splits.open(data("usps")).test());
    assertTrue(accuracy >= 0.979, "accuracy " + accuracy); // docs/model-card.md has the figure
  }

  private static String data(String name) {
    String root = System.getenv("LENET4J_DATA");
    Assumptions.assumeTrue(root != null, "LENET4J_DATA is not set: no test on real data");
    Path folder = Path.of(root, name);
    Assumptions.assumeTrue(Files.isDirectory(folder), folder + " does not exist: no test on it");
    return folder.toString();
  }

  private static double accuracy(Dataset data) {
    try (Device device = Device.open("openblas", 2)) {
      return Metrics.of(device, LeNet5.pretrained(), data).accuracy();
    }
  }
}
