package org.lenet4j.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads JSON that nobody vouches for into maps, lists, strings, longs, doubles, booleans and nulls, and writes such values.
 *
 * <p>What is written are maps, not records: a key is then part of a file or of a command's answer, which renaming a component must not
 * change, and a native image need not be told of records to look into.
 */
public final class Json {
  /** Deep enough for a header, and far from the stack's end. */
  private static final int MAX_DEPTH = 8;

  private static final JsonFactory FACTORY = JsonFactory.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      // The table of names is shared by all parsers of a factory; strangers' names have no place in it.
      .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
      .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
      .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).maxNameLength(1 << 16).build())
      .build();

  private Json() {}

  /**
   * Parses one JSON text.
   *
   * @throws IOException if it is not exactly one JSON value, has a key twice or nests deeper than 8; the message is one line
   */
  public static Object parse(String text) throws IOException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      parser.nextToken();
      Object value = value(parser);
      if (parser.nextToken() != null) {
        throw new IOException("bad JSON: there is more after its end");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new IOException("bad JSON: " + plain(e.getOriginalMessage(), 200), e);
    }
  }

  /** An object to write: keys and values by turns, in that order. */
  public static Map<String, Object> object(Object... keysAndValues) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      object.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return object;
  }

  /**
   * A value in one line: null, a boolean, a number, a string, a constant as a word of small letters, or an array, collection or map of
   * them. What is NaN or infinite becomes null, for JSON knows neither.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static String text(Object value) {
    return text(value, null);
  }

  /** As {@link #text}, for people as well: a line for each key, and the last one has its end. */
  public static String lines(Object value) {
    return text(value, new DefaultPrettyPrinter()) + '\n';
  }

  private static String text(Object value, PrettyPrinter printer) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      json.setPrettyPrinter(printer);
      write(json, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringWriter throws none
    }
    return out.toString();
  }

  /** As {@link #text} in UTF-8, but of characters beyond 16 bits each half is an escape. */
  static byte[] bytes(Object value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      write(json, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static void write(JsonGenerator json, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName((String) entry.getKey());
        write(json, entry.getValue());
      }
      json.writeEndObject();
    } else if (value instanceof Collection<?> items) {
      json.writeStartArray();
      for (Object item : items) {
        write(json, item);
      }
      json.writeEndArray();
    } else if (value != null && value.getClass().isArray()) {
      json.writeStartArray();
      for (int i = 0; i < Array.getLength(value); i++) {
        write(json, Array.get(value, i));
      }
      json.writeEndArray();
    } else if (value instanceof Integer || value instanceof Long) {
      json.writeNumber(((Number) value).longValue());
    } else if (value instanceof Float number && Float.isFinite(number)) {
      json.writeNumber(number);
    } else if (value instanceof Double number && Double.isFinite(number)) {
      json.writeNumber(number);
    } else if (value == null || value instanceof Float || value instanceof Double) {
      json.writeNull();
    } else if (value instanceof Boolean truth) {
      json.writeBoolean(truth);
    } else if (value instanceof Enum<?> constant) {
      json.writeString(word(constant));
    } else if (value instanceof String text) {
      json.writeString(text);
    } else {
      throw new IllegalArgumentException("no value of JSON: " + value.getClass());
    }
  }

  /** How a constant is written. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static Object value(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw new IOException("bad JSON: it is empty");
    }
    return switch (token) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String key = checkUnicode(parser.currentName());
          parser.nextToken();
          map.put(key, value(parser));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case VALUE_STRING -> checkUnicode(parser.getText());
      case VALUE_NUMBER_INT -> switch (parser.getNumberType()) {
        case INT, LONG -> parser.getLongValue();
        default -> throw new IOException("bad JSON: the number " + plain(parser.getText(), 40) + " is too large");
      };
      case VALUE_NUMBER_FLOAT -> Double.parseDouble(parser.getText());
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new IOException("bad JSON: unexpected " + token);
    };
  }

  /**
   * What must be an object of strings, in its order.
   *
   * @param what messages call it
   * @throws IOException if it is something else
   */
  public static Map<String, String> strings(Object json, String what) throws IOException {
    if (!(json instanceof Map<?, ?> map)) {
      throw new IOException(what + " must be an object");
    }
    Map<String, String> strings = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!(entry.getValue() instanceof String value)) {
        throw new IOException(what + " entry " + quote((String) entry.getKey()) + " must be a string");
      }
      strings.put((String) entry.getKey(), value);
    }
    return strings;
  }

  /** Java and JSON can spell half of a surrogate pair, UTF-8 cannot: what came in so could not be written again. */
  static String checkUnicode(String text) throws IOException {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IOException("the string " + quote(text) + " is not valid Unicode");
    }
    return text;
  }

  /** A stranger's name for an error message: in quotes, on one line, not too long. */
  public static String quote(String text) {
    return "'" + plain(text, 80) + "'";
  }

  /** Everything that could end a line or is half a character becomes a question mark. No regex: every start of the JVM comes by here. */
  private static String plain(String text, int limit) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length() && plain.length() < limit; i += Character.charCount(text.codePointAt(i))) {
      int point = text.codePointAt(i);
      boolean odd = switch (Character.getType(point)) {
        case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
        default -> false;
      };
      plain.appendCodePoint(odd ? '?' : point);
    }
    return text.length() <= limit ? plain.toString() : plain + "...";
  }
}
