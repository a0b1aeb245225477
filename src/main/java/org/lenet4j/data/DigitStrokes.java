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
  float pen; // half its width when the digit is framed, pixels
  private float jitter;

  /** Draws the skeleton of a digit, hand-like distortion included. */
  void draw(int digit, long newSeed, int newSample) {
    seed = newSeed;
    sample = newSample;
    draws = 0;
    points = 0;
    jitter = between(0.005f, 0.04f);
    pen = 0.6f + 1.6f * between(0, 1) * between(0.5f, 1) + (chance(0.06f) ? between(0, 1.2f) : 0);
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
    float w = between(0.2f, 0.5f);
    float turn = between(-0.6f, 1.1f); // where the pen starts on the oval
    float gap = chance(0.5f) ? between(-0.9f, 0) : between(0, 0.45f); // the end overlaps the start, or misses it
    float inward = between(0.6f, 1.3f);
    float egg = between(-0.3f, 0.3f); // one end rounder than the other
    int n = 9;
    for (int i = 0; i <= n; i++) {
      double a = -Math.PI / 2 - turn - (2 * Math.PI - gap) * i / n;
      float r = i == n ? inward : i == n - 1 ? (1 + inward) / 2 : 1;
      float py = r * 0.5f * (float) Math.sin(a);
      point(i == 0, 0.5f + r * w * (1 + egg * 2 * py) * (float) Math.cos(a), 0.5f + py);
    }
    if (chance(0.1f)) { // the pen goes on into the middle
      to(0.5f + between(-0.6f, 0.6f) * w, between(0.2f, 0.6f));
    }
  }

  private void one() {
    boolean flag = chance(0.25f);
    if (flag) {
      start(0.5f - between(0.1f, 0.36f), between(0.08f, 0.34f));
      corner(0.5f, 0);
    } else {
      start(0.5f, 0);
    }
    pen *= chance(0.3f) ? between(1, 1.8f) : 1; // its frame is the same even if people write it small, with the same pens
    float bend = chance(0.4f) ? between(-0.06f, 0.06f) : 0;
    to(0.5f + bend, 0.33f);
    to(0.5f + bend, 0.67f);
    to(0.5f, 1);
    if (chance(flag ? 0.55f : 0.06f)) { // foot
      float foot = between(0.15f, 0.4f);
      float tilt = between(-0.06f, 0.06f);
      start(0.5f - foot, 1 + tilt);
      to(0.5f, 1);
      to(0.5f + foot * between(0.6f, 1.3f), 1 - tilt);
    }
  }

  private void two() {
    float left = between(0.02f, 0.28f);
    float right = between(0.6f, 0.92f);
    if (chance(0.2f)) { // flat top, as a z
      start(left, between(0, 0.16f));
      to((left + right) / 2, between(-0.05f, 0.06f));
      to(right, between(0, 0.12f));
    } else {
      start(left, between(0.1f, 0.4f));
      if (chance(0.7f)) {
        to(left + between(0.04f, 0.16f), between(0.03f, 0.14f));
      }
      to(between(0.38f, 0.56f), between(-0.04f, 0.05f));
      to(right, between(0.14f, 0.36f));
    }
    to(between(0.42f, 0.68f), between(0.48f, 0.7f));
    float style = between(0, 1);
    if (style < 0.5f) { // loop at the lower left, up to a big round one
      float size = between(0.05f, 0.42f);
      float low = between(0.84f, 1);
      to(between(0.14f, 0.34f), low);
      to(between(-0.14f, 0.12f), low - size * between(0.2f, 0.6f));
      to(between(0.1f, 0.28f), low - size);
      to(between(0.36f, 0.6f), low - size * between(0.1f, 0.7f));
      float tail = between(-0.1f, 0.24f); // up or down
      to(between(0.58f, 0.8f), 0.94f + tail / 2);
      if (chance(0.6f)) {
        to(between(0.8f, 1.15f), 0.92f + tail);
      }
    } else {
      float bottom = between(0.86f, 1);
      corner(between(0, 0.24f), bottom);
      if (style < 0.7f) {
        to(between(0.35f, 0.5f), bottom - between(-0.03f, 0.1f));
      }
      to(between(0.55f, 0.8f), bottom + between(-0.04f, 0.1f));
      if (chance(0.7f)) {
        to(between(0.85f, 1.15f), bottom + between(-0.12f, 0.1f));
      }
    }
  }

  private void three() {
    float left = between(0, 0.28f);
    float waist = between(0.32f, 0.6f);
    float notch = between(0.2f, 0.56f);
    if (chance(0.2f)) { // flat top
      start(left, between(-0.02f, 0.1f));
      to(0.45f, between(-0.02f, 0.06f));
      corner(between(0.62f, 0.88f), between(-0.02f, 0.08f));
    } else {
      start(left, between(0.03f, 0.3f));
      to(between(0.34f, 0.54f), between(-0.03f, 0.04f));
      to(between(0.62f, 0.88f), between(0.1f, 0.28f));
    }
    float style = between(0, 1);
    if (style < 0.6f) {
      corner(notch, waist);
    } else if (style < 0.8f) {
      to(notch + 0.1f, waist - 0.03f); // a little loop at the waist
      to(notch - between(0.02f, 0.1f), waist + 0.01f);
      to(notch + 0.12f, waist + 0.04f);
    } else {
      to(notch + between(0.05f, 0.15f), waist); // no notch: round all through
    }
    to(between(0.64f, 0.95f), waist + between(0.12f, 0.28f));
    to(between(0.54f, 0.78f), between(0.84f, 0.96f));
    if (chance(0.8f)) {
      to(between(0.24f, 0.5f), between(0.95f, 1.05f));
      to(between(-0.1f, 0.2f), between(0.64f, 0.98f));
    } else {
      to(between(0.2f, 0.45f), between(0.95f, 1.1f)); // the tail goes on down
    }
  }

  private void four() {
    float bar = between(0.44f, 0.72f);
    float stem = between(0.55f, 0.85f);
    float leftEnd = between(0, 0.22f);
    float rightEnd = stem + between(-0.02f, 0.36f);
    float tilt = between(-0.12f, 0.08f);
    float foot = stem + between(-0.22f, 0.06f);
    float style = between(0, 1);
    if (style < 0.76f) { // open: down, across, then the stem
      start(between(0.02f, 0.4f), between(-0.05f, 0.24f));
      if (chance(0.5f)) {
        to(leftEnd + between(-0.02f, 0.1f), bar * between(0.5f, 0.8f));
      }
      if (chance(0.5f)) {
        corner(leftEnd, bar);
      } else {
        to(leftEnd + 0.02f, bar - 0.05f);
        to(leftEnd + between(0.1f, 0.2f), bar + between(-0.01f, 0.04f));
      }
      to((leftEnd + stem) / 2 + 0.05f, bar + tilt / 2 + between(-0.03f, 0.04f));
      float top = stem + between(-0.1f, 0.14f);
      float topY = between(-0.08f, 0.3f);
      if (style < 0.25f) { // in one stroke: across, up to the top of the stem, and down
        to(stem - between(0, 0.08f), bar + tilt - between(0, 0.12f));
        corner(top, topY);
      } else {
        to(rightEnd, bar + tilt);
        start(top, topY);
      }
    } else { // closed: one slanted line from the top of the stem
      float top = stem + between(-0.1f, 0.04f);
      start(top, 0);
      to((top + leftEnd) / 2 + between(-0.06f, 0.04f), bar / 2);
      corner(leftEnd, bar);
      to((leftEnd + stem) / 2, bar + tilt / 2);
      to(rightEnd, bar + tilt);
      start(top, between(-0.04f, 0.04f));
    }
    to(stem + between(-0.04f, 0.05f), 0.5f);
    to(foot, 1);
  }

  private void five() {
    float left = between(0.14f, 0.4f);
    float waist = between(0.3f, 0.52f);
    float barY = between(-0.06f, 0.16f);
    float right = between(0.62f, 1.15f);
    float style = between(0, 1);
    if (style < 0.55f) { // in one stroke from the right
      start(right, barY + between(-0.1f, 0.04f));
      to((left + right) / 2, barY + between(-0.03f, 0.06f));
      if (style < 0.4f) {
        corner(left, between(0, 0.1f));
      } else {
        to(left, between(0.02f, 0.14f)); // round, as an S
      }
    } else {
      start(left + between(-0.04f, 0.06f), between(0, 0.12f));
    }
    to(left - between(-0.03f, 0.1f), waist * between(0.45f, 0.7f));
    if (chance(0.7f)) {
      corner(left - between(-0.03f, 0.14f), waist);
    } else {
      to(left + between(0, 0.1f), waist);
    }
    to(between(0.38f, 0.58f), waist - between(-0.08f, 0.12f));
    to(between(0.6f, 0.92f), between(0.52f, 0.78f));
    to(between(0.44f, 0.7f), between(0.86f, 0.98f));
    if (chance(0.85f)) {
      to(between(0.2f, 0.42f), between(0.93f, 1.05f));
      to(between(-0.1f, 0.2f), between(0.62f, 0.98f));
    } else {
      to(between(0.14f, 0.4f), between(0.95f, 1.08f));
    }
    if (style >= 0.55f && style < 0.97f) { // the bar comes last, and may miss the rest
      start(left + between(-0.06f, 0.16f), barY);
      to((left + right) / 2, barY + between(-0.06f, 0.04f));
      to(right, barY + between(-0.16f, 0.06f));
    }
  }

  private void six() {
    float left = between(0.08f, 0.26f);
    float right = between(0.56f, 0.98f);
    float ring = between(0.42f, 0.72f); // top of the ring
    float middle = (left + right) / 2;
    start(between(0.22f, 0.9f), between(-0.04f, 0.1f));
    to(left + between(0.06f, 0.22f), between(0.16f, 0.34f));
    to(left, between(0.48f, 0.68f));
    to(left + between(0.02f, 0.12f), between(0.82f, 0.94f));
    to(middle, between(0.95f, 1.03f));
    to(right, (ring + 1) / 2 + between(-0.06f, 0.08f));
    to(middle + between(-0.02f, 0.14f), ring);
    if (chance(0.85f)) {
      to(left + between(0.04f, 0.2f), ring + between(0.04f, 0.2f));
      if (chance(0.7f)) {
        to(left + between(-0.06f, 0.14f), ring + between(0.18f, 0.36f));
      }
    }
  }

  private void seven() {
    float right = between(0.62f, 1);
    float topY = between(-0.02f, 0.14f);
    float sag = chance(0.3f) ? between(0.05f, 0.3f) : between(-0.05f, 0.08f); // of the top line
    if (chance(0.35f)) { // serif
      start(between(-0.04f, 0.18f), between(0.14f, 0.6f));
      if (chance(0.6f)) {
        corner(between(0, 0.22f), topY + between(-0.02f, 0.08f));
      } else {
        to(between(0.04f, 0.22f), topY + between(-0.02f, 0.1f));
      }
    } else {
      start(between(-0.05f, 0.24f), topY + between(-0.04f, 0.16f));
    }
    to(between(0.36f, 0.52f), topY + sag);
    if (chance(0.6f)) {
      corner(right, between(-0.06f, 0.1f));
    } else {
      to(right - between(0, 0.1f), between(-0.02f, 0.1f)); // one curve down into the stem
      to(right, between(0.12f, 0.26f));
    }
    float foot = between(0.14f, 0.6f);
    float bow = between(-0.1f, 0.14f);
    to(right + (foot - right) * 0.35f + bow, between(0.3f, 0.42f));
    to(right + (foot - right) * 0.7f + bow * between(0.3f, 1), between(0.62f, 0.74f));
    to(foot, 1);
    if (chance(0.06f)) {
      to(foot + between(0.05f, 0.25f), 1 + between(-0.06f, 0.04f));
    }
    if (chance(0.2f)) { // bar
      float barY = between(0.4f, 0.6f);
      start(between(0.14f, 0.4f), barY + between(-0.03f, 0.08f));
      to(between(0.64f, 0.95f), barY + between(-0.08f, 0.04f));
    }
  }

  private void eight() {
    float w1 = between(0.08f, 0.36f);
    float w2 = between(0.08f, 0.36f);
    float waist = between(0.3f, 0.68f);
    float cx = 0.5f + between(-0.08f, 0.2f); // of the upper ring
    float style = between(0, 1);
    if (style < 0.85f) { // an S and back
      float top = between(0, 0.12f);
      start(cx + w1 * between(0.3f, 1.6f), between(-0.02f, 0.28f));
      to(cx + between(-0.08f, 0.06f), between(-0.04f, 0.04f));
      to(cx - w1, waist * between(0.35f, 0.6f));
      to(0.5f + between(-0.08f, 0.06f), waist);
      to(0.5f + w2, (1 + waist) / 2 + between(-0.04f, 0.08f));
      to(0.5f + between(-0.08f, 0.06f), 1);
      to(0.5f - w2, (1 + waist) / 2 + between(-0.04f, 0.1f));
      to(0.5f + between(-0.06f, 0.08f), waist + between(-0.04f, 0.08f));
      to(cx + w1 * between(0.6f, 1.2f), waist * between(0.35f, 0.65f));
      if (style < 0.6f) {
        to(cx + w1 * between(0.2f, 1.2f), top);
      } else if (style < 0.7f) {
        to(cx + w1 * between(1, 2.2f), top - 0.06f); // the end sticks out
      }
    } else { // two rings
      ring(cx, waist / 2, w1, waist / 2, between(0, 6));
      ring(0.5f, (1 + waist) / 2, w2, (1 - waist) / 2, -1.57f + between(-0.5f, 0.5f));
    }
  }

  private void nine() {
    float right = between(0.56f, 0.9f);
    float left = between(0, 0.28f);
    float ring = between(0.34f, 0.6f); // bottom of the ring
    float middle = (left + right) / 2;
    start(right - between(-0.12f, 0.2f), between(-0.02f, 0.34f));
    to(middle + between(-0.06f, 0.12f), between(-0.06f, 0.08f));
    to(left, ring * between(0.4f, 0.8f));
    if (chance(0.75f)) {
      to(middle - between(-0.04f, 0.14f), ring);
    } else { // a pointed ring
      to(left + between(0, 0.1f), ring - between(-0.02f, 0.08f));
      to(middle + between(0, 0.1f), ring - between(-0.04f, 0.08f));
    }
    to(right - between(0.02f, 0.16f), ring * between(0.5f, 0.95f));
    float style = between(0, 1);
    if (style < 0.6f) {
      corner(right, between(0, 0.3f));
    } else if (style < 0.85f) {
      to(right, between(0.04f, 0.22f));
    } // else the ring runs on into the stem
    float foot = right - between(-0.1f, 0.45f);
    if (chance(0.75f)) { // straight stem
      to((right + foot) / 2 + between(-0.03f, 0.06f), 0.55f);
      to(foot, 1);
    } else { // curved
      to(right + between(-0.04f, 0.04f), 0.55f);
      to(right - between(0, 0.12f), 0.84f);
      to(between(0.3f, 0.52f), between(0.95f, 1.03f));
      to(between(0.04f, 0.3f), between(0.8f, 1));
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

  private boolean chance(float probability) {
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
