package org.lenet4j.backend;

/** A call into a native library failed. The message names the library, the call, the code and what it means. */
public final class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final String library;
  private final String call;
  private final int code;

  /** A failed call. */
  public NativeException(String library, String call, int code, String detail) {
    super(library + ": " + call + " failed with " + code + ": " + detail);
    this.library = library;
    this.call = call;
    this.code = code;
  }

  /** The same once more, for another call that met what the first has met. */
  public NativeException(NativeException first) {
    super(first.getMessage(), first);
    library = first.library;
    call = first.call;
    code = first.code;
  }

  /** A library that could not be loaded. */
  public NativeException(String library, String detail, Throwable cause) {
    super(library + ": " + detail, cause);
    this.library = library;
    this.call = "load";
    this.code = -1;
  }

  /** The library's name. */
  public String library() {
    return library;
  }

  /** The function's name, or {@code load}. */
  public String call() {
    return call;
  }

  /** The library's own status code. */
  public int code() {
    return code;
  }
}
