package org.lenet4j.verify;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.lenet4j.file.AtomicFile;

/** Writes maps, lists, texts, numbers, booleans and nulls as JSON. */
final class JsonFile {
  private JsonFile() {}

  /** Replaces the file as a whole: whoever kills this process finds the last one. */
  static void write(Object value, Path file) throws IOException {
    AtomicFile.write(file, out -> {
      try (JsonGenerator json = new JsonFactory().createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
        json.setPrettyPrinter(new DefaultPrettyPrinter());
        write(value, json);
      }
    });
  }

  private static void write(Object value, JsonGenerator json) throws IOException {
    if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName(entry.getKey().toString());
        write(entry.getValue(), json);
      }
      json.writeEndObject();
    } else if (value instanceof Iterable<?> list) {
      json.writeStartArray();
      for (Object element : list) {
        write(element, json);
      }
      json.writeEndArray();
    } else if (value instanceof Integer || value instanceof Long) {
      json.writeNumber(((Number) value).longValue());
    } else if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      json.writeNumber(number.doubleValue());
    } else if (value instanceof Boolean truth) {
      json.writeBoolean(truth);
    } else if (value == null || value instanceof Number) {
      json.writeNull(); // JSON knows neither NaN nor infinity
    } else {
      json.writeString(value.toString());
    }
  }
}
