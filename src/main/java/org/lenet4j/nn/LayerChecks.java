package org.lenet4j.nn;

/** What every layer refuses, in the same words. */
final class LayerChecks {
  private LayerChecks() {}

  /** Throws unless {@code name} is a plain identifier: letters, digits and underscores. */
  static void name(String name) {
    if (name == null || !name.matches("[A-Za-z][A-Za-z0-9_]*")) {
      throw new IllegalArgumentException("a layer name is letters, digits and underscores, starting with a letter; got '" + name + "'");
    }
  }

  /** Throws unless {@code value} is at least {@code least}. */
  static void atLeast(String layer, String what, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException("layer " + layer + ": " + what + " must be at least " + least + ", got " + value);
    }
  }
}
