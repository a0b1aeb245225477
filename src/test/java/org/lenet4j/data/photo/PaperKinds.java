package org.lenet4j.data.photo;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;

/** The kinds of pictures that people bring, each drawn from a framed 28x28 digit and a random number generator. */
final class PaperKinds {
  /** A kind: what makes its picture of a digit, and the share of digits that must be read; 1 and no digit drawn for blank kinds. */
  record Kind(BiFunction<byte[], Random, Papers> draw, double bar, boolean blank) {
    Papers draw(byte[] digit, long seed) {
      return draw.apply(digit, new Random(seed * 0x9E3779B97F4A7C15L + 1));
    }
  }

  static final Map<String, Kind> ALL = new LinkedHashMap<>();

  private static void kind(String name, double bar, BiFunction<byte[], Random, Papers> draw) {
    ALL.put(name, new Kind(draw, bar, false));
  }

  private PaperKinds() {}

  static {
    plain();
    lines();
    cells();
    edges();
    small();
    BlankKinds.add(ALL);
  }

  /** Light grey paper of 200 to 320 pixels. */
  static Papers page(Random r) {
    int side = 200 + r.nextInt(120);
    return new Papers(side, side + (r.nextBoolean() ? 0 : r.nextInt(100)), 205 + r.nextInt(45), r);
  }

  /** A digit of this share of the page's shorter side, somewhere near its middle. */
  private static Papers write(Papers p, byte[] digit, double low, double high, float contrast) {
    float size = Math.min(p.height, p.width) * p.between(low, high);
    float y = p.height / 2f + p.between(-0.5, 0.5) * 0.3f * (p.height - size);
    float x = p.width / 2f + p.between(-0.5, 0.5) * 0.3f * (p.width - size);
    p.ink(p.chance(0.5) ? Papers.enlarged(digit, size) : Papers.sharp(digit, size), y, x, contrast);
    return p;
  }

  private static Papers written(Random r, byte[] digit) {
    Papers p = page(r);
    return write(p, digit, 0.28, 0.6, p.between(140, 190));
  }

  static Papers scanned(Papers p) {
    p.noise(p.between(0.5, 4));
    return p;
  }

