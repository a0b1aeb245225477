package org.lenet4j.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.lenet4j.file.AtomicFile;

/**
 * The JSON result of a command.
 *
 * @param name   of a file, {@code -} for standard output, or null if not wanted
 * @param stdout standard output
 */
record JsonFile(String name, PrintWriter stdout) {
  /** Writes one value. */
  @FunctionalInterface interface Content {
    void writeTo(JsonGenerator json) throws IOException;
  }

  /** Whether standard output is for JSON alone. */
  boolean isStdout() {
    return "-".equals(name);
  }

  /** Throws unless the file could be written now. */
  void check() throws IOException {
    if (name != null && !isStdout()) {
      AtomicFile.check(Path.of(name));
    }
  }

  /** Writes the file, if it is wanted, as a whole. */
  void write(Content content) throws IOException {
    if (name == null) {
      return;
    }
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.setPrettyPrinter(new DefaultPrettyPrinter());
      content.writeTo(json);
    }
    text.append('\n');
    if (isStdout()) {
      stdout.print(text);
      stdout.flush();
    } else {
      AtomicFile.write(Path.of(name), out -> out.write(text.toString().getBytes(StandardCharsets.UTF_8)));
    }
  }

  /** A number, or null if it is NaN or infinite: JSON knows neither. */
  static void number(JsonGenerator json, String key, double value) throws IOException {
    if (Double.isFinite(value)) {
      json.writeNumberField(key, value);
    } else {
      json.writeNullField(key);
    }
  }
}
