package org.lenet4j.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The note that a weights file has of its tunings: the same text in every version, so that a digest of the file stays. */
class GenerationTest {
  @Test void theTextIsAsEver() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("optimizer", "adamw");
    settings.put("frozen", "");
    Generation generation = new Generation("ab12", "my \"digits\"", 10, 0, 3, settings,
        new Score(0.5, 1 / 3.0, Double.NaN, Double.NaN), new Score(1, 1e-7, 0.1 + 0.2, Double.POSITIVE_INFINITY));
    String text = Generation.format(List.of(generation));
    assertEquals("[{\"parent\":\"ab12\",\"data\":\"my \\\"digits\\\"\",\"samples\":10,\"replayed\":0,\"epochs\":3,\"settings\":"
        + "{\"optimizer\":\"adamw\",\"frozen\":\"\"},\"before\":[0.5,0.3333333333333333,null,null],"
        + "\"after\":[1.0,1.0E-7,0.30000000000000004,null]}]", text);
    assertEquals(settings, Generation.parse(text).get(0).settings());
    assertEquals(generation.before(), Generation.parse(text).get(0).before());
  }
}