  private static void plain() {
    kind("plain", 0.98, (d, r) -> scanned(written(r, d)));
    int[][] thin = {{280, 180, 4}, {280, 180, 8}, {400, 250, 4}, {500, 300, 3}, {1000, 600, 12}, {1000, 600, 6}, {800, 700, 5}};
    for (int[] t : thin) {
      kind("thin ink/" + t[0] + " " + t[1] + " " + t[2], 0.98, (d, r) -> {
        Papers p = new Papers(t[0], t[0], r.nextBoolean() ? 255 : 240, r);
        float room = t[0] / 2f - t[1] / 2f - 10;
        float y = t[0] / 2f + p.between(-0.6, 0.6) * room;
        p.ink(Papers.thin(d, t[1], t[2]), y, t[0] / 2f + p.between(-0.6, 0.6) * room, p.between(180, 250));
        return p;
      });
    }
    kind("small on page/20%", 0.98, (d, r) -> smallOnPage(d, r, 0.2));
    kind("small on page/10%", 0.98, (d, r) -> smallOnPage(d, r, 0.1));
    kind("small on page/5%", 0.98, (d, r) -> smallOnPage(d, r, 0.05));
    kind("pencil/25-40", 0.98, (d, r) -> pencil(d, r, 25, 40));
    kind("pencil/40-60", 0.98, (d, r) -> pencil(d, r, 40, 60));
    kind("noise/5-12", 0.98, (d, r) -> noisy(d, r, 5, 12));
    kind("noise/12-20", 0.98, (d, r) -> noisy(d, r, 12, 20));
    kind("dark", 0.98, (d, r) -> {
      Papers p = new Papers(240, 240, 35 + r.nextInt(50), r);
      write(p, d, 0.28, 0.6, p.grey[0] * p.between(0.6, 0.9));
      p.noise(p.between(1, 3));
      return p;
    });
    kind("vignette", 0.98, (d, r) -> {
      Papers p = written(r, d);
      float strength = p.between(0.25, 0.45);
      p.light((y, x) -> 1 - strength * (y * y + x * x));
      return scanned(p);
    });
    kind("vignette/dark corners", 0.98, (d, r) -> {
      Papers p = written(r, d);
      float strength = p.between(1.5, 4);
      p.light((y, x) -> 1 / (float) Math.pow(1 + strength * (y * y + x * x) / 2, 1.5));
      return scanned(p);
    });
    kind("side light", 0.98, (d, r) -> {
      Papers p = written(r, d);
      double angle = p.between(0, 6.28);
      float strength = p.between(0.2, 0.5);
      p.light((y, x) -> 1 - strength * (0.5f + 0.35f * (float) (y * Math.sin(angle) + x * Math.cos(angle))));
      return scanned(p);
    });
    kind("shadow/hard", 0.95, (d, r) -> shadowed(d, r, 0));
    kind("shadow/soft", 0.95, (d, r) -> shadowed(d, r, 20));
    kind("inverted", 0.98, (d, r) -> {
      Papers p = new Papers(200 + r.nextInt(100), 240, r.nextInt(60), r);
      return scanned(write(p, d, 0.28, 0.7, -p.between(100, 190)));
    });
    kind("blots", 0.95, (d, r) -> {
      Papers p = written(r, d);
      for (int i = 0; i < 12; i++) {
        p.blot(p.between(0, p.height), p.between(0, p.width), p.between(0.5, 2.5), p.between(0.2, 0.6));
      }
      return scanned(p);
    });
    kind("texture", 0.95, (d, r) -> {
      Papers p = written(r, d);
      p.texture(p.between(2, 6), p.pick(3, 6, 12, 30));
      return scanned(p);
    });
    kind("tight crop", 0.95, (d, r) -> {
      Papers p = new Papers(240, 240, 230, r);
      p.ink(p.chance(0.5) ? Papers.enlarged(d, 160) : Papers.sharp(d, 160), 120, 120, 190);
      return scanned(cutOut(p, r.nextInt(8)));
    });
    kind("tight crop/no paper around", 0.95, (d, r) -> {
      Papers p = new Papers(140, 140, 230, r);
      p.ink(p.chance(0.5) ? Papers.enlarged(d, 100) : Papers.sharp(d, 100), 70, 70, 190);
      Papers cut = cutOut(p, 0);
      boolean light = r.nextBoolean();
      for (int i = 0; light && i < cut.grey.length; i++) {
        cut.grey[i] = 255 - cut.grey[i];
      }
      return cut;
    });
  }

  /** The ink's box and so much paper around. */
  private static Papers cutOut(Papers p, int margin) {
    int[] box = {p.height, 0, p.width, 0};
    for (int i = 0; i < p.grey.length; i++) {
      if (p.grey[i] < 130) {
        box[0] = Math.min(box[0], i / p.width);
        box[1] = Math.max(box[1], i / p.width + 1);
        box[2] = Math.min(box[2], i % p.width);
        box[3] = Math.max(box[3], i % p.width + 1);
      }
    }
    return p.cropped(box[0] - margin, box[2] - margin, box[1] - box[0] + 2 * margin, box[3] - box[2] + 2 * margin);
  }

  private static Papers smallOnPage(byte[] d, Random r, double share) {
    Papers p = new Papers(r.nextBoolean() ? 600 : 1200, r.nextBoolean() ? 600 : 900, 200 + r.nextInt(50), r);
    int shorter = Math.min(p.height, p.width);
    float size = (float) Math.max(share * shorter, 22 * Math.max(1, Math.max(p.height, p.width) / 256) / 2);
    p.ink(Papers.sharp(d, size), p.height * p.between(0.25, 0.75), p.width * p.between(0.25, 0.75), p.between(130, 190));
    p.noise(p.between(1, 5));
    p.jpeg(p.between(0.7, 0.95));
    return p;
  }

