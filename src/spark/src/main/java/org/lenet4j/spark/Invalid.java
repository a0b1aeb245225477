package org.lenet4j.spark;

import java.util.Locale;

/** What becomes of images that cannot be read: the parameter {@code handleInvalid}, in Spark's words. */
enum Invalid {
  ERROR, SKIP, KEEP;

  static final String DOC = "what becomes of rows with an image that cannot be read: error fails, skip leaves the row out, keep has null"
      + " for an answer (not in training)";

  static Invalid of(String word) {
    for (Invalid value : values()) {
      if (value.word().equals(word)) {
        return value;
      }
    }
    throw new IllegalArgumentException("unknown handleInvalid '" + word + "'; it can be error, skip, keep");
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
