package org.lenet4j.cli;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.lenet4j.data.Preprocess;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.file.OwnFile;

/** What the net sees of an image, 28x28 bytes, for people: as characters and as PNG. */
final class Drawing {
  private static final int SIDE = Preprocess.SIDE;
  private static final String SHADES = " ░▒▓█";
  private static final String ASCII = " .:-=+*#%@";
  private static final int GAP = 4; // between the images of a sheet
  private static final int ENLARGED = 4; // on a sheet; one image alone is left as it is, so that it can be read again
  private static final int BETWEEN = 96; // grey of the gaps

  private Drawing() {}

  /** As 28 lines, each pixel two characters wide, which makes it about square. */
  static String text(byte[] image) {
    String shades = terminal().newEncoder().canEncode(SHADES) ? SHADES : ASCII;
    StringBuilder text = new StringBuilder();
    for (int y = 0; y < SIDE; y++) {
      StringBuilder line = new StringBuilder("  ");
      for (int x = 0; x < SIDE; x++) {
        char shade = shades.charAt(((image[y * SIDE + x] & 0xFF) * (shades.length() - 1) + 127) / 255);
        line.append(shade).append(shade);
      }
      text.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }
    return text.toString();
  }

  /** How standard output is encoded; before Java 19 as all text is. */
  private static Charset terminal() {
    String name = System.getProperty("stdout.encoding");
    return name == null ? Charset.defaultCharset() : Charset.forName(name);
  }

  /** Writes one image as it is, several as a sheet, row by row. */
  static void write(List<byte[]> images, Path file) throws IOException {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(images.size() == 1 ? sheet(images, 1, 0) : sheet(images, ENLARGED, GAP), "png", png);
    AtomicFile.write(file, out -> out.write(OwnFile.mark(png.toByteArray())));
  }

  private static BufferedImage sheet(List<byte[]> images, int enlarged, int gap) {
    int columns = (int) Math.ceil(Math.sqrt(images.size()));
    int rows = (images.size() + columns - 1) / columns;
    int side = SIDE * enlarged;
    int cell = side + gap;
    BufferedImage sheet = new BufferedImage(columns * cell - gap, rows * cell - gap, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < sheet.getHeight(); y++) {
      for (int x = 0; x < sheet.getWidth(); x++) {
        int number = y / cell * columns + x / cell;
        boolean between = number >= images.size() || y % cell >= side || x % cell >= side;
        int value = between ? BETWEEN : images.get(number)[y % cell / enlarged * SIDE + x % cell / enlarged] & 0xFF;
        sheet.getRaster().setSample(x, y, 0, value);
      }
    }
    return sheet;
  }
}
