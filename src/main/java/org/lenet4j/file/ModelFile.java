package org.lenet4j.file;

import java.io.IOException;
import java.nio.file.Path;
import org.lenet4j.Model;

/** Stub. */
public final class ModelFile {
  private ModelFile() {}

  /** Stub. */
  public static Model load(Path file) throws IOException {
    throw new IOException("stub " + file);
  }

  /** Stub. */
  public static void save(Model model, Path file) throws IOException {
    throw new IOException("stub " + file);
  }
}