  private static Papers pencil(byte[] d, Random r, double low, double high) {
    Papers p = page(r);
    write(p, d, 0.28, 0.6, p.between(low, high));
    p.noise(p.between(1, 3.5));
    return p;
  }

  private static Papers noisy(byte[] d, Random r, double low, double high) {
    Papers p = page(r);
    write(p, d, 0.28, 0.6, p.between(100, 170));
    p.noise(p.between(low, high));
    return p;
  }

  private static Papers shadowed(byte[] d, Random r, float soft) {
    Papers p = written(r, d);
    float y = p.digitTop + p.digitSize * p.between(0.2, 0.8);
    float x = p.digitLeft + p.digitSize * p.between(0.2, 0.8);
    p.shadow(y, x, r.nextInt(4) == 0 ? Math.PI / 2 * r.nextInt(4) : p.between(0, 6.28), p.between(0.3, 0.7), soft);
    return scanned(p);
  }

  static float shade(Papers p, String name) {
    return switch (name) {
      case "light" -> p.between(0.82, 0.92);
      case "mid" -> p.between(0.6, 0.82);
      default -> p.between(0.15, 0.5);
    };
  }

  /** Parallel lines over the whole page, a little turned. */
  static void ruled(Papers p, float spacing, float thickness, float factor, double turn, boolean upright) {
    double start = p.between(0, spacing);
    double reach = p.height + p.width;
    for (double at = start - reach; at < reach; at += spacing) {
      double dy = Math.tan(turn) * (upright ? p.height : p.width);
      if (upright) {
        p.line(at, 0, at + dy, p.height, thickness, factor);
      } else {
        p.line(0, at, p.width, at + dy, thickness, factor);
      }
    }
  }

  private static void lines() {
    for (String shade : new String[] {"light", "mid", "dark"}) {
      kind("ruled/" + shade, 0.95, (d, r) -> {
        Papers p = page(r);
        ruled(p, p.between(28, 70), p.between(1, 3), shade(p, shade), 0, false);
        return scanned(write(p, d, 0.28, 0.6, p.between(140, 190)));
      });
      kind("ruled/turned, " + shade, 0.95, (d, r) -> {
        Papers p = page(r);
        ruled(p, p.between(28, 70), p.between(1, 3), shade(p, shade), p.between(-0.07, 0.07), false);
        return scanned(write(p, d, 0.28, 0.6, p.between(140, 190)));
      });
      kind("squared/" + shade, 0.95, (d, r) -> {
        Papers p = page(r);
        float spacing = p.between(16, 60);
        float thickness = p.between(1, 2.2);
        float factor = shade(p, shade);
        double turn = p.chance(0.5) ? 0 : p.between(-0.05, 0.05);
        ruled(p, spacing, thickness, factor, turn, false);
        ruled(p, spacing, thickness, factor, -turn, true);
        return scanned(write(p, d, 0.28, 0.6, p.between(140, 190)));
      });
    }
    kind("ruled/margin", 0.95, (d, r) -> {
      Papers p = page(r);
      float factor = shade(p, "mid");
      ruled(p, p.between(28, 50), p.between(1, 2), factor, 0, false);
      float x = p.width * p.between(0.08, 0.3);
      p.line(x, 0, x, p.height, p.between(1, 3), shade(p, "dark"));
      return scanned(write(p, d, 0.28, 0.5, p.between(140, 190)));
    });
    kind("underline", 0.95, (d, r) -> {
      Papers p = written(r, d);
      float y = p.digitTop + p.digitSize + p.between(4, 18);
      float half = p.digitSize * p.between(0.5, 1);
      float x = p.digitLeft + p.digitSize / 2f;
      p.line(x - half, y, x + half, y + p.between(-3, 3), p.between(1.5, 5), shade(p, "dark"));
      return scanned(p);
    });
    kind("table", 0.95, (d, r) -> {
      Papers p = written(r, d);
      float cellH = p.digitSize * p.between(1.15, 1.6);
      float cellW = p.digitSize * p.between(1.15, 2);
      float thickness = p.between(1, 3.5);
      float factor = shade(p, p.chance(0.5) ? "dark" : "mid");
      float middleY = p.digitTop + p.digitSize / 2f;
      float middleX = p.digitLeft + p.digitSize / 2f;
      for (int k = -8; k < 8; k++) {
        p.line(0, middleY + (k + 0.5) * cellH, p.width, middleY + (k + 0.5) * cellH, thickness, factor);
        p.line(middleX + (k + 0.5) * cellW, 0, middleX + (k + 0.5) * cellW, p.height, thickness, factor);
      }
      return scanned(p);
    });
    kind("box/around", 0.95, (d, r) -> boxed(d, r, 1.25, 1.9, 0));
    kind("box/close", 0.95, (d, r) -> boxed(d, r, 1.06, 1.2, 0));
    kind("box/turned", 0.95, (d, r) -> boxed(d, r, 1.25, 1.6, 0.07));
    kind("box/crossed", 0.95, (d, r) -> boxed(d, r, 0.85, 0.98, 0));
  }

