package org.lenet4j.data;

/**
 * The skeleton of one handwritten digit: strokes through control points, x to the right and y down, about 1 unit high. A stroke is a
 * Catmull-Rom spline through its points; at a corner the point stands twice.
 */
final class DigitStrokes {
  private static final int MAX = 64;

  final float[] x = new float[MAX]; // control points of all strokes
  final float[] y = new float[MAX];
  final boolean[] starts = new boolean[MAX]; // whether point i begins a stroke
  int points;
  private long seed;
  private int sample;
  private int draws;
  private final int[] block = new int[4];
  private float jitter;

  /** Draws the skeleton of a digit, hand-like distortion included. */
  void draw(int digit, long newSeed, int newSample) {
    seed = newSeed;
    sample = newSample;
    draws = 0;
    points = 0;
    jitter = between(0.005f, 0.03f);
    switch (digit) {
      case 0 -> zero();
      case 1 -> one();
      case 2 -> two();
      case 3 -> three();
      case 4 -> four();
      case 5 -> five();
      case 6 -> six();
      case 7 -> seven();
      case 8 -> eight();
      default -> nine();
    }
    distort(digit);
  }

  private void zero() {
    float w = between(0.22f, 0.46f);
    float turn = between(-0.5f, 0.9f); // where the pen starts on the oval
    float gap = chance(0.7f) ? between(-0.5f, 0.1f) : between(0.1f, 0.5f);
    float inward = chance(0.4f) ? between(0.75f, 1) : 1; // the end may miss the start
    int n = 9;
    for (int i = 0; i <= n; i++) {
      double a = -Math.PI / 2 - turn - (2 * Math.PI - gap) * i / n;
      float r = i >= n - 1 ? inward : 1;
      point(i == 0, 0.5f + r * w * (float) Math.cos(a), 0.5f + r * 0.5f * (float) Math.sin(a));
    }
  }

  private void one() {
    float top = 0.5f;
    if (chance(0.18f)) { // flag
      float length = between(0.08f, 0.3f);
      start(top - length, between(0.08f, 0.3f));
      corner(top, 0);
    } else {
      start(top, 0);
    }
    float bend = chance(0.4f) ? between(-0.06f, 0.06f) : 0;
    to(0.5f + bend, 0.33f);
    to(0.5f + bend, 0.67f);
    to(0.5f, 1);
    if (chance(0.07f)) { // foot
      float foot = between(0.12f, 0.32f);
      start(0.5f - foot, 1);
      to(0.5f, 1);
      to(0.5f + foot * between(0.6f, 1.2f), 1 + between(-0.04f, 0.04f));
    }
  }

  private void two() {
    float left = between(0.08f, 0.25f);
    float right = between(0.68f, 0.9f);
    start(left, between(0.12f, 0.34f));
    if (chance(0.75f)) {
      to(left + between(0.08f, 0.16f), between(0.03f, 0.12f));
    }
    to(between(0.42f, 0.56f), between(-0.02f, 0.04f));
    to(right, between(0.16f, 0.34f));
    to(between(0.5f, 0.68f), between(0.5f, 0.66f));
    float bottom = between(0.84f, 1);
    if (chance(0.45f)) { // loop at the lower left
      float size = between(0.06f, 0.2f);
      to(between(0.18f, 0.3f), 0.93f);
      to(between(0.04f, 0.14f), 0.93f - size * 0.3f);
      to(between(0.14f, 0.24f), 0.9f - size);
      to(between(0.36f, 0.5f), 0.88f);
    } else {
      corner(between(0.04f, 0.2f), between(0.9f, 1));
      if (chance(0.4f)) {
        to(between(0.35f, 0.5f), bottom - between(-0.02f, 0.06f));
      }
    }
    to(between(0.62f, 0.8f), between(0.9f, 1));
    to(between(0.85f, 1.1f), between(0.82f, 1));
  }

  private void three() {
    float left = between(0.1f, 0.25f);
    float waist = between(0.42f, 0.52f);
    float notch = between(0.28f, 0.55f);
    if (chance(0.12f)) { // flat top
      start(left, between(0, 0.06f));
      corner(between(0.66f, 0.82f), between(0, 0.05f));
    } else {
      start(left, between(0.06f, 0.26f));
      to(between(0.36f, 0.52f), between(-0.02f, 0.03f));
      to(between(0.66f, 0.82f), between(0.14f, 0.26f));
    }
    if (chance(0.65f)) {
      corner(notch, waist);
    } else {
      to(notch + 0.08f, waist - 0.03f); // a little loop at the waist
      to(notch - 0.05f, waist + 0.01f);
      to(notch + 0.1f, waist + 0.04f);
    }
    to(between(0.7f, 0.88f), between(0.62f, 0.74f));
    to(between(0.6f, 0.76f), between(0.86f, 0.95f));
    to(between(0.3f, 0.5f), between(0.97f, 1.03f));
    to(between(0, 0.2f), between(0.78f, 0.95f));
  }

