package org.lenet4j.data;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.lenet4j.Bounds;

/** Whatever names are in a folder: data, or an IOException that names the folder. */
class FolderFuzzTest {
  private static List<byte[]> contents;


  /** One name a line, of a file below the folder, or of a folder with a slash at its end; before it a digit for what the file holds. */
  @FuzzTest(maxDuration = "20s") void names(byte[] bytes) throws IOException {
    contents = contents == null ? contents() : contents;
    Path folder = Files.createTempDirectory("fuzz");
    try {
      String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n");
      for (int i = 0; i < Math.min(20, lines.length); i++) {
        if (!lines[i].isEmpty() && !lines[i].contains("..")) {
          add(folder, lines[i].substring(1), contents.get(Math.floorMod(lines[i].charAt(0) - '0', contents.size())));
        }
      }
      Bounds.check(64 << 20, () -> DataFuzzTest.read(folder));
    } finally {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private static List<byte[]> contents() throws IOException {
    return List.of(TestImages.all().get("png"), new byte[0],
      "0,1,2,3,4\n1,2,3,4,5\n".getBytes(StandardCharsets.ISO_8859_1), IdxTest.idx(new byte[16], 0x803, 1, 4, 4),
      IdxTest.idx(new byte[1], 0x801, 1), "a text".getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void add(Path folder, String name, byte[] content) throws IOException {
    try {
      Path path = folder.resolve(name.startsWith("/") ? name.substring(1) : name).normalize();
      if (path.startsWith(folder) && path.getNameCount() < folder.getNameCount() + 5) {
        Files.createDirectories(name.endsWith("/") ? path : path.getParent());
        if (!name.endsWith("/")) {
          Files.write(path, content);
        }
      }
    } catch (InvalidPathException | FileSystemException e) {
      // no name of a file, or that of one that is a folder already
    }
  }
}