  private static Papers boxed(byte[] d, Random r, double low, double high, double turn) {
    Papers p = page(r);
    write(p, d, 0.3, 0.5, p.between(140, 190));
    float half = p.digitSize / 2f * p.between(low, high);
    float halfW = half * p.between(0.9, 1.1);
    float y = p.digitTop + p.digitSize / 2f;
    float x = p.digitLeft + p.digitSize / 2f;
    double a = p.between(-turn, turn);
    float thickness = p.between(1, 4);
    float factor = shade(p, p.chance(0.7) ? "dark" : "mid");
    float e = thickness / 2;
    double[][] corners = {{-halfW, -half}, {halfW, -half}, {halfW, half}, {-halfW, half}};
    for (int k = 0; k < 4; k++) {
      double[] from = corners[k];
      double[] to = corners[(k + 1) % 4];
      double ex = Math.signum(to[0] - from[0]) * e;
      double ey = Math.signum(to[1] - from[1]) * e;
      double cos = Math.cos(a);
      double sin = Math.sin(a);
      double fromX = from[0] - ex;
      double fromY = from[1] - ey;
      double toX = to[0] + ex;
      double toY = to[1] + ey;
      p.line(x + fromX * cos - fromY * sin, y + fromX * sin + fromY * cos, x + toX * cos - toY * sin, y + toX * sin + toY * cos, thickness,
          factor);
    }
    return scanned(p);
  }

  /** Cells of forms, cut out with some of their lines. */
  private static void cells() {
    int[][] sides = {{1, 2, 4, 8}, {3, 5, 6, 9, 10, 12}, {7, 11, 13, 14}, {15}};
    String[] names = {"one side", "two sides", "three sides", "four sides"};
    for (int k = 0; k < 4; k++) {
      int[] masks = sides[k];
      kind("cell lines/" + names[k], k == 0 ? 0.95 : k == 3 ? 0.9 : 0.93, (d, r) -> {
        Papers p = new Papers(100 + r.nextInt(140), 100 + r.nextInt(140), 200 + r.nextInt(50), r);
        write(p, d, 0.5, 0.8, p.between(130, 190));
        int mask = p.pick(masks);
        float thickness = p.between(1, 5);
        float factor = shade(p, p.chance(0.6) ? "dark" : "mid");
        float turn = p.chance(0.6) ? 0 : p.between(-2.5, 2.5);
        for (int side = 0; side < 4; side++) {
          if ((mask >> side & 1) == 1) {
            float off = p.between(-thickness / 2 + 0.5, 0.04 * Math.min(p.height, p.width));
            switch (side) {
              case 0 -> p.line(0, off + turn, p.width, off - turn, thickness, factor);
              case 1 -> p.line(0, p.height - off + turn, p.width, p.height - off - turn, thickness, factor);
              case 2 -> p.line(off + turn, 0, off - turn, p.height, thickness, factor);
              default -> p.line(p.width - off + turn, 0, p.width - off - turn, p.height, thickness, factor);
            }
          }
        }
        return scanned(p);
      });
    }
  }

