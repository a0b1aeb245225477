package org.lenet4j;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lenet4j.file.Json;

/** JSON for a test to look into; a path to something in it is names and indices, for example {@code "epochs", 0, "train_loss"}. */
public record JsonTree(Object value) {
  public static JsonTree parse(String text) throws IOException {
    return new JsonTree(Json.parse(text));
  }

  public static JsonTree read(Path file) throws IOException {
    return parse(Files.readString(file));
  }

  /** A map, list, string, long, double, boolean or null; fails if the path leads nowhere. */
  public Object at(Object... path) {
    Object here = value;
    for (Object step : path) {
      boolean there = here instanceof Map<?, ?> map ? map.containsKey(step)
          : here instanceof List<?> list && step instanceof Integer index && index < list.size();
      assertTrue(there, "no " + step + " of " + Arrays.toString(path) + " in " + value);
      here = here instanceof Map<?, ?> map ? map.get(step) : ((List<?>) here).get((int) step);
    }
    return here;
  }

  public double number(Object... path) {
    return ((Number) at(path)).doubleValue();
  }

  public List<?> list(Object... path) {
    return (List<?>) at(path);
  }

  /** The names of an object's fields, in their order. */
  public Set<?> names(Object... path) {
    return ((Map<?, ?>) at(path)).keySet();
  }
}
