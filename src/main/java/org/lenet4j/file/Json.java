package org.lenet4j.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON that nobody vouches for into maps, lists, strings, longs, doubles, booleans and nulls. */
public final class Json {
  /** Deep enough for a header, and far from the stack's end. */
  private static final int MAX_DEPTH = 8;

  public static final JsonFactory FACTORY = JsonFactory.builder()
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
