package org.lenet4j.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lenet4j.Metrics;
import org.lenet4j.data.Shape;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;

/** That pictures show the numbers that they were made of; how they look is for people to see. */
class PicturesTest {
  private static Parameter weight(int inChannels, int outChannels, int kernelSize) {
    return new Model(new Shape(inChannels, 5, 5), List.of(new Conv2d("conv", inChannels, outChannels, kernelSize, 0, Activation.RELU),
        new Linear("last", outChannels * (6 - kernelSize) * (6 - kernelSize), 2, Activation.NONE)), Init.XAVIER_UNIFORM, 1)
        .parameter("conv.weight");
  }

  @ParameterizedTest @EnumSource(Theme.class)
  void filtersAreOnOneScale(Theme theme) {
    Parameter weight = weight(1, 2, 2);
    System.arraycopy(new float[] {2, -2, 0, 1, 0, 0, -1, 0}, 0, weight.values(), 0, 8);
    BufferedImage image = Filters.draw(weight, theme);
    Set<Color> upper = row(image, 40);
    assertTrue(upper.containsAll(Set.of(theme.first, theme.second, theme.background)), upper.toString());
    Set<Color> lower = row(image, 110);
    assertTrue(lower.containsAll(Set.of(Theme.mix(theme.background, theme.first, 0.5), Theme.mix(theme.background, theme.second, 0.5))),
        lower.toString());
    assertFalse(lower.contains(theme.first) || lower.contains(theme.second), lower.toString());
  }

  private static Set<Color> row(BufferedImage image, int y) {
    return IntStream.range(0, image.getWidth()).mapToObj(x -> new Color(image.getRGB(x, Theme.FINE * y))).collect(Collectors.toSet());
  }

  @Test void manyFiltersAreCutOff() {
    int most = Filters.draw(weight(1, 64, 5), Theme.LIGHT).getHeight();
    assertEquals(most, Filters.draw(weight(3, 40, 5), Theme.LIGHT).getHeight());
  }

  @Test void labelsOfAxes() {
    assertEquals(List.of(1, 1, 2, 2, 5, 5, 10, 20), IntStream.of(1, 8, 9, 17, 18, 44, 60, 100).map(Curves::every).boxed().toList());
    assertEquals(List.of(2, 1, 0, 0, 4, 2), DoubleStream.of(0.3, 4, 6, 100, 0.001, 0).mapToInt(Curves::decimals).boxed().toList());
  }

  /** Also where a count has four digits, all in one size and none cut off: each cell's left and right edge is its colour alone. */
  @ParameterizedTest @EnumSource(Theme.class) void numbersFitTheirCells(Theme theme) {
    long[][] confusion = new long[10][10];
    for (int i = 0; i < 10; i++) {
      confusion[i][i] = 8888;
    }
    BufferedImage image = ConfusionMatrix.draw(new Metrics(0.1, confusion), Splits.numberedNames(10), theme);
    Color colour = Theme.mix(theme.background, theme.first, 0.8); // of a class that is always right
    int written = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 4; x < image.getWidth() - 4; x++) {
        if (image.getRGB(x, y) == colour.getRGB() && image.getRGB(x - 1, y) == theme.background.getRGB()) { // a left edge
          for (int i = 0; i < 4; i++) {
            assertEquals(colour, new Color(image.getRGB(x + i, y)), "at " + (x + i) + ", " + y);
          }
          written++;
        }
      }
    }
    assertTrue(written > 800, written + " rows of cells"); // ten cells of 43 rows, each twice as fine
  }

  @Test void classes() {
    Metrics metrics = new Metrics(0.1, new long[][] {{3, 1}, {0, 4}});
    Table table = ClassTable.of(metrics, List.of("a name that is far too long", "1"));
    assertEquals(List.of(List.of("class", "precision", "recall", "F1", "images"),
        List.of("a name that is …", "100.00%", "75.00%", "85.71%", "4"), List.of("1", "80.00%", "100.00%", "88.89%", "4")), table.rows());
    assertEquals(3 * ClassTable.draw(new Table("class", "images"), Theme.DARK).getHeight(), ClassTable.draw(table, Theme.DARK).getHeight());
  }
}