  private static void edges() {
    for (String shade : new String[] {"black", "white"}) {
      kind("scanner edge/" + shade, 0.95, (d, r) -> {
        Papers p = written(r, d);
        scannerEdge(p, r.nextInt(4), shade.equals("black") ? 2 : 253);
        if (p.chance(0.3)) {
          scannerEdge(p, r.nextInt(4), shade.equals("black") ? 2 : 253);
        }
        return scanned(p);
      });
    }
    kind("scanner edge/inverted", 0.95, (d, r) -> {
      Papers p = new Papers(240, 240, r.nextInt(60), r);
      write(p, d, 0.28, 0.6, -p.between(100, 190));
      scannerEdge(p, r.nextInt(4), r.nextBoolean() ? 2 : 253);
      return scanned(p);
    });
  }

  static void scannerEdge(Papers p, int side, float level) {
    int length = side < 2 ? p.height : p.width;
    int band = Math.max(2, Math.round(length * p.between(0.01, 0.12)));
    for (int i = 0; i < p.grey.length; i++) {
      int y = i / p.width;
      int x = i % p.width;
      if (side == 0 && y < band || side == 1 && y >= p.height - band || side == 2 && x < band || side == 3 && x >= p.width - band) {
        p.grey[i] = level;
      }
    }
  }

  /** 28x28 that nobody prepared. */
  private static void small() {
    kind("28x28/dim", 0.98, (d, r) -> from28(d, r, 0, 0.2f + 0.4f * r.nextFloat(), 0, 0));
    kind("28x28/dark on light", 0.98, (d, r) -> from28(d, r, 255, -1, 0, 0));
    kind("28x28/dim, dark on light", 0.98, (d, r) -> from28(d, r, 150 + r.nextInt(100), -0.25f - 0.3f * r.nextFloat(), 0, 0));
    kind("28x28/noise", 0.95, (d, r) -> from28(d, r, 20 + r.nextInt(20), 0.8f, 3 + 7 * r.nextFloat(), 0));
    kind("28x28/off centre", 0.97, (d, r) -> from28(d, r, 0, 1, 0, 1 + r.nextInt(4)));
    kind("28x28/jpeg", 0.97, (d, r) -> {
      Papers p = from28(d, r, 0, 1, 0, 0);
      p.jpeg(p.between(0.5, 0.9));
      return p;
    });
    kind("28x28/small", 0.93, (d, r) -> {
      Papers p = new Papers(28, 28, r.nextBoolean() ? 0 : 255, r);
      p.ink(Papers.enlarged(d, 12 + r.nextInt(4)), 14, 14, p.grey[0] > 0 ? 230 : -230);
      return p;
    });
  }

  private static Papers from28(byte[] d, Random r, float paper, float gain, float noise, int off) {
    Papers p = new Papers(28, 28, paper, r);
    int dy = off == 0 ? 0 : p.pick(-off, 0, off);
    int dx = off == 0 ? 0 : p.pick(-off, off);
    for (int i = 0; i < 784; i++) {
      int y = i / 28 + dy;
      int x = i % 28 + dx;
      if (y >= 0 && y < 28 && x >= 0 && x < 28) {
        p.grey[y * 28 + x] += gain * (d[i] & 0xFF);
      }
    }
    p.noise(noise);
    return p;
  }
}
