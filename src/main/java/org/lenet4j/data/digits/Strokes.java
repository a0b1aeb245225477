package org.lenet4j.data.digits;

import org.lenet4j.random.Philox;

/**
 * The skeleton of one handwritten digit: strokes through control points, x to the right and y down, about 1 unit high. A stroke is a
 * Catmull-Rom spline through its points; at a corner the point stands twice.
 */
public final class Strokes {
  private static final int MAX = 64;

  final float[] x = new float[MAX]; // control points of all strokes
  final float[] y = new float[MAX];
  final boolean[] starts = new boolean[MAX]; // whether point i begins a stroke
  int points;
  float pen; // half its width when the digit is framed, pixels
  private long seed;
  private int sample;
  private int draws;
  private final int[] block = new int[4];
  private float jitter;
  private final Shapes shapes = new Shapes(this);

  /** Draws the skeleton of a digit, hand-like distortion included. */
  public void draw(int digit, long newSeed, int newSample) {
    seed = newSeed;
    sample = newSample;
    draws = 0;
    points = 0;
    jitter = between(0.005f, 0.04f);
    pen = 0.6f + 1.6f * between(0, 1) * between(0.5f, 1) + (chance(0.06f) ? between(0, 1.2f) : 0);
    shapes.draw(digit);
    distort();
  }

  /** Bends the whole digit by slow waves, then slants, turns and stretches it. */
  private void distort() {
    float bend = between(0, 0.08f);
    float[] w = new float[12];
    for (int i = 0; i < w.length; i++) {
      w[i] = between(-1, 1);
    }
    float slant = 0.18f + 0.28f * gauss();
    float angle = 0.12f * gauss();
    float stretch = (float) Math.exp(0.28f * gauss());
    float cos = (float) Math.cos(angle);
    float sin = (float) Math.sin(angle);
    for (int i = 0; i < points; i++) {
      float px = x[i];
      float py = y[i];
      float dx = bend * (w[0] * wave(py * 0.8f + w[1]) + w[2] * wave(px * 0.8f + py * 0.5f + w[3]) + w[4] * wave(px * 1.2f + w[5]));
      float dy = bend * (w[6] * wave(px * 0.8f + w[7]) + w[8] * wave(py * 0.8f - px * 0.5f + w[9]) + w[10] * wave(py * 1.2f + w[11]));
      px = (px + dx - 0.5f) * stretch;
      py = py + dy - 0.5f;
      px -= slant * py;
      x[i] = cos * px - sin * py;
      y[i] = sin * px + cos * py;
    }
  }

  private static float wave(float turns) {
    return (float) Math.sin(2 * Math.PI * turns);
  }

  void start(float px, float py) {
    point(true, px, py);
  }

  void to(float px, float py) {
    point(false, px, py);
  }

  void corner(float px, float py) {
    point(false, px, py);
    x[points] = x[points - 1];
    y[points] = y[points - 1];
    starts[points++] = false;
  }

  void point(boolean start, float px, float py) {
    x[points] = px + jitter * gauss();
    y[points] = py + jitter * gauss();
    starts[points++] = start;
  }

  boolean chance(float probability) {
    return uniform() < probability;
  }

  float between(float low, float high) {
    return low + (high - low) * uniform();
  }

  /** About normal: the sum of four random bytes, which needs no logarithm. */
  private float gauss() {
    int bits = bits();
    return ((bits & 0xFF) + (bits >>> 8 & 0xFF) + (bits >>> 16 & 0xFF) + (bits >>> 24) - 510) * (1 / 147.8f);
  }

  private float uniform() {
    return (bits() >>> 8) * 0x1p-24f;
  }

  private int bits() {
    if ((draws & 3) == 0) {
      Philox.block(seed, draws >>> 2, Philox.DIGITS, sample, 0, block);
    }
    return block[draws++ & 3];
  }
}
