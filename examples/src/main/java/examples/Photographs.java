package examples;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;

/** Stands in for your own: drawn digits as grey ink on paper that is not quite white, three times as large as the net takes them. */
final class Photographs {
  private static final int WIDTH = 100;
  private static final int HEIGHT = 120;

  private Photographs() {}

  /** Sixty of each digit in sub-folders 0 to 9, unless the folder is there already. */
  static Path draw(Path folder) throws IOException {
    if (Files.exists(folder)) {
      return folder;
    }
    Dataset digits = SyntheticDigits.create(600, 11);
    for (int i = 0; i < digits.size(); i++) {
      Path of = Files.createDirectories(folder.resolve(Integer.toString(digits.labels()[i])));
      ImageIO.write(photograph(digits.image(i)), "png", of.resolve(String.format(Locale.ROOT, "%03d.png", i / 10)).toFile());
    }
    System.out.println("drew " + digits.size() + " pictures into " + folder + "; put yours there, or name another folder");
    return folder;
  }

  private static BufferedImage photograph(byte[] digit) {
    BufferedImage photo = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
    for (int p = 0; p < WIDTH * HEIGHT; p++) {
      int x = p % WIDTH - 8;
      int y = p / WIDTH - 18;
      int ink = x < 0 || y < 0 || x >= 84 || y >= 84 ? 0 : digit[y / 3 * 28 + x / 3] & 0xFF;
      photo.getRaster().setSample(p % WIDTH, p / WIDTH, 0, 230 - ink * 3 / 4);
    }
    return photo;
  }
}
