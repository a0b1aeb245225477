package org.lenet4j.spark;

import java.net.URL;
import java.security.CodeSource;
import org.lenet4j.Device;

/** Whether the lenet4j on the class path is the one that this was built with. Clusters have jars of their own, and those come first. */
final class Library {
  private Library() {}

  /**
   * Throws if the jar of lenet4j says that it is of another version than the jar of this class.
   *
   * @throws IllegalStateException that names both and says what to do
   */
  static void check() {
    check(Library.class.getPackage().getImplementationVersion(), Device.class.getPackage().getImplementationVersion());
  }

  /** Versions are null where classes lie in folders, and then nothing is known. */
  static void check(String own, String found) {
    if (own != null && found != null && !own.equals(found)) {
      throw new IllegalStateException("lenet4j-spark " + own + " finds lenet4j " + found + place() + advice());
    }
  }

  /** What is to be thrown instead, when something that should be in lenet4j's jars is not there or is of another kind. */
  static IllegalStateException explain(Throwable e) {
    return new IllegalStateException("the lenet4j that is found" + place() + " does not fit this lenet4j-spark (" + e.getMessage() + ")"
        + advice(), e);
  }

  private static String place() {
    CodeSource source = Device.class.getProtectionDomain().getCodeSource();
    URL location = source == null ? null : source.getLocation();
    return location == null ? "" : " in " + location.getPath();
  }

  private static String advice() {
    return ": the class path of the cluster has an older or newer one; remove it there, or ship both jars of one version with --jars";
  }
}
