package org.lenet4j.data.photo;

import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/** Pictures without a digit. */
final class BlankKinds {
  private BlankKinds() {}

  private static void blank(Map<String, PaperKinds.Kind> all, String name, Function<Random, Papers> draw) {
    all.put("blank/" + name, new PaperKinds.Kind((digit, random) -> draw.apply(random), 1, true));
  }

  static void add(Map<String, PaperKinds.Kind> all) {
    blank(all, "even", r -> new Papers(50 + r.nextInt(250), 50 + r.nextInt(250), new int[] {0, 255, 128, 240, 30}[r.nextInt(5)], r));
    blank(all, "scanned", r -> PaperKinds.scanned(PaperKinds.page(r)));
    blank(all, "gradient", r -> {
      Papers p = PaperKinds.page(r);
      double angle = p.between(0, 6.28);
      float strength = p.between(0.2, 1);
      p.light((y, x) -> 1 - strength * (0.5f + 0.35f * (float) (y * Math.sin(angle) + x * Math.cos(angle))));
      return r.nextBoolean() ? p : PaperKinds.scanned(p);
    });
    blank(all, "noise", r -> {
      Papers p = PaperKinds.page(r);
      p.noise(p.between(4, 40));
      return p;
    });
    blank(all, "jpeg noise", r -> {
      Papers p = PaperKinds.page(r);
      p.noise(p.between(2, 20));
      p.jpeg(p.between(0.3, 0.9));
      return p;
    });
    blank(all, "one pixel", r -> {
      Papers p = PaperKinds.page(r);
      p.grey[r.nextInt(p.grey.length)] = r.nextInt(100);
      return r.nextBoolean() ? p : PaperKinds.scanned(p);
    });
    blank(all, "specks", r -> {
      Papers p = PaperKinds.page(r);
      for (int i = 0; i < 1 + r.nextInt(20); i++) {
        p.blot(p.between(0, p.height), p.between(0, p.width), p.between(0.5, 3), p.between(0.2, 0.6));
      }
      return PaperKinds.scanned(p);
    });
    blank(all, "frame", r -> {
      Papers p = PaperKinds.page(r);
      float m = p.between(2, 50);
      float thickness = p.between(1, 5);
      float factor = PaperKinds.shade(p, p.chance(0.6) ? "dark" : "mid");
      for (float[] l : new float[][] {{m, m, p.width - m, m}, {m, p.height - m, p.width - m, p.height - m}, {m, m, m, p.height - m},
          {p.width - m, m, p.width - m, p.height - m}}) {
        p.line(l[0], l[1], l[2], l[3], thickness, factor);
      }
      return PaperKinds.scanned(p);
    });
    for (String shade : new String[] {"light", "mid", "dark"}) {
      blank(all, "ruled, " + shade, r -> {
        Papers p = PaperKinds.page(r);
        float factor = PaperKinds.shade(p, shade);
        PaperKinds.ruled(p, p.between(28, 70), p.between(1, 3), factor, p.chance(0.5) ? 0 : p.between(-0.07, 0.07), false);
        return PaperKinds.scanned(p);
      });
      blank(all, "squared, " + shade, r -> {
        Papers p = PaperKinds.page(r);
        float spacing = p.between(16, 60);
        float thickness = p.between(1, 2.2);
        float factor = PaperKinds.shade(p, shade);
        double turn = p.chance(0.5) ? 0 : p.between(-0.05, 0.05);
        PaperKinds.ruled(p, spacing, thickness, factor, turn, false);
        PaperKinds.ruled(p, spacing, thickness, factor, -turn, true);
        return PaperKinds.scanned(p);
      });
    }
    blank(all, "shadow", r -> {
      Papers p = PaperKinds.page(r);
      p.shadow(p.height * p.between(0.3, 0.7), p.width * p.between(0.3, 0.7), p.between(0, 6.28), p.between(0.3, 0.7), r.nextInt(30));
      return PaperKinds.scanned(p);
    });
    blank(all, "scanner edge", r -> {
      Papers p = PaperKinds.page(r);
      PaperKinds.scannerEdge(p, r.nextInt(4), r.nextBoolean() ? 2 : 253);
      return PaperKinds.scanned(p);
    });
    blank(all, "vignette", r -> {
      Papers p = PaperKinds.page(r);
      float strength = p.between(0.2, 0.5);
      p.light((y, x) -> 1 - strength * (y * y + x * x));
      return PaperKinds.scanned(p);
    });
    blank(all, "texture", r -> {
      Papers p = PaperKinds.page(r);
      p.texture(p.between(2, 12), p.pick(2, 3, 6, 12, 30, 60));
      return PaperKinds.scanned(p);
    });
    blank(all, "28x28", r -> {
      Papers p = new Papers(28, 28, new int[] {0, 255, 128, 240, 30}[r.nextInt(5)], r);
      p.noise(r.nextInt(3) * 6);
      return p;
    });
  }
}
