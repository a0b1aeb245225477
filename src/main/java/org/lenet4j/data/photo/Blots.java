package org.lenet4j.data.photo;

import java.util.ArrayList;
import java.util.List;

/** What hangs together in a mask, 8-connected, with its place and its weight. */
final class Blots {
  /** One: rows {@code top} to {@code bottom - 1}, columns {@code left} to {@code right - 1}; its mass is the sum of its ink. */
  record Blot(int number, int area, float mass, int top, int bottom, int left, int right) {
    int height() {
      return bottom - top;
    }

    int width() {
      return right - left;
    }

    int longer() {
      return Math.max(height(), width());
    }

    /** How far its box is from another's, in pixels; 0 where they overlap. */
    int gap(Blot other) {
      int y = Math.max(0, Math.max(top - other.bottom, other.top - bottom));
      int x = Math.max(0, Math.max(left - other.right, other.left - right));
      return Math.max(y, x);
    }

    Blot with(Blot other) {
      return new Blot(number, area + other.area, mass + other.mass, Math.min(top, other.top), Math.max(bottom, other.bottom),
          Math.min(left, other.left), Math.max(right, other.right));
    }
  }

  final int[] number; // (height, width): of each pixel's blot, from 1 on; 0 for none
  final List<Blot> all = new ArrayList<>();

  Blots(boolean[] mask, float[] ink, int height, int width) {
    number = new int[mask.length];
    int[] stack = new int[mask.length];
    for (int i = 0; i < mask.length; i++) {
      if (!mask[i] || number[i] != 0) {
        continue;
      }
      int n = all.size() + 1;
      int depth = 0;
      stack[depth++] = i;
      number[i] = n;
      int area = 0;
      float mass = 0;
      int top = height;
      int bottom = 0;
      int left = width;
      int right = 0;
      while (depth > 0) {
        int p = stack[--depth];
        int py = p / width;
        int px = p - py * width;
        area++;
        mass += ink[p];
        top = Math.min(top, py);
        bottom = Math.max(bottom, py + 1);
        left = Math.min(left, px);
        right = Math.max(right, px + 1);
        for (int y = Math.max(0, py - 1); y <= Math.min(height - 1, py + 1); y++) {
          for (int x = Math.max(0, px - 1); x <= Math.min(width - 1, px + 1); x++) {
            int q = y * width + x;
            if (mask[q] && number[q] == 0) {
              number[q] = n;
              stack[depth++] = q;
            }
          }
        }
      }
      all.add(new Blot(n, area, mass, top, bottom, left, right));
    }
  }
}
