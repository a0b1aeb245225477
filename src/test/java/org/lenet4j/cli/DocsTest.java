package org.lenet4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.LeNet5;
import org.lenet4j.PythonCheck;

/** Runs the commands of docs/export.md and docs/reports.md; {@link FineTuningDocsTest} those of docs/fine-tuning.md. */
@Timeout(600)
class DocsTest {
  @TempDir Path folder;

  @Test void export() throws Exception {
    List<String> commands = FineTuningDocsTest.commands(Path.of("docs/export.md"));
    assertEquals(1, commands.size());
    FineTuningDocsTest.run(folder, commands.get(0));
    assertTrue(Files.exists(folder.resolve("lenet5.onnx")));
  }

  @Test void reports() throws Exception {
    for (String command : FineTuningDocsTest.commands(Path.of("docs/reports.md"))) {
      FineTuningDocsTest.run(folder, command + " --epochs 1");
    }
    assertTrue(Files.exists(folder.resolve("report/index.html")));
    assertTrue(Files.isDirectory(folder.resolve("runs/a/train")) && Files.isDirectory(folder.resolve("runs/b/test")));
    Matcher files = Pattern.compile("`([a-z]+\\.png)`").matcher(Files.readString(Path.of("docs/reports.md")));
    while (files.find()) {
      assertTrue(Files.exists(folder.resolve("report").resolve(files.group(1))), files.group(1));
    }
  }

  @Test void theProgramInPython() throws Exception {
    Matcher program = Pattern.compile("```python\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(Path.of("docs/export.md")));
    assertTrue(program.find());
    Path onnx = folder.resolve("lenet5.onnx");
    LeNet5.pretrained().exportOnnx(onnx);
    Path script = Files.writeString(folder.resolve("program.py"), program.group(1).replace("lenet5.onnx", onnx.toString()));
    assertTrue(PythonCheck.run(script, "onnxruntime").matches("\\[(\\d) \\1 \\1 \\1 \\1]\\s*"));
  }
}
