package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lenet4j.EpochResult;

/** The bar of a terminal of any width, with a clock that the test moves. */
class ProgressTest {
  private final StringWriter lines = new StringWriter();
  private final StringWriter terminal = new StringWriter();
  private long now = 1_000_000_000_000L;
  private int asked; // what the terminal answers

  private Progress progress(int columns, int epochs) {
    Terminal wide = columns == 0 ? null : new Terminal(columns, () -> asked, () -> now);
    return new Progress(new PrintWriter(lines), new PrintWriter(terminal), wide, epochs, "test", () -> now);
  }

  /** A run of three epochs of 10,000 samples, 1,000 a second, in the first epoch 500; an evaluation takes two seconds. */
  private List<String> run(int columns) {
    Progress progress = progress(columns, 12);
    progress.begin(10_000);
    for (int epoch = 1; epoch <= 12; epoch++) {
      for (int samples = 1000; samples <= 10_000; samples += 1000) {
        now += epoch == 1 ? 2_000_000_000L : 1_000_000_000L;
        progress.progress(epoch, samples, 10_000, 3.0 / epoch);
      }
      now += 2_000_000_000L;
      progress.epoch(new EpochResult(epoch, 3.0 / epoch, epoch / 12.0, 2.5 / epoch, epoch / 12.0, epoch == 1 ? 20 : 10));
    }
    progress.close();
    List<String> bars = new ArrayList<>(List.of(terminal.toString().split("\r")));
    bars.removeIf(String::isBlank);
    return bars;
  }

  @ParameterizedTest @ValueSource(ints = {40, 60, 80, 120, 200})
  void theBarFillsTheTerminal(int columns) {
    List<String> bars = run(columns);
    assertEquals(12 * 10 + 1, bars.size());
    for (String bar : bars) {
      assertEquals(columns - 1, bar.length(), bar);
      assertTrue(bar.matches("epoch [ \\d]{2}/12 \\[=*>? *].*") && bar.contains("%"), bar);
      assertFalse(bar.contains("?") || bar.contains("NaN"), bar);
    }
    assertTrue(bars.get(0).endsWith(" 0%"), bars.get(0)); // nothing is known yet
  }

  @Test void theBarFollowsTheTerminal() {
    Progress progress = progress(80, 1);
    progress.begin(10_000);
    for (int columns : new int[] {80, 120, 50, 0}) { // 0: nobody knows
      asked = columns;
      now += 1_000_000_000L;
      progress.progress(1, 1000, 10_000, 1);
    }
    List<String> bars = List.of(terminal.toString().substring(1).split("\r"));
    assertEquals(List.of(79, 79, 119, 49, 49), bars.stream().map(String::length).toList());
  }

  @Test void timeIsLeftOfTheEpochAndOfTheRun() {
    List<String> bars = run(120);
    assertTrue(bars.get(1).contains("left  0:18, in all  3:58") && bars.get(1).contains("500/s"), bars.get(1));
    String tenth = bars.get(95); // epoch 10, half of it
    assertTrue(tenth.startsWith("epoch 10/12 ") && tenth.contains(" 50%") && tenth.contains("1,000/s"), tenth);
    assertTrue(tenth.contains("left  0:05, in all  0:29"), tenth); // 5, and twice 10 and 2
  }

  @Test void linesOfEpochsAreAligned() {
    run(0); // no terminal
    assertEquals("", terminal.toString());
    List<String> all = lines.toString().lines().toList();
    assertEquals(12, all.size());
    for (String word : List.of("train loss", "accuracy", "test loss", "%", " s")) {
      assertEquals(1, all.stream().map(line -> line.lastIndexOf(word)).distinct().count(), word + "\n" + lines);
    }
    assertTrue(all.get(0).startsWith("epoch  1/12  train loss 3.0000 accuracy   8.33%"), all.get(0));
  }

  /** A line that is broken in two is aligned with nothing. */
  @ParameterizedTest @CsvSource({"60, train 1.5000  16.67%", "80, train loss 1.5000  16.67%", "120, train loss 1.5000 accuracy  16.67%"})
  void linesOfEpochsFitTheTerminal(int columns, String train) {
    run(columns);
    List<String> all = lines.toString().lines().toList();
    assertTrue(all.get(1).startsWith("epoch  2/12  " + train + "  test "), all.get(1));
    assertEquals(1, all.stream().map(String::length).distinct().count(), lines.toString());
    assertTrue(all.get(1).length() <= columns, all.get(1));
  }

  @Test void aLossThatHasGoneWildIsShort() {
    progress(0, 1).epoch(new EpochResult(1, 2.3e16, 0.1, Double.NaN, Double.NaN, 3661));
    assertEquals("epoch 1/1  train loss 2.30e+16 accuracy  10.00%  3661.0 s", lines.toString().strip());
  }

  @Test void thePaceForgetsTheBeginning() {
    Pace pace = new Pace();
    assertFalse(pace.isKnown());
    pace.add(100, 10); // warming up
    for (int i = 0; i < 100; i++) {
      pace.add(100, 0.1);
      pace.add(100, 0); // a clock that stood still
    }
    assertEquals(10.0, pace.seconds(10_000), 0.5);
    assertEquals(" 0:07", Pace.clock(7.4));
    assertEquals("12:30", Pace.clock(750));
    assertEquals("2:05:00", Pace.clock(7500));
  }
}
