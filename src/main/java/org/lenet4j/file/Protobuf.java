package org.lenet4j.file;

/** The library behind ONNX and TensorBoard files, which only those who write them need. */
public final class Protobuf {
  /** What the classes of the build were generated for: no older one can run them. */
  public static final String ARTIFACT = "com.google.protobuf:protobuf-java:4.36.2";

  private Protobuf() {}

  /**
   * What to throw where its classes are missing, or are those of an older version.
   *
   * @param what needs it
   */
  public static IllegalStateException missing(String what, LinkageError cause) {
    return new IllegalStateException(what + " needs " + ARTIFACT + " or newer, which is an optional dependency of lenet4j; add it to the"
        + " class path (" + cause + ")", cause);
  }
}
