package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFileTest {
  @TempDir Path folder;

  @Test void namesTheFile() {
    Path missing = folder.resolve("missing.png");
    assertEquals(missing + ": no such file", assertThrows(IOException.class, () -> ImageFile.read(missing)).getMessage());
    assertEquals(folder + ": not a file", assertThrows(IOException.class, () -> ImageFile.read(folder)).getMessage());
  }

  @Test void noImageOfJavasIsNamed() {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Picture.of((java.awt.image.BufferedImage) null));
    assertTrue(e.getMessage().startsWith("the image is null"), e.getMessage());
  }
}
