package org.lenet4j.data.digits;

/**
 * How people write the ten digits: for each the order of its strokes, with the ranges in which their points lie and the variants that
 * occur (a one with a flag and no foot, a two with a loop, an open four, a barred seven). The box is about 1 by 1.
 */
final class Shapes {
  private final Strokes d;

  Shapes(Strokes strokes) {
    d = strokes;
  }

  void draw(int digit) {
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
  }

  private void zero() {
    float w = d.chance(0.2f) ? d.between(0.5f, 0.85f) : d.between(0.18f, 0.5f);
    float turn = d.between(-0.6f, 1.1f); // where the pen starts on the oval
    float gap = d.chance(0.5f) ? d.between(-0.9f, 0) : d.between(0, 0.45f); // the end overlaps the start, or misses it
    float inward = d.between(0.6f, 1.3f); // where it ends, and below where it starts: inside the oval or outside
    float before = d.chance(0.3f) ? d.between(0.8f, 1.35f) : 1;
    float egg = d.between(-0.3f, 0.3f); // one end rounder than the other
    int n = 9;
    for (int i = 0; i <= n; i++) {
      double a = -Math.PI / 2 - turn - (2 * Math.PI - gap) * i / n;
      float r = i == 0 ? before : i == n ? inward : i == n - 1 ? (1 + inward) / 2 : 1;
      float py = r * 0.5f * (float) Math.sin(a);
      d.point(i == 0, 0.5f + r * w * (1 + egg * 2 * py) * (float) Math.cos(a), 0.5f + py);
    }
    if (d.chance(0.1f)) { // the pen goes on into the middle
      d.to(0.5f + d.between(-0.6f, 0.6f) * w, d.between(0.2f, 0.6f));
    }
  }

  private void one() {
    d.pen *= d.chance(0.4f) ? d.between(1, 2) : 1; // all stroke: the thickest there are
    boolean flag = d.chance(0.55f);
    if (flag) {
      // From a tick to the long upstroke of European writers, which is steeper the longer it is: a flat one belongs to a seven.
      float length = d.between(0.12f, 0.72f);
      double below = Math.toRadians(d.between(22, 52) + 20 * Math.max(0, length - 0.3f)); // the horizontal
      float startX = 0.5f - length * (float) Math.cos(below);
      float startY = length * (float) Math.sin(below);
      d.start(startX, startY);
      if (d.chance(0.25f)) { // bent, as a hook
        d.to((startX + 0.5f) / 2 + d.between(-0.05f, 0.05f), startY / 2 + d.between(-0.06f, 0.06f));
      }
      d.corner(0.5f, 0);
    } else {
      d.start(0.5f, 0);
    }
    float bend = d.chance(0.4f) ? d.between(-0.06f, 0.06f) : 0;
    d.to(0.5f + bend, 0.33f);
    d.to(0.5f + bend, 0.67f);
    d.to(0.5f, 1);
    if (d.chance(flag ? 0.25f : 0.06f)) { // foot
      float foot = d.between(0.15f, 0.4f);
      float tilt = d.between(-0.06f, 0.06f);
      d.start(0.5f - foot, 1 + tilt);
      d.to(0.5f, 1);
      d.to(0.5f + foot * d.between(0.6f, 1.3f), 1 - tilt);
    }
  }

  private void two() {
    float left = d.between(0.02f, 0.28f);
    float right = d.between(0.6f, 0.92f);
    if (d.chance(0.2f)) { // flat top, as a z
      d.start(left, d.between(0, 0.16f));
      d.to((left + right) / 2, d.between(-0.05f, 0.06f));
      d.to(right, d.between(0, 0.12f));
    } else {
      d.start(left, d.between(0.1f, 0.4f));
      if (d.chance(0.7f)) {
        d.to(left + d.between(0.04f, 0.16f), d.between(0.03f, 0.14f));
      }
      d.to(d.between(0.38f, 0.56f), d.between(-0.04f, 0.05f));
      d.to(right, d.between(0.14f, 0.36f));
    }
    d.to(d.between(0.42f, 0.68f), d.between(0.48f, 0.7f));
    float style = d.between(0, 1);
    if (style < 0.5f) { // loop at the lower left, up to a big round one
      float size = d.between(0.05f, 0.42f);
      float low = d.between(0.84f, 1);
      d.to(d.between(0.14f, 0.34f), low);
      d.to(d.between(-0.14f, 0.12f), low - size * d.between(0.2f, 0.6f));
      d.to(d.between(0.1f, 0.28f), low - size);
      d.to(d.between(0.36f, 0.6f), low - size * d.between(0.1f, 0.7f));
      float tail = d.between(-0.1f, 0.24f); // up or down
      d.to(d.between(0.58f, 0.8f), 0.94f + tail / 2);
      if (d.chance(0.6f)) {
        d.to(d.between(0.8f, 1.15f), 0.92f + tail);
      }
    } else {
      float bottom = d.between(0.86f, 1);
      d.corner(d.between(0, 0.24f), bottom);
      if (style < 0.7f) {
        d.to(d.between(0.35f, 0.5f), bottom - d.between(-0.03f, 0.1f));
      }
      d.to(d.between(0.55f, 0.8f), bottom + d.between(-0.04f, 0.1f));
      if (d.chance(0.7f)) {
        d.to(d.between(0.85f, 1.15f), bottom + d.between(-0.12f, 0.1f));
      }
    }
  }