  private void four() {
    float bar = between(0.5f, 0.72f);
    float stem = between(0.6f, 0.8f);
    float leftEnd = between(0.02f, 0.2f);
    float rightEnd = stem + between(0.02f, 0.3f);
    float tilt = between(-0.08f, 0.06f);
    if (chance(0.72f)) { // open: down, across, then the stem
      start(between(0.08f, 0.36f), between(0, 0.2f));
      if (chance(0.5f)) {
        to(leftEnd + between(0, 0.08f), bar * between(0.5f, 0.8f));
      }
      if (chance(0.55f)) {
        corner(leftEnd, bar);
      } else {
        to(leftEnd + 0.02f, bar - 0.05f);
        to(leftEnd + 0.12f, bar + 0.01f);
      }
      to((leftEnd + stem) / 2 + 0.05f, bar + tilt / 2 + between(-0.02f, 0.03f));
      to(rightEnd, bar + tilt);
      start(stem + between(-0.06f, 0.12f), between(-0.05f, 0.25f));
      to(stem + between(-0.03f, 0.05f), 0.5f);
      to(stem + between(-0.12f, 0.05f), 1);
    } else { // closed: one slanted line from the top of the stem
      float top = stem + between(-0.06f, 0.04f);
      start(top, 0);
      to((top + leftEnd) / 2 + between(-0.04f, 0.04f), bar / 2);
      corner(leftEnd, bar);
      to((leftEnd + stem) / 2, bar + tilt / 2);
      to(rightEnd, bar + tilt);
      start(top, 0);
      to(stem, 0.5f);
      to(stem + between(-0.1f, 0.04f), 1);
    }
  }

  private void five() {
    float left = between(0.16f, 0.34f);
    float waist = between(0.36f, 0.5f);
    float barY = between(-0.04f, 0.12f);
    float right = between(0.7f, 1);
    boolean oneStroke = chance(0.5f);
    if (oneStroke) {
      start(right, barY + between(-0.06f, 0.04f));
      to((left + right) / 2, barY + between(-0.02f, 0.04f));
      corner(left, between(0, 0.08f));
    } else {
      start(left, between(0, 0.1f));
    }
    to(left - between(-0.02f, 0.08f), waist * 0.55f);
    corner(left - between(-0.02f, 0.1f), waist);
    to(between(0.42f, 0.56f), waist - between(-0.03f, 0.1f));
    to(between(0.68f, 0.86f), between(0.58f, 0.74f));
    to(between(0.5f, 0.7f), between(0.88f, 0.98f));
    to(between(0.24f, 0.42f), between(0.95f, 1.03f));
    to(between(0, 0.16f), between(0.78f, 0.95f));
    if (!oneStroke) {
      start(left + between(-0.03f, 0.1f), barY);
      to((left + right) / 2, barY + between(-0.05f, 0.03f));
      to(right, barY + between(-0.1f, 0.04f));
    }
  }

  private void six() {
    float left = between(0.12f, 0.24f);
    float right = between(0.62f, 0.88f);
    float ring = between(0.48f, 0.66f); // top of the ring
    start(between(0.5f, 0.82f), between(0, 0.08f));
    to(between(0.3f, 0.42f), between(0.16f, 0.3f));
    to(left, between(0.5f, 0.64f));
    to(left + between(0.02f, 0.1f), between(0.84f, 0.92f));
    to((left + right) / 2, between(0.97f, 1.02f));
    to(right, between(0.74f, 0.86f));
    to((left + right) / 2 + between(0.04f, 0.14f), ring);
    to(left + between(0.08f, 0.18f), ring + between(0.06f, 0.16f));
    to(left + between(-0.02f, 0.1f), ring + between(0.18f, 0.3f));
  }

  private void seven() {
    float right = between(0.72f, 0.92f);
    float topY = between(0, 0.1f);
    if (chance(0.25f)) { // serif
      start(between(0.04f, 0.16f), between(0.16f, 0.3f));
      corner(between(0.06f, 0.18f), topY + between(0, 0.06f));
    } else {
      start(between(0.02f, 0.2f), topY + between(-0.02f, 0.12f));
    }
    to(between(0.4f, 0.5f), topY + between(-0.03f, 0.06f));
    if (chance(0.6f)) {
      corner(right, between(-0.02f, 0.08f));
    } else {
      to(right, between(0, 0.1f));
    }
    to(between(0.56f, 0.72f), between(0.32f, 0.45f));
    to(between(0.38f, 0.54f), between(0.62f, 0.72f));
    to(between(0.24f, 0.5f), 1);
    if (chance(0.2f)) { // bar
      float barY = between(0.42f, 0.56f);
      start(between(0.22f, 0.38f), barY + between(0, 0.05f));
      to(between(0.7f, 0.9f), barY + between(-0.06f, 0.02f));
    }
  }

