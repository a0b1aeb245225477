package org.lenet4j.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.EpochResult;
import org.lenet4j.Metrics;
import org.lenet4j.data.Shape;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Recipe;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** That pictures show the numbers that they were made of; how they look is for people to see. */
class PicturesTest {
  private static Parameter weight(int inChannels, int outChannels, int kernelSize) {
    return new Model(new Shape(inChannels, 5, 5), List.of(new Conv2d("conv", inChannels, outChannels, kernelSize, 0, Activation.RELU),
        new Linear("last", outChannels * (6 - kernelSize) * (6 - kernelSize), 2, Activation.NONE)), Init.XAVIER_UNIFORM, 1)
        .parameter("conv.weight");
  }

  /** All elements of a kind; fails unless the file is well-formed. */
  private static List<Element> elements(Svg svg, String kind) throws Exception {
    NodeList nodes = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg.file())))
        .getElementsByTagName(kind);
    return IntStream.range(0, nodes.getLength()).mapToObj(i -> (Element) nodes.item(i)).toList();
  }

  private static double number(Element element, String name) {
    return Double.parseDouble(element.getAttribute(name));
  }

  @Test void filtersAreOnOneScale() throws Exception {
    Parameter weight = weight(1, 2, 2);
    System.arraycopy(new float[] {2, -2, 0, 1, 0, 0, -1, 0}, 0, weight.values(), 0, 8);
    List<String> shown = elements(Filters.draw(weight), "rect").stream().filter(rect -> rect.getAttribute("class").startsWith("area"))
        .map(rect -> rect.getAttribute("class") + " " + rect.getAttribute("fill-opacity")).toList();
    assertEquals(List.of("area first ", "area second ", "area first 0.500", "area second 0.500"), shown);
  }

  @Test void manyFiltersAreCutOff() throws Exception {
    assertEquals(64, elements(Filters.draw(weight(3, 40, 5)), "text").size());
  }

  private static List<EpochResult> epochs(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(epoch -> new EpochResult(epoch, 1.0 / epoch, 0.5, Double.NaN, Double.NaN, 1)).toList();
  }

  /** Each label of an epoch stands under that epoch's point, and none touches another. */
  @Test void labelsOfEpochs() throws Exception {
    for (int count = 1; count <= 1200; count = count < 130 ? count + 1 : count * 3) {
      List<EpochResult> epochs = epochs(count);
      for (Svg chart : List.of(Lines.loss(epochs, "test"), Lines.rates(new Rates(Recipe.fast().withEpochs(count), 10), count))) {
        Map<Integer, Double> labels = new TreeMap<>();
        double before = -1000;
        for (Element text : elements(chart, "text")) {
          if (number(text, "y") == Lines.HEIGHT - 24) { // the axis of epochs
            double half = Svg.width(text.getTextContent(), 14) / 2;
            assertTrue(number(text, "x") - half > before + 6, count + " epochs: " + text.getTextContent() + " touches its neighbour");
            before = number(text, "x") + half;
            labels.put(Integer.parseInt(text.getTextContent()), number(text, "x"));
          }
        }
        assertTrue(labels.size() >= Math.min(count, 4), count + " epochs have the labels " + labels);
        assertTrue(before < Lines.WIDTH + 4, count + " epochs: the last label is cut off");
        double first = labels.values().iterator().next();
        double each = (labels.values().stream().max(Double::compare).get() - first)
            / Math.max(1, labels.keySet().stream().max(Integer::compare).get() - labels.keySet().iterator().next());
        labels.forEach((epoch, x) -> assertEquals(first + each * (epoch - labels.keySet().iterator().next()), x, 0.2));
      }
    }
    Svg chart = Lines.loss(epochs(20), "test"); // and the points are where the labels say
    double ten = elements(chart, "text").stream().filter(text -> text.getTextContent().equals("10")).mapToDouble(text -> number(text, "x"))
        .findFirst().getAsDouble();
    assertEquals(ten, number(elements(chart, "circle").get(9), "cx"), 0.2);
  }

  @ParameterizedTest @CsvSource({"0, 1, '0.0 0.2 0.4 0.6 0.8 1.0'", "88.04, 96.69, '88% 90% 92% 94% 96% 98%'",
      "99.1, 100, '99.0% 99.2% 99.4% 99.6% 99.8% 100.0%'",
      "0.5, 0.5, '0.44 0.46 0.48 0.50 0.52 0.54 0.56'", "0, 0.00002, '0 5e-6 1e-5 1.5e-5 2e-5'", "0, 123456, '0 50,000 100,000 150,000'"})
  void roundNumbers(double low, double high, String labels) {
    String unit = labels.contains("%") ? "%" : "";
    assertEquals(labels, String.join(" ", Axis.numbers(low, high, unit.isEmpty() ? 1e9 : 100, unit).ticks().stream().map(Axis.Tick::label)
        .toList()));
  }

  @Test void powersOfTen() {
    Axis axis = Axis.decades(2e-6, 0.3);
    assertEquals(List.of("1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1e0"), axis.ticks().stream().map(Axis.Tick::label).toList());
    assertEquals(0.5, axis.share(1e-3), 1e-9);
  }

  @Test void aLossThatIsNoNumberIsLeftOut() throws Exception {
    List<EpochResult> epochs = new ArrayList<>(epochs(3));
    epochs.set(1, new EpochResult(2, Double.NaN, 0.5, Double.POSITIVE_INFINITY, 0.5, 1));
    assertEquals(2, elements(Lines.loss(epochs, "test"), "circle").size());
    assertFalse(Lines.loss(epochs, "test").file().matches("(?s).*(NaN|Infinity).*"));
  }

  /** Also where a count has five digits, all in one size and none wider than its cell. */
  @Test void numbersFitTheirCells() throws Exception {
    long[][] confusion = new long[10][10];
    for (int i = 0; i < 10; i++) {
      confusion[i][i] = 88888;
    }
    Svg matrix = ConfusionMatrix.draw(new Metrics(0.1, confusion), Splits.numberedNames(10));
    double cell = number(elements(matrix, "rect").get(1), "width");
    List<Element> counts = elements(matrix, "text").stream().filter(text -> text.getTextContent().equals("88888")).toList();
    assertEquals(10, counts.size());
    for (Element count : counts) {
      int size = Integer.parseInt(count.getAttribute("style").replaceAll("\\D", ""));
      assertTrue(Svg.width("88888", size) < cell, size + " in " + cell);
    }
  }

  @Test void classes() {
    Metrics metrics = new Metrics(0.1, new long[][] {{3, 1}, {0, 4}});
    Table table = ClassTable.of(metrics, List.of("a name that is far too long", "1"));
    assertEquals(List.of(List.of("class", "precision", "recall", "F1", "images"),
        List.of("a name that is …", "100.00%", "75.00%", "85.71%", "4"), List.of("1", "80.00%", "100.00%", "88.89%", "4")), table.rows());
    Table none = ClassTable.of(new Metrics(0.1, new long[][] {{4, 0}, {0, 0}}), List.of("0", "1"));
    assertEquals(List.of("1", "-", "-", "-", "0"), none.rows().get(2));
  }

  @Test void namesAreText() throws Exception {
    Svg bars = Bars.draw(List.of("<64>"), Map.of("a & b", new double[] {1}, "c", new double[] {2}));
    assertTrue(elements(bars, "text").stream().anyMatch(text -> text.getTextContent().equals("a & b")));
  }
}