  private void three() {
    float left = d.between(0, 0.28f);
    float waist = d.between(0.32f, 0.6f);
    float notch = d.between(0.2f, 0.56f);
    if (d.chance(0.2f)) { // flat top
      d.start(left, d.between(-0.02f, 0.1f));
      d.to(0.45f, d.between(-0.02f, 0.06f));
      d.corner(d.between(0.62f, 0.88f), d.between(-0.02f, 0.08f));
    } else {
      d.start(left, d.between(0.03f, 0.3f));
      d.to(d.between(0.34f, 0.54f), d.between(-0.03f, 0.04f));
      d.to(d.between(0.62f, 0.88f), d.between(0.1f, 0.28f));
    }
    float style = d.between(0, 1);
    if (style < 0.6f) {
      d.corner(notch, waist);
    } else if (style < 0.8f) {
      d.to(notch + 0.1f, waist - 0.03f); // a little loop at the waist
      d.to(notch - d.between(0.02f, 0.1f), waist + 0.01f);
      d.to(notch + 0.12f, waist + 0.04f);
    } else {
      d.to(notch + d.between(0.05f, 0.15f), waist); // no notch: round all through
    }
    d.to(d.between(0.64f, 0.95f), waist + d.between(0.12f, 0.28f));
    d.to(d.between(0.54f, 0.78f), d.between(0.84f, 0.96f));
    if (d.chance(0.8f)) {
      d.to(d.between(0.24f, 0.5f), d.between(0.95f, 1.05f));
      d.to(d.between(-0.1f, 0.2f), d.between(0.64f, 0.98f));
    } else {
      d.to(d.between(0.2f, 0.45f), d.between(0.95f, 1.1f)); // the tail goes on down
    }
  }

  private void four() {
    float bar = d.between(0.44f, 0.72f);
    float stem = d.between(0.55f, 0.85f);
    float leftEnd = d.between(0, 0.22f);
    float rightEnd = stem + d.between(-0.02f, 0.36f);
    float tilt = d.between(-0.12f, 0.08f);
    float foot = stem + d.between(-0.22f, 0.06f);
    float style = d.between(0, 1);
    if (style < 0.76f) { // open: down, across, then the stem
      d.start(d.between(0.02f, 0.4f), d.between(-0.05f, 0.24f));
      if (d.chance(0.5f)) {
        d.to(leftEnd + d.between(-0.02f, 0.1f), bar * d.between(0.5f, 0.8f));
      }
      if (d.chance(0.5f)) {
        d.corner(leftEnd, bar);
      } else {
        d.to(leftEnd + 0.02f, bar - 0.05f);
        d.to(leftEnd + d.between(0.1f, 0.2f), bar + d.between(-0.01f, 0.04f));
      }
      d.to((leftEnd + stem) / 2 + 0.05f, bar + tilt / 2 + d.between(-0.03f, 0.04f));
      float top = stem + d.between(-0.1f, 0.14f);
      float topY = d.between(-0.08f, 0.3f);
      if (style < 0.25f) { // in one stroke: across, up to the top of the stem, and down
        d.to(stem - d.between(0, 0.08f), bar + tilt - d.between(0, 0.12f));
        d.corner(top, topY);
      } else {
        d.to(rightEnd, bar + tilt);
        d.start(top, topY);
      }
    } else { // closed: one slanted line from the top of the stem
      float top = stem + d.between(-0.1f, 0.04f);
      d.start(top, 0);
      d.to((top + leftEnd) / 2 + d.between(-0.06f, 0.04f), bar / 2);
      d.corner(leftEnd, bar);
      d.to((leftEnd + stem) / 2, bar + tilt / 2);
      d.to(rightEnd, bar + tilt);
      d.start(top, d.between(-0.04f, 0.04f));
    }
    d.to(stem + d.between(-0.04f, 0.05f), 0.5f);
    d.to(foot, 1);
  }

