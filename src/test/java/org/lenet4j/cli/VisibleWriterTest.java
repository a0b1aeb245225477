package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;

/** No text of a stranger's commands the terminal. */
class VisibleWriterTest {
  private static final String CLEAR = "\u001b[2J";

  @Test void onlyColoursPass() {
    StringWriter text = new StringWriter();
    try (PrintWriter out = new PrintWriter(new VisibleWriter(text))) {
      out.print("\r\u001b[1;32mbold\u001b[0m\tz\u00e4h\n" + CLEAR + "\u001b]0;title\u0007\u009b1m");
      out.write('\b');
      out.write(new char[] {'a', '\u001b', 'c'}, 1, 2);
    }
    assertEquals("\r\u001b[1;32mbold\u001b[0m\tz\u00e4h\n?[2J?]0;title??1m??c", text.toString());
  }

  @Test void namesAndNotes(@TempDir Path folder) throws IOException {
    Model model = LeNet5.create(10, 1);
    model.metadata().put(RunOutput.COMMAND, "train" + CLEAR);
    model.save(folder.resolve("net"));
    assertShown(Cli.run("show", folder.resolve("net")));
    assertShown(Cli.run("predict", "--from", "pretrained", Files.writeString(folder.resolve("a" + CLEAR + ".png"), "no picture")));
    assertShown(Cli.run(CLEAR));
  }

  private static void assertShown(Cli run) {
    String said = run.out() + run.err();
    assertTrue(said.contains("?[2J"), said);
    assertTrue(said.indexOf('\u001b') < 0, said);
  }
}
