package org.lenet4j.report;

import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/** Images with what they are, what they were taken for, and how surely. */
final class ContactSheet {
  static final int MOST = 20;

  private static final int COLUMNS = 4;
  private static final int WIDTH = 120; // of a cell
  private static final int IMAGE = 100;
  private static final int LINE = 20; // of a caption

  private ContactSheet() {}

  static BufferedImage draw(List<Mistake> mistakes, List<String> names, int height, int width, Theme theme) {
    int rows = (mistakes.size() + COLUMNS - 1) / COLUMNS;
    boolean wide = mistakes.stream().anyMatch(m -> name(names, m.label()).length() + name(names, m.prediction()).length() > 3);
    int cell = IMAGE + (wide ? 2 : 1) * LINE + 14;
    return theme.picture(COLUMNS * WIDTH, rows * cell + 6, g -> {
      g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
      g.setFont(Theme.font(15));
      for (int i = 0; i < mistakes.size(); i++) {
        Mistake mistake = mistakes.get(i);
        int x = i % COLUMNS * WIDTH;
        int y = i / COLUMNS * cell + 6;
        g.drawImage(grey(mistake.image(), height, width), x + (WIDTH - IMAGE) / 2, y, IMAGE, IMAGE, null);
        g.setColor(theme.line); // black on a dark page has no edge of its own
        g.drawRect(x + (WIDTH - IMAGE) / 2, y, IMAGE, IMAGE);
        g.setColor(theme.text);
        String taken = name(names, mistake.label()) + " → " + name(names, mistake.prediction());
        String surely = String.format(Locale.ROOT, "%.0f%%", 100 * mistake.probability());
        Theme.centred(g, wide ? taken : taken + "  " + surely, x + WIDTH / 2.0, y + IMAGE + 14);
        if (wide) {
          Theme.centred(g, surely, x + WIDTH / 2.0, y + IMAGE + 14 + LINE);
        }
      }
    });
  }

  private static String name(List<String> names, int label) {
    return ClassTable.name(names, label, 4);
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