  private void five() {
    float left = d.between(0.14f, 0.4f);
    float waist = d.between(0.3f, 0.52f);
    float barY = d.between(-0.06f, 0.16f);
    float right = d.between(0.62f, 1.15f);
    float style = d.between(0, 1);
    if (style < 0.55f) { // in one stroke from the right
      d.start(right, barY + d.between(-0.1f, 0.04f));
      d.to((left + right) / 2, barY + d.between(-0.03f, 0.06f));
      if (style < 0.4f) {
        d.corner(left, d.between(0, 0.1f));
      } else {
        d.to(left, d.between(0.02f, 0.14f)); // round, as an S
      }
    } else {
      d.start(left + d.between(-0.04f, 0.06f), d.between(0, 0.12f));
    }
    d.to(left - d.between(-0.03f, 0.1f), waist * d.between(0.45f, 0.7f));
    if (d.chance(0.7f)) {
      d.corner(left - d.between(-0.03f, 0.14f), waist);
    } else {
      d.to(left + d.between(0, 0.1f), waist);
    }
    d.to(d.between(0.38f, 0.58f), waist - d.between(-0.08f, 0.12f));
    d.to(d.between(0.6f, 0.92f), d.between(0.52f, 0.78f));
    d.to(d.between(0.44f, 0.7f), d.between(0.86f, 0.98f));
    if (d.chance(0.85f)) {
      d.to(d.between(0.2f, 0.42f), d.between(0.93f, 1.05f));
      d.to(d.between(-0.1f, 0.2f), d.between(0.62f, 0.98f));
    } else {
      d.to(d.between(0.14f, 0.4f), d.between(0.95f, 1.08f));
    }
    if (style >= 0.55f && style < 0.97f) { // the bar comes last, and may miss the rest
      d.start(left + d.between(-0.06f, 0.16f), barY);
      d.to((left + right) / 2, barY + d.between(-0.06f, 0.04f));
      d.to(right, barY + d.between(-0.16f, 0.06f));
    }
  }

  private void six() {
    float left = d.between(0.08f, 0.26f);
    float right = d.between(0.56f, 0.98f);
    float ring = d.between(0.42f, 0.72f); // top of the ring
    float middle = (left + right) / 2;
    d.start(d.between(0.22f, 0.9f), d.between(-0.04f, 0.1f));
    d.to(left + d.between(0.06f, 0.22f), d.between(0.16f, 0.34f));
    d.to(left, d.between(0.48f, 0.68f));
    d.to(left + d.between(0.02f, 0.12f), d.between(0.82f, 0.94f));
    d.to(middle, d.between(0.95f, 1.03f));
    d.to(right, (ring + 1) / 2 + d.between(-0.06f, 0.08f));
    d.to(middle + d.between(-0.02f, 0.14f), ring);
    if (d.chance(0.85f)) {
      d.to(left + d.between(0.04f, 0.2f), ring + d.between(0.04f, 0.2f));
      if (d.chance(0.7f)) {
        d.to(left + d.between(-0.06f, 0.14f), ring + d.between(0.18f, 0.36f));
      }
    }
  }

  private void seven() {
    float right = d.between(0.62f, 1);
    float topY = d.between(-0.02f, 0.14f);
    float sag = d.chance(0.3f) ? d.between(0.05f, 0.3f) : d.between(-0.05f, 0.08f); // of the top line
    if (d.chance(0.35f)) { // serif
      d.start(d.between(-0.04f, 0.18f), d.between(0.14f, 0.6f));
      if (d.chance(0.6f)) {
        d.corner(d.between(0, 0.22f), topY + d.between(-0.02f, 0.08f));
      } else {
        d.to(d.between(0.04f, 0.22f), topY + d.between(-0.02f, 0.1f));
      }
    } else {
      d.start(d.between(-0.05f, 0.24f), topY + d.between(-0.04f, 0.16f));
    }
    d.to(d.between(0.36f, 0.52f), topY + sag);
    if (d.chance(0.6f)) {
      d.corner(right, d.between(-0.06f, 0.1f));
    } else {
      d.to(right - d.between(0, 0.1f), d.between(-0.02f, 0.1f)); // one curve down into the stem
      d.to(right, d.between(0.12f, 0.26f));
    }
    float foot = d.between(0.14f, 0.6f);
    float bow = d.between(-0.1f, 0.14f);
    d.to(right + (foot - right) * 0.35f + bow, d.between(0.3f, 0.42f));
    d.to(right + (foot - right) * 0.7f + bow * d.between(0.3f, 1), d.between(0.62f, 0.74f));
    d.to(foot, 1);
    if (d.chance(0.06f)) {
      d.to(foot + d.between(0.05f, 0.25f), 1 + d.between(-0.06f, 0.04f));
    }
    if (d.chance(0.35f)) { // bar
      float barY = d.between(0.36f, 0.6f);
      d.start(d.between(0.14f, 0.4f), barY + d.between(-0.03f, 0.08f));
      d.to(d.between(0.64f, 0.95f), barY + d.between(-0.08f, 0.04f));
    }
  }

