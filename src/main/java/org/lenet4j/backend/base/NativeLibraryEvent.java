package org.lenet4j.backend.base;

import java.io.File;
import java.util.LinkedHashMap;
import java.util.Map;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.bytedeco.javacpp.Loader;

/** A native library was loaded, or could not be. */
@Name("org.lenet4j.NativeLibrary")
@Label("Native Library")
@Category("lenet4j")
@Description("Loading of a native library with the bindings that call it, unpacking them from their jar included.")
@StackTrace(false)
public final class NativeLibraryEvent extends Event {
  @Label("Name")
  private String name;

  @Label("Path")
  @Description("The file of the bindings; null if loading failed")
  private String path;

  @Label("Other Files")
  @Description("Libraries that came with it for the first time")
  private String others;

  @Label("Failure")
  @Description("Why it could not be loaded; null if it was")
  private String failure;

  private NativeLibraryEvent(String name) {
    this.name = name;
  }

  /** Loads the bindings and writes the event. */
  static void load(String name, Class<?> bindings) {
    NativeLibraryEvent event = new NativeLibraryEvent(name);
    Map<String, String> before = event.isEnabled() ? Loader.getLoadedLibraries() : Map.of();
    event.begin();
    try {
      event.path = Loader.load(bindings);
    } catch (LinkageError | RuntimeException e) {
      event.failure = e.toString();
      throw e;
    } finally {
      event.end();
      if (event.shouldCommit()) {
        Map<String, String> files = new LinkedHashMap<>(Loader.getLoadedLibraries());
        files.keySet().removeAll(before.keySet());
        files.values().removeIf(file -> file == null || file.equals(event.path)); // null: the system found it
        event.others = String.join(File.pathSeparator, files.values());
        event.commit();
      }
    }
  }
}
