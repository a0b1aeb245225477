package org.lenet4j.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test void numbersAreToTheRightAndWordsToTheLeft() {
    Table table = new Table("class", "recall", "", "of").row("a & b", "100.00%", -1, "").row("c", "1%", 20, "<x>");
    assertEquals(List.of(
        "class   recall      of",
        "a & b  100.00%  -1",
        "c           1%  20  <x>"), table.lines());
    assertEquals(23, table.width());
    assertEquals("<tr><th>class</th><th class=\"n\">recall</th><th class=\"n\"></th><th>of</th></tr>\n"
        + "<tr><td>a &amp; b</td><td class=\"n\">100.00%</td><td class=\"n\">-1</td><td></td></tr>\n"
        + "<tr><td>c</td><td class=\"n\">1%</td><td class=\"n\">20</td><td>&lt;x&gt;</td></tr>\n", table.html());
  }

  @Test void anEmptyHeadIsNotShown() {
    assertEquals(List.of("Java      17", "platform  any"), new Table("", "").row("Java", "17").row("platform", "any").lines());
  }

  @Test void everyRowHasEveryColumn() {
    assertThrows(IllegalArgumentException.class, () -> new Table("a", "b").row("c"));
  }

  @Test void shares() {
    assertEquals("12.35%", Table.percent(0.12345));
    assertEquals("not known", Table.percent(Double.NaN));
  }
}
