package org.lenet4j.spark;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.lenet4j.nn.Model;

/**
 * A model as it travels to executors. Nothing but bytes, because Spark's Kryo can write no record and no class that it was not told of.
 *
 * @param bytes  a safetensors file; not copied
 * @param sha256 of the bytes, hexadecimal
 */
record Weights(byte[] bytes, String sha256) implements Serializable {
  static Weights of(byte[] bytes) {
    try {
      return new Weights(bytes, HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has SHA-256
    }
  }

  static Weights of(Model model) {
    try {
      return of(model.toBytes());
    } catch (LinkageError e) {
      throw Library.explain(e);
    }
  }

  /** A new model in each call. */
  Model model() {
    try {
      return Model.fromBytes(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("the weights are broken: " + e.getMessage(), e);
    }
  }
}
