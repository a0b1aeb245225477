package org.lenet4j.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files are replaced, which are deleted, and which temporary ones are swept. */
class OwnFileTest {
  @TempDir Path folder;

  @Test void kindsAreToldApart() throws IOException {
    Path json = Files.writeString(folder.resolve("a"), Json.lines(Json.object("command", "train")));
    Path answers = Files.writeString(folder.resolve("b"), Json.lines(List.of(Json.object("file", "x.png"))));
    Path foreign = folder.resolve("c");
    new Safetensors(Map.of("format", "pt"), Map.of()).write(foreign);
    Path weights = folder.resolve("d");
    new Safetensors(Map.of("lenet4j.version", "1"), Map.of()).write(weights);
    Path checkpoint = folder.resolve("e");
    new Safetensors(Map.of("lenet4j.version", "1", "lenet4j.epoch", "3"), Map.of()).write(checkpoint);
    Path png = folder.resolve("f");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(5, 4, BufferedImage.TYPE_BYTE_GRAY), "png", bytes);
    Files.write(png, bytes.toByteArray());
    Path marked = Files.write(folder.resolve("g"), OwnFile.mark(bytes.toByteArray()));
    Map<OwnFile, List<Path>> ours = Map.of(OwnFile.JSON, List.of(json, answers), OwnFile.WEIGHTS, List.of(weights, checkpoint),
        OwnFile.CHECKPOINT, List.of(checkpoint), OwnFile.PNG, List.of(marked), OwnFile.ONNX, List.of(), OwnFile.PAGE, List.of());
    for (OwnFile kind : List.of(OwnFile.JSON, OwnFile.WEIGHTS, OwnFile.CHECKPOINT, OwnFile.PNG, OwnFile.PAGE)) {
      for (Path file : List.of(json, answers, foreign, weights, checkpoint, png, marked)) {
        assertEquals(ours.get(kind).contains(file), kind.mayReplace(file), kind + " " + file);
      }
      assertTrue(kind.mayReplace(folder.resolve("nothing")));
      assertTrue(kind.mayReplace(Files.write(folder.resolve("empty"), new byte[0])));
    }
    assertEquals(4, ImageIO.read(new ByteArrayInputStream(OwnFile.mark(bytes.toByteArray()))).getHeight(), "still a picture");
  }

  @Test void onlyTheFileThatWasSeenIsDeleted() throws IOException {
    Path file = Files.writeString(folder.resolve("x"), "one");
    FileIdentity one = FileIdentity.of(file);
    assertTrue(one.isThere());
    Files.writeString(folder.resolve("y"), "two");
    Files.move(folder.resolve("y"), file, StandardCopyOption.REPLACE_EXISTING);
    assertFalse(one.isThere());
    one.delete();
    assertEquals("two", Files.readString(file));
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    FileIdentity.of(link).delete();
    assertTrue(Files.isSymbolicLink(link) && !Files.exists(file));
    assertThrows(IOException.class, () -> FileIdentity.of(folder), "a folder is none");
    one.delete(); // it is gone
  }

  /** What a process that was killed has left, once nobody can be writing to it any more. */
  @Test void oldTemporaryFilesAreSwept() throws IOException {
    List<String> names = List.of(".lenet4j-1f.tmp", ".lenet4j-notes.tmp", ".other-1f.tmp", "lenet4j-1f.tmp", ".lenet4j-2.tmp");
    for (String name : names) {
      Files.writeString(folder.resolve(name), "x");
    }
    Path directory = Files.createDirectory(folder.resolve(".lenet4j-3.tmp"));
    Path link = Files.createSymbolicLink(folder.resolve(".lenet4j-4.tmp"), Path.of(".other-1f.tmp"));
    FileTime old = FileTime.from(Instant.now().minus(Duration.ofHours(2)));
    for (String name : List.of(".lenet4j-1f.tmp", ".lenet4j-notes.tmp", ".other-1f.tmp", "lenet4j-1f.tmp", ".lenet4j-3.tmp")) {
      Files.setLastModifiedTime(folder.resolve(name), old);
    }
    AtomicFile.write(folder.resolve("w"), out -> out.write(1));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(".lenet4j-2.tmp", ".lenet4j-3.tmp", ".lenet4j-4.tmp", ".lenet4j-notes.tmp", ".other-1f.tmp", "lenet4j-1f.tmp",
          "w"),
          left.map(path -> path.getFileName().toString()).sorted().toList());
    }
    assertTrue(Files.isDirectory(directory) && Files.isSymbolicLink(link));
    Files.setLastModifiedTime(folder.resolve(".lenet4j-2.tmp"), old);
    AtomicFile.check(folder.resolve("w"));
    assertFalse(Files.exists(folder.resolve(".lenet4j-2.tmp")));
  }
}