  private void eight() {
    float w1 = between(0.16f, 0.3f);
    float w2 = between(0.2f, 0.34f);
    float waist = between(0.38f, 0.54f);
    float cx = 0.5f + between(-0.03f, 0.08f); // of the upper ring
    if (chance(0.75f)) { // an S and back
      start(cx + w1 * between(0.5f, 1), between(0.08f, 0.22f));
      to(cx, between(-0.02f, 0.03f));
      to(cx - w1, waist * 0.5f);
      to(0.5f + between(-0.03f, 0.03f), waist);
      to(0.5f + w2, (1 + waist) / 2 + between(-0.02f, 0.05f));
      to(0.5f + between(-0.04f, 0.04f), 1);
      to(0.5f - w2, (1 + waist) / 2 + between(-0.02f, 0.06f));
      to(0.5f + between(-0.02f, 0.05f), waist + between(-0.02f, 0.06f));
      to(cx + w1 * between(0.7f, 1), waist * between(0.4f, 0.6f));
      to(cx + w1 * between(0.2f, 0.9f), between(0, 0.14f));
    } else { // two rings
      float start = between(0, 6);
      ring(cx, waist / 2, w1, waist / 2, start);
      ring(0.5f, (1 + waist) / 2, w2, (1 - waist) / 2, -1.57f + between(-0.4f, 0.4f));
    }
  }

  private void nine() {
    float right = between(0.6f, 0.82f);
    float left = between(0.12f, 0.26f);
    float ring = between(0.4f, 0.56f); // bottom of the ring
    start(right - between(0, 0.06f), between(0.08f, 0.24f));
    to((left + right) / 2 + between(-0.03f, 0.06f), between(-0.02f, 0.04f));
    to(left, ring * between(0.5f, 0.7f));
    to((left + right) / 2 - between(0.02f, 0.1f), ring);
    to(right - between(0.04f, 0.12f), ring * between(0.62f, 0.82f));
    if (chance(0.6f)) {
      corner(right, between(0.08f, 0.2f));
    } else {
      to(right, between(0.08f, 0.2f));
    }
    if (chance(0.6f)) { // straight stem
      to(right - between(-0.02f, 0.06f), 0.55f);
      to(right - between(-0.02f, 0.2f), 1);
    } else { // curved
      to(right + between(-0.02f, 0.04f), 0.55f);
      to(right - between(0, 0.1f), 0.86f);
      to(between(0.36f, 0.52f), between(0.97f, 1.02f));
      to(between(0.14f, 0.3f), between(0.86f, 0.98f));
    }
  }

  private void ring(float cx, float cy, float rx, float ry, float from) {
    for (int i = 0; i <= 7; i++) {
      double a = from - 2 * Math.PI * 1.05 * i / 7;
      point(i == 0, cx + rx * (float) Math.cos(a), cy + ry * (float) Math.sin(a));
    }
  }

  /** Bends the whole digit by two slow waves, then slants, turns and stretches it. */
  private void distort(int digit) {
    float bend = between(0, 0.05f);
    float[] w = new float[12];
    for (int i = 0; i < w.length; i++) {
      w[i] = between(-1, 1);
    }
    float slant = between(-0.25f, 0.6f);
    float angle = between(-0.18f, 0.18f);
    float stretch = (float) Math.exp(between(-0.3f, 0.25f));
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

  private void start(float px, float py) {
    point(true, px, py);
  }

  private void to(float px, float py) {
    point(false, px, py);
  }

  private void corner(float px, float py) {
    point(false, px, py);
    x[points] = x[points - 1];
    y[points] = y[points - 1];
    starts[points++] = false;
  }

  private void point(boolean start, float px, float py) {
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

  /** About normal: the sum of four uniform numbers, which needs no logarithm. */
  float gauss() {
    return (uniform() + uniform() + uniform() + uniform() - 2) * 1.732f;
  }

  private float uniform() {
    if ((draws & 3) == 0) {
      Philox.block(seed, draws >>> 2, Philox.DIGITS, sample, 0, block);
    }
    return (block[draws++ & 3] >>> 8) * 0x1p-24f;
  }
}