  private void eight() {
    float w1 = d.between(0.11f, 0.36f);
    float w2 = d.between(0.11f, 0.36f);
    float waist = d.between(0.3f, 0.68f);
    float cx = 0.5f + d.between(-0.08f, 0.2f); // of the upper ring
    float style = d.between(0, 1);
    if (style < 0.85f) { // an S and back
      float top = d.between(0, 0.12f);
      d.start(cx + w1 * d.between(0.3f, 1.6f), d.between(-0.02f, 0.28f));
      d.to(cx + d.between(-0.08f, 0.06f), d.between(-0.04f, 0.04f));
      d.to(cx - w1, waist * d.between(0.35f, 0.6f));
      d.to(0.5f + d.between(-0.08f, 0.06f), waist);
      d.to(0.5f + w2, (1 + waist) / 2 + d.between(-0.04f, 0.08f));
      d.to(0.5f + d.between(-0.08f, 0.06f), 1);
      d.to(0.5f - w2, (1 + waist) / 2 + d.between(-0.04f, 0.1f));
      d.to(0.5f + d.between(-0.06f, 0.08f), waist + d.between(-0.04f, 0.08f));
      d.to(cx + w1 * d.between(0.6f, 1.2f), waist * d.between(0.35f, 0.65f));
      if (style < 0.6f) {
        d.to(cx + w1 * d.between(0.2f, 1.2f), top);
      } else if (style < 0.7f) {
        d.to(cx + w1 * d.between(1, 2.2f), top - 0.06f); // the end sticks out
      }
    } else { // two rings
      ring(cx, waist / 2, w1, waist / 2, d.between(0, 6));
      ring(0.5f, (1 + waist) / 2, w2, (1 - waist) / 2, -1.57f + d.between(-0.5f, 0.5f));
    }
  }

  private void nine() {
    float right = d.between(0.56f, 0.9f);
    float left = d.between(-0.15f, 0.28f);
    float ring = d.between(0.34f, 0.6f); // bottom of the ring
    float middle = (left + right) / 2;
    d.start(right - d.between(-0.12f, 0.2f), d.between(-0.02f, 0.34f));
    d.to(middle + d.between(-0.06f, 0.12f), d.between(-0.06f, 0.08f));
    d.to(left, ring * d.between(0.4f, 0.8f));
    if (d.chance(0.75f)) {
      d.to(middle - d.between(-0.04f, 0.14f), ring);
    } else { // a pointed ring
      d.to(left + d.between(0, 0.1f), ring - d.between(-0.02f, 0.08f));
      d.to(middle + d.between(0, 0.1f), ring - d.between(-0.04f, 0.08f));
    }
    d.to(right - d.between(0.02f, 0.16f), ring * d.between(0.5f, 0.95f));
    float style = d.between(0, 1);
    if (style < 0.6f) {
      d.corner(right, d.between(0, 0.3f));
    } else if (style < 0.85f) {
      d.to(right, d.between(0.04f, 0.22f));
    } // else the ring runs on into the stem
    float foot = right - d.between(-0.1f, 0.45f);
    if (d.chance(0.75f)) { // straight stem
      d.to((right + foot) / 2 + d.between(-0.03f, 0.06f), 0.55f);
      d.to(foot, 1);
    } else { // curved
      d.to(right + d.between(-0.04f, 0.04f), 0.55f);
      d.to(right - d.between(0, 0.12f), 0.84f);
      d.to(d.between(0.3f, 0.52f), d.between(0.95f, 1.03f));
      d.to(d.between(0.04f, 0.3f), d.between(0.8f, 1));
    }
  }

  private void ring(float cx, float cy, float rx, float ry, float from) {
    for (int i = 0; i <= 7; i++) {
      double a = from - 2 * Math.PI * 1.05 * i / 7;
      d.point(i == 0, cx + rx * (float) Math.cos(a), cy + ry * (float) Math.sin(a));
    }
  }
}
