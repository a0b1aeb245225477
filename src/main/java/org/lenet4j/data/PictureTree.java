package org.lenet4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.lenet4j.file.Input;

/** The pictures in a folder and in the folders below it; symbolic links are followed. */
final class PictureTree {
  private static final Pattern PICTURE = Pattern.compile(".*\\.(png|jpg|jpeg|jpe|jfif|bmp|dib|gif|tif|tiff|webp|pgm|ppm|pnm|pbm)");
  private static final Pattern STARTS = Pattern.compile("(\u0089PNG|\u00FF\u00D8\u00FF|GIF8|BM.{4}\0{4}|II\\*\0|MM\0\\*|RIFF.{4}WEBP|"
      + "P[1-6]\\s).*", Pattern.DOTALL);
  private static final int LOOKED_AT = 16;

  private final PassedOver passed;
  private final List<Path> found = new ArrayList<>();
  private final Deque<Path> above = new ArrayDeque<>();
  private final int most;
  private final Set<String> nested = new TreeSet<>(); // names of folders below the first that have some

  private PictureTree(PassedOver passed, int most) {
    this.passed = passed;
    this.most = most;
  }

  /**
   * All pictures, in the order of their names, folder after folder.
   *
   * @param passed counts what is none
   * @param nested receives the names of the folders below it that hold some
   */
  static List<Path> pictures(Path folder, PassedOver passed, Set<String> nested) throws IOException {
    PictureTree tree = new PictureTree(passed, Integer.MAX_VALUE);
    tree.walk(folder);
    nested.addAll(tree.nested);
    return tree.found;
  }

  /** Whether there is any, at any depth. */
  static boolean holdsPictures(Path folder) throws IOException {
    PictureTree tree = new PictureTree(new PassedOver(), 1);
    tree.walk(folder);
    return !tree.found.isEmpty();
  }

  /** Whether there is any in the folder itself. */
  static boolean holdsPicturesItself(Path folder) throws IOException {
    return entries(folder).stream().anyMatch(PictureTree::isPicture);
  }

  private void walk(Path folder) throws IOException {
    Path real = folder.toRealPath();
    if (above.contains(real)) {
      passed.add(folder, "link to a folder around it");
      return;
    }
    above.push(real);
    for (Path entry : entries(folder)) {
      if (found.size() >= most) {
        break;
      }
      if (PassedOver.isHidden(entry)) {
        passed.add(entry);
        continue;
      }
      BasicFileAttributes kind = attributes(entry); // asked for once: there may be many, and far away
      if (kind == null) {
        passed.add(entry, "broken link");
      } else if (kind.isDirectory()) {
        walk(entry);
      } else if (kind.isRegularFile() && seemsPicture(entry)) {
        found.add(entry);
        if (above.size() > 1) {
          nested.add(folder.getFileName().toString());
        }
      } else {
        passed.add(entry);
      }
    }
    above.pop();
  }

  /** Null for a link to nothing. */
  private static BasicFileAttributes attributes(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw Input.explain(path, e);
    }
  }

  /** What a folder holds, by name. */
  static List<Path> entries(Path folder) throws IOException {
    return Input.list(folder).stream().sorted(Comparator.comparing(path -> path.getFileName().toString())).toList();
  }

  /** Whether a file is a picture by its name, or where that says nothing by its first bytes. */
  static boolean isPicture(Path file) {
    return !PassedOver.isHidden(file) && Files.isRegularFile(file) && seemsPicture(file);
  }

  private static boolean seemsPicture(Path file) {
    if (PICTURE.matcher(file.getFileName().toString().toLowerCase(Locale.ROOT)).matches()) {
      return true;
    }
    try (InputStream in = Files.newInputStream(file)) {
      return STARTS.matcher(new String(in.readNBytes(LOOKED_AT), StandardCharsets.ISO_8859_1)).matches();
    } catch (IOException e) {
      return false; // it is counted among what is passed over
    }
  }
}
