package org.lenet4j.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.lenet4j.data.Augment;
import org.lenet4j.optim.LrSchedule;
import org.lenet4j.optim.Recipe;
import org.lenet4j.optim.Sgd;

/** How cards are laid out, and settings in words. */
class PageTest {
  private static final Table SMALL = new Table("", "n").row("a", 1);
  private static final Table LARGE = new Table("a", "b", "c", "d", "e", "f");

  /** Which cards are as wide as the page. */
  private static List<String> full(Page page) {
    return Pattern.compile("<section class=\"full\"><h2>(.*?)</h2>").matcher(page.html()).results()
        .map((MatchResult m) -> m.group(1)).toList();
  }

  @Test void noCardIsAloneInAHalfRow() {
    Page page = new Page("t");
    for (String heading : List.of("a", "b", "c")) {
      page.picture(heading, "", new Svg(1, 1));
    }
    page.table("d", LARGE);
    page.table("e", SMALL);
    page.list("f", Map.of("x", "y"), false);
    page.list("g", Map.of("x", "y"), false);
    page.table("h", SMALL);
    assertEquals(List.of("c", "d", "g", "h"), full(page));
  }

  @Test void whatIsWrittenIsText() {
    Page page = new Page("<t>");
    page.command("a < b --out-of --x=1");
    page.note("n", "<script>");
    page.list("l", Map.of("<k>", "&v"), true);
    String html = page.html();
    for (String part : new String[] {"<h1>&lt;t&gt;</h1>", "&lt;script&gt;", "<dt>&lt;k&gt;</dt><dd>&amp;v</dd>",
        "a &lt; b <span class=\"option\">--out-of</span> <span class=\"option\">--x</span>=1"}) {
      assertTrue(html.contains(part), html);
    }
  }

  @Test void settingsInWords() {
    Map<String, String> words = SettingsInWords.of(Recipe.fast().withSchedule(new LrSchedule.Cosine(0).withWarmup(0.1f))
        .withAugment(Augment.LIGHT).withOptimizer(new Sgd(0.1f, 0.9f, true, 1e-4f)).settings());
    assertEquals("SGD, momentum 0.9 (Nesterov)", words.get("optimizer"));
    assertEquals("0.1", words.get("learning rate"));
    assertEquals("1e-4", words.get("weight decay"));
    assertEquals("rises for 10% of the run, then falls as a cosine to 0", words.get("learning rate over the run"));
    assertEquals("shifted by up to 1 px, turned by up to 8°, scaled by up to 8%, slanted by up to 6°", words.get("distortions"));
    assertEquals("none", words.get("average of the weights"));
    assertEquals("rises for 30% of the run, then falls (one cycle)", SettingsInWords.of(Map.of("schedule", "one-cycle:0.3:25.0:10000.0"))
        .values().iterator().next());
    assertEquals(Map.of("early stopping", "when the loss has not improved for 5 epochs"),
        SettingsInWords.of(Map.of("stopping", "LOSS:5:0.0")));
    assertEquals(Map.of("layers that join later", "conv2 after epoch 2; conv1, fc1 after epoch 4"),
        SettingsInWords.of(Map.of("unfreezing", "2=conv2;4=conv1,fc1")));
    assertEquals(Map.of("learning rate over the run", "of another version"), SettingsInWords.of(Map.of("schedule", "of another version")));
  }
}
