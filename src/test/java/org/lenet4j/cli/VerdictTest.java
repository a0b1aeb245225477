package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.ZonedDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lenet4j.tune.Score;

/** What a page says first. */
class VerdictTest {
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "0.84|0.97|100|0.99|0.99|Yes: it reads 97 of 100 new images right, before 84 of 100."
          + "|Of old images it reads 9,900 of 10,000 right,"
          + " before 9,900 of 10,000.",
      "0.84|0.97|100|0.99|0.97|Yes, at a price: it reads 97 of 100 new images right, before 84 of 100."
          + "|Of old images it reads 9,700 of 10,000"
          + " right, before 9,900 of 10,000.",
      "0.925|0.975|40|0.99|0.99|Perhaps: it reads 39 of 40 new images right, before 37 of 40. So few images do not tell that"
          + " from chance.|Of old images it reads 9,900 of 10,000 right, before 9,900 of 10,000.",
      "0.9|0.9|40|0.99|NaN|No: it reads as many new images right as before, 36 of 40."
          + "|What it cost on old images is not known; --source names"
          + " some.",
      "0.9|0.8|40|NaN|0.5|No: it reads 32 of 40 new images right, before 36 of 40.|Of old images it reads 5,000 of 10,000 right.",
      "NaN|0.8|40|0.99|NaN|Yes: it reads 32 of 40 new images right, of classes that it did not know before.|What it cost on old images is"
          + " not known; --source names some.",
      "NaN|NaN|0|0.99|NaN|Not known: there are no new images to measure on.|What it cost on old images is not known; --source names some.",
      "0.84|0.97|0|0.5|0.25|Yes, at a price: it reads 97.00% of the new images right, before 84.00%.|Of old images it reads 2,500 of 10,000"
          + " right, before 5,000 of 10,000."})
  void answers(double newBefore, double newAfter, int images, double oldBefore, double oldAfter, String answer, String more) {
    assertEquals(new Verdict(answer, more),
        Verdict.of(new Score(newBefore, 0, oldBefore, 0), new Score(newAfter, 0, oldAfter, 0), images, 10_000));
  }

  @Test void aCommandAsAShellTakesIt() {
    assertEquals("lenet4j train --data 'my digits' --out=a/b.safetensors 'it'\\''s'",
        Page.command("lenet4j train", List.of("--data", "my digits", "--out=a/b.safetensors", "it's")));
  }

  @Test void whenAndWithWhat() {
    List<String> facts = Page.facts(ZonedDateTime.parse("2026-02-03T04:05:06Z[UTC]"), "openblas, 2 threads (cuda: no driver (no file))",
        "1 epoch in 2.0 s");
    assertEquals(List.of("3 February 2026, 04:05 UTC", "1 epoch in 2.0 s"), facts.subList(0, 2));
    assertEquals("openblas, 2 threads", facts.get(3));
    assertEquals(List.of("9.9 s", "3 min 12 s", "2 h 5 min"), List.of(Page.duration(9.94), Page.duration(192), Page.duration(7500)));
  }
}
