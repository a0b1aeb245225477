package org.lenet4j.backend.base;

import jdk.jfr.FlightRecorder;
import org.bytedeco.javacpp.Loader;

/** Loads native libraries. */
public final class NativeLibraries {
  private NativeLibraries() {}

  /**
   * Loads the bindings of a library as {@link Loader#load(Class)} does, throws what that throws, and writes an event if somebody records.
   *
   * @param name     the name for people
   * @param bindings JavaCPP's class
   * @throws org.lenet4j.backend.NativeException if they would be loaded from a folder that others can write to
   */
  public static void load(String name, Class<?> bindings) {
    NativeCache.check(name);
    if (FlightRecorder.isInitialized()) { // see TrainingEvents
      NativeLibraryEvent.load(name, bindings);
    } else {
      Loader.load(bindings);
    }
  }
}
