package org.lenet4j.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.lenet4j.file.FileNames;

/** Which images a command line means: files as they are, folders with all images below them in the order of their names. */
final class ImageArguments {
  /** Standard input. */
  static final String STDIN = "-";

  /** Of files in folders; a file that is named itself may have any name. */
  private static final List<String> IMAGES = List.of("png", "jpg", "jpeg", "jfif", "bmp", "gif", "tif", "tiff", "webp", "pgm", "ppm", "pbm",
      "pnm", "heic", "heif", "avif");

  private final Found found;
  private int images;
  private int passedOver;

  /** Who is told, in order. */
  interface Found {
    /** An image; without a file it is standard input. */
    void image(String name, Path file);

    /** What an argument or a part of it lacks. */
    void error(String name, IOException e);
  }

  ImageArguments(Found found) {
    this.found = found;
  }

  /** How many files of the folders with images were not taken, because they are no images by name or hidden. */
  int passedOver() {
    return passedOver;
  }

  void add(String argument) {
    if (argument.equals(STDIN)) {
      found.image(argument, null);
      return;
    }
    Path path;
    try {
      path = Path.of(argument);
    } catch (InvalidPathException e) {
      found.error(argument, new IOException(FileNames.explain(e), e));
      return;
    }
    if (!Files.isDirectory(path)) {
      found.image(argument, path);
      return;
    }
    int before = images;
    int passedBefore = passedOver;
    walk(path);
    if (images == before) {
      int others = passedOver - passedBefore;
      passedOver = passedBefore; // the error says it
      found.error(argument, new IOException(path + ": a folder without images"
          + (others == 0 ? "" : "; " + others + (others == 1 ? " file in it is" : " files in it are") + " hidden or no image by name")));
    }
  }

  private void walk(Path folder) {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      for (Path entry : stream) {
        entries.add(entry);
      }
    } catch (IOException e) {
      images++; // not an empty folder
      found.error(folder.toString(), e);
    }
    Collections.sort(entries);
    for (Path entry : entries) {
      String name = entry.getFileName().toString();
      if (name.startsWith(".")) {
        passedOver++;
      } else if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) { // a link could lead round in a circle
        walk(entry);
      } else if (IMAGES.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT))) {
        images++;
        found.image(entry.toString(), entry);
      } else {
        passedOver++;
      }
    }
  }
}
