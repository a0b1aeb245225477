package org.lenet4j;

/**
 * A device cannot be used here: it is not there, a library of it cannot be loaded, or one of them refuses. The message names the device
 * and the reason, in one line.
 */
public final class DeviceUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DeviceUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
