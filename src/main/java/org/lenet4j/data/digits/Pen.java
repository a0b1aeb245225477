package org.lenet4j.data.digits;

import java.util.Arrays;

/** Inks a skeleton with a round pen and frames it as MNIST does. */
public final class Pen {
  private static final int SIDE = 28;
  private static final int BOX = 20; // MNIST's digits fit a box of 20x20
  private static final int STEPS = 5; // line segments between two control points
  private static final int MAX = 512;

  private final float[] x = new float[MAX]; // the flattened skeleton
  private final float[] y = new float[MAX];
  private final float[] radius = new float[MAX]; // half the pen's width at each point, pixels
  private final boolean[] starts = new boolean[MAX];
  private int points;
  private final float[] ink = new float[SIDE * SIDE]; // coverage, 0..1

  /** Renders into {@code (28, 28)} unsigned bytes at {@code offset}. */
  public void render(Strokes digit, byte[] image, int offset) {
    flatten(digit);
    frame(digit);
    Arrays.fill(ink, 0);
    for (int i = 1; i < points; i++) {
      if (!starts[i]) {
        segment(i - 1, i);
      }
    }
    centre(image, offset);
  }

  /** Catmull-Rom splines become short lines. */
  private void flatten(Strokes digit) {
    points = 0;
    for (int i = 0; i < digit.points; i++) {
      if (digit.starts[i]) {
        add(digit.x[i], digit.y[i], true);
        continue;
      }
      int before = digit.starts[i - 1] ? i - 1 : i - 2;
      int after = i + 1 < digit.points && !digit.starts[i + 1] ? i + 1 : i;
      if (digit.x[i] == digit.x[i - 1] && digit.y[i] == digit.y[i - 1]) {
        continue; // a corner's second point
      }
      for (int s = 1; s <= STEPS; s++) {
        float t = (float) s / STEPS;
        add(catmullRom(digit.x[before], digit.x[i - 1], digit.x[i], digit.x[after], t),
            catmullRom(digit.y[before], digit.y[i - 1], digit.y[i], digit.y[after], t), false);
      }
    }
  }

  private static float catmullRom(float a, float b, float c, float d, float t) {
    return 0.5f * (2 * b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))));
  }

  private void add(float px, float py, boolean start) {
    x[points] = px;
    y[points] = py;
    starts[points++] = start;
  }

  /** Scales the skeleton so that the ink's longer side is 20 pixels, in the middle of the image. */
  private void frame(Strokes digit) {
    float pen = digit.pen;
    float pressure = digit.between(0, 0.25f);
    float phase = digit.between(0, 6.28f);
    float left = Float.MAX_VALUE;
    float right = -Float.MAX_VALUE;
    float top = Float.MAX_VALUE;
    float bottom = -Float.MAX_VALUE;
    for (int i = 0; i < points; i++) {
      left = Math.min(left, x[i]);
      right = Math.max(right, x[i]);
      top = Math.min(top, y[i]);
      bottom = Math.max(bottom, y[i]);
      radius[i] = pen * (1 + pressure * (float) Math.sin(phase + 0.15f * i));
    }
    float scale = (BOX - 2 * pen * (1 + pressure)) / Math.max(right - left, bottom - top);
    float middleX = (left + right) / 2;
    float middleY = (top + bottom) / 2;
    for (int i = 0; i < points; i++) {
      x[i] = SIDE / 2f + (x[i] - middleX) * scale;
      y[i] = SIDE / 2f + (y[i] - middleY) * scale;
    }
  }

  /** A line with round ends: a pixel's coverage falls from 1 to 0 over the one pixel around the edge. */
  private void segment(int a, int b) {
    float reach = Math.max(radius[a], radius[b]) + 0.5f;
    int x0 = Math.max(0, (int) Math.floor(Math.min(x[a], x[b]) - reach));
    int x1 = Math.min(SIDE - 1, (int) Math.ceil(Math.max(x[a], x[b]) + reach));
    int y0 = Math.max(0, (int) Math.floor(Math.min(y[a], y[b]) - reach));
    int y1 = Math.min(SIDE - 1, (int) Math.ceil(Math.max(y[a], y[b]) + reach));
    float dx = x[b] - x[a];
    float dy = y[b] - y[a];
    float inverse = 1 / Math.max(1e-9f, dx * dx + dy * dy);
    for (int py = y0; py <= y1; py++) {
      for (int px = x0; px <= x1; px++) {
        float qx = px + 0.5f - x[a];
        float qy = py + 0.5f - y[a];
        float t = Math.max(0, Math.min(1, (qx * dx + qy * dy) * inverse));
        float r = radius[a] + t * (radius[b] - radius[a]) + 0.5f;
        float ex = qx - t * dx;
        float ey = qy - t * dy;
        float d2 = ex * ex + ey * ey;
        if (d2 < r * r) {
          float cover = Math.min(1, r - (float) Math.sqrt(d2));
          int i = py * SIDE + px;
          if (cover > ink[i]) {
            ink[i] = cover;
          }
        }
      }
    }
  }

  /** Moves the centre of mass to the centre, by whole pixels as MNIST does. */
  private void centre(byte[] image, int offset) {
    float mass = 0;
    float sumX = 0;
    float sumY = 0;
    for (int i = 0; i < ink.length; i++) {
      mass += ink[i];
      sumX += ink[i] * (i % SIDE);
      sumY += ink[i] * (i / SIDE);
    }
    int shiftX = clamp(Math.round((SIDE - 1) / 2f - sumX / mass));
    int shiftY = clamp(Math.round((SIDE - 1) / 2f - sumY / mass));
    for (int i = 0; i < ink.length; i++) {
      int px = i % SIDE - shiftX;
      int py = i / SIDE - shiftY;
      boolean inside = px >= 0 && px < SIDE && py >= 0 && py < SIDE;
      image[offset + i] = inside ? (byte) Math.round(255 * ink[py * SIDE + px]) : 0;
    }
  }

  private static int clamp(int shift) {
    return Math.max(-4, Math.min(4, shift)); // the box of 20 stays inside 28
  }
}
