package org.lenet4j.report;

import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/** Images with what they are, what they were taken for, and how surely. */
final class ContactSheet {
  static final int MOST = 30;

  private static final int COLUMNS = 5;
  private static final int WIDTH = 120; // of a cell
  private static final int IMAGE = 100;
  private static final int HEIGHT = IMAGE + 34;

  private ContactSheet() {}

  static BufferedImage draw(List<Mistake> mistakes, List<String> names, int height, int width, Theme theme) {
    int rows = Math.max(1, (mistakes.size() + COLUMNS - 1) / COLUMNS);
    return theme.picture(COLUMNS * WIDTH, rows * HEIGHT + 6, g -> {
      g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
      g.setFont(Theme.font(15));
      for (int i = 0; i < mistakes.size(); i++) {
        Mistake mistake = mistakes.get(i);
        int x = i % COLUMNS * WIDTH;
        int y = i / COLUMNS * HEIGHT + 6;
        g.drawImage(grey(mistake.image(), height, width), x + (WIDTH - IMAGE) / 2, y, IMAGE, IMAGE, null);
        String caption = String.format(Locale.ROOT, "%s → %s  %.0f%%", name(names, mistake.label()), name(names, mistake.prediction()),
            100 * mistake.probability());
        Theme.centred(g, caption, x + WIDTH / 2.0, y + IMAGE + 14);
      }
    });
  }

  private static String name(List<String> names, int label) {
    String name = label < names.size() ? names.get(label) : Integer.toString(label);
    return name.length() <= 4 ? name : name.substring(0, 3) + "…";
  }

  private static BufferedImage grey(byte[] pixels, int height, int width) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < pixels.length; i++) {
      int v = pixels[i] & 0xFF;
      image.setRGB(i % width, i / width, v << 16 | v << 8 | v);
    }
    return image;
  }
}
