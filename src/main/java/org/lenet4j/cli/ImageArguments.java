package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.lenet4j.data.ImageFolder;
import org.lenet4j.file.FileNames;

/** Which images a command line means: files as they are, folders with all images below them in the order of their names. */
final class ImageArguments {
  /** Standard input. */
  private static final String STDIN = "-";

  /** Who is told, in order. */
  interface Found {
    /** An image; without a file it is standard input. */
    void image(String name, Path file);

    /** What is wrong with an argument. */
    void error(String name, IOException e);

    /** A line on what lies in a folder besides. */
    void passedOver(String line);
  }

  private ImageArguments() {}

  static void find(String argument, Found found) {
    if (argument.equals(STDIN)) {
      found.image(argument, null);
      return;
    }
    try {
      Path path = Path.of(argument);
      if (Files.isDirectory(path)) {
        for (Path image : ImageFolder.pictures(path, found::passedOver)) {
          found.image(image.toString(), image);
        }
      } else {
        found.image(argument, path);
      }
    } catch (InvalidPathException e) {
      found.error(argument, new IOException(FileNames.explain(e), e));
    } catch (IOException e) {
      found.error(argument, e);
    }
  }
}
