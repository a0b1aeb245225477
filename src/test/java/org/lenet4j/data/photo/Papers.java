package org.lenet4j.data.photo;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** A sheet of paper to draw on: its light, ink on it, and what a camera or a scanner does to it. Greys are 0 to 255. */
final class Papers {
  final int height;
  final int width;
  final float[] grey; // (height, width)
  final Random random;
  int digitTop; // where the last digit was put
  int digitLeft;
  int digitSize;

  Papers(int height, int width, float level, Random random) {
    this.height = height;
    this.width = width;
    this.random = random;
    grey = new float[height * width];
    Arrays.fill(grey, level);
  }

  float between(double low, double high) {
    return (float) (low + (high - low) * random.nextDouble());
  }

  int pick(int... values) {
    return values[random.nextInt(values.length)];
  }

  boolean chance(double share) {
    return random.nextDouble() < share;
  }

  /** How much of each pixel of {@code (size, size)} a 28x28 digit inks, smoothly enlarged, 0 to 1. */
  static float[] enlarged(byte[] digit, float size) {
    int side = Math.round(size * 28 / 20);
    float[] out = new float[side * side];
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        out[y * side + x] = cubic(digit, (y + 0.5f) * 28 / side - 0.5f, (x + 0.5f) * 28 / side - 0.5f);
      }
    }
    return out;
  }

  /** Catmull-Rom's cubic, as most programs that enlarge pictures have it. */
  private static float cubic(byte[] digit, float y, float x) {
    int y0 = (int) Math.floor(y);
    int x0 = (int) Math.floor(x);
    float sum = 0;
    for (int dy = -1; dy <= 2; dy++) {
      float wy = weight(y - y0 - dy);
      for (int dx = -1; dx <= 2; dx++) {
        int py = y0 + dy;
        int px = x0 + dx;
        if (py >= 0 && py < 28 && px >= 0 && px < 28) {
          sum += wy * weight(x - x0 - dx) * (digit[py * 28 + px] & 0xFF);
        }
      }
    }
    return Math.max(0, Math.min(1, sum / 255));
  }

  private static float weight(float t) {
    t = Math.abs(t);
    return t < 1 ? 1 + t * t * (1.5f * t - 2.5f) : t < 2 ? 2 + t * (-4 + t * (2.5f - 0.5f * t)) : 0;
  }

  /** A pen's sharp stroke: the enlarged digit cut at half, with one pixel of a soft edge. */
  static float[] sharp(byte[] digit, float size) {
    float[] out = enlarged(digit, size);
    float slope = Math.max(1.2f, size / 20 / 2); // ink rises over about two of 28 pixels
    for (int i = 0; i < out.length; i++) {
      out[i] = Math.max(0, Math.min(1, 0.5f + (out[i] - 0.45f) * slope));
    }
    return out;
  }

  /** The digit's middle line, drawn anew with a round pen of this width. */
  static float[] thin(byte[] digit, float size, float pen) {
    int n = 112; // four times 28
    float[] fine = enlarged(digit, 80);
    boolean[] on = new boolean[n * n];
    for (int i = 0; i < on.length; i++) {
      on[i] = fine[i] > 0.45f;
    }
    thinToSkeleton(on, n);
    int side = Math.round(size * 28 / 20);
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    g.setColor(Color.WHITE);
    g.setStroke(new BasicStroke(pen, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    float k = (float) side / n;
    for (int i = 0; i < on.length; i++) {
      if (on[i]) {
        for (int d : new int[] {0, 1, n - 1, n, n + 1}) {
          if (i + d < on.length && on[i + d]) {
            float[] a = smoothed(on, n, i);
            float[] b = smoothed(on, n, i + d);
            g.draw(new Line2D.Float(a[0] * k, a[1] * k, b[0] * k, b[1] * k));
          }
        }
      }
    }
    g.dispose();
    float[] out = new float[side * side];
    for (int i = 0; i < out.length; i++) {
      out[i] = image.getRaster().getSample(i % side, i / side, 0) / 255f;
    }
    return out;
  }

  private static float[] smoothed(boolean[] on, int n, int at) {
    float x = 0;
    float y = 0;
    int count = 0;
    for (int q = Math.max(0, at / n - 2); q <= Math.min(n - 1, at / n + 2); q++) {
      for (int p = Math.max(0, at % n - 2); p <= Math.min(n - 1, at % n + 2); p++) {
        if (on[q * n + p]) {
          x += p + 0.5f;
          y += q + 0.5f;
          count++;
        }
      }
    }
    return new float[] {x / count, y / count};
  }

  /** T. Y. Zhang and C. Y. Suen, "A fast parallel algorithm for thinning digital patterns", Comm. ACM 27(3), 1984. */
  private static void thinToSkeleton(boolean[] on, int n) {
    for (boolean changed = true; changed;) {
      changed = false;
      for (int pass = 0; pass < 2; pass++) {
        boolean[] was = on.clone();
        for (int y = 1; y < n - 1; y++) {
          for (int x = 1; x < n - 1; x++) {
            int i = y * n + x;
            if (!was[i]) {
              continue;
            }
            boolean[] p = {was[i - n], was[i - n + 1], was[i + 1], was[i + n + 1], was[i + n], was[i + n - 1], was[i - 1], was[i - n - 1]};
            int neighbours = 0;
            int turns = 0;
            for (int k = 0; k < 8; k++) {
              neighbours += p[k] ? 1 : 0;
              turns += !p[k] && p[(k + 1) % 8] ? 1 : 0;
            }
            boolean edge = pass == 0 ? !(p[2] && p[4] && (p[0] || p[6])) : !(p[0] && p[6] && (p[2] || p[4]));
            if (neighbours >= 2 && neighbours <= 6 && turns == 1 && edge) {
              on[i] = false;
              changed = true;
            }
          }
        }
      }
    }
  }

  /** Inks a square mask of a digit with its middle at a place; the ink takes this many greys away (or adds them). */
  void ink(float[] mask, float middleY, float middleX, float contrast) {
    int side = (int) Math.round(Math.sqrt(mask.length));
    int top = Math.round(middleY - side / 2f);
    int left = Math.round(middleX - side / 2f);
    digitSize = side * 20 / 28;
    digitTop = Math.round(middleY - digitSize / 2f);
    digitLeft = Math.round(middleX - digitSize / 2f);
    for (int y = Math.max(0, top); y < Math.min(height, top + side); y++) {
      for (int x = Math.max(0, left); x < Math.min(width, left + side); x++) {
        int i = y * width + x;
        float target = contrast > 0 ? Math.max(0, grey[i] - contrast) : Math.min(255, grey[i] - contrast);
        float share = mask[(y - top) * side + x - left];
        float mixed = (1 - share) * grey[i] + share * (contrast > 0 ? Math.max(target, 8) : target);
        grey[i] = contrast > 0 ? Math.min(grey[i], mixed) : mixed;
      }
    }
  }

  /** A straight line from (x0, y0) to (x1, y1), which darkens the paper to a share of its grey (above 1 it brightens). */
  void line(double x0, double y0, double x1, double y1, float thickness, float factor) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    g.setColor(Color.WHITE);
    g.setStroke(new BasicStroke(thickness, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
    g.draw(new Line2D.Double(x0, y0, x1, y1));
    g.dispose();
    byte[] cover = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    for (int i = 0; i < grey.length; i++) {
      if (cover[i] != 0) {
        float share = (cover[i] & 0xFF) / 255f;
        grey[i] *= 1 - share + share * factor;
      }
    }
  }

  /** A round blot. */
  void blot(float y0, float x0, float radius, float factor) {
    for (int y = Math.max(0, (int) (y0 - radius - 1)); y < Math.min(height, y0 + radius + 1); y++) {
      for (int x = Math.max(0, (int) (x0 - radius - 1)); x < Math.min(width, x0 + radius + 1); x++) {
        float share = Math.max(0, Math.min(1, radius + 0.5f - (float) Math.hypot(y + 0.5 - y0, x + 0.5 - x0)));
        grey[y * width + x] *= 1 - share + share * factor;
      }
    }
  }

  /** Light over the page, as a factor by place: both coordinates from -1 to 1. */
  interface Light {
    float at(float y, float x);
  }

  void light(Light light) {
    for (int i = 0; i < grey.length; i++) {
      grey[i] *= light.at(2 * (i / width + 0.5f) / height - 1, 2 * (i % width + 0.5f) / width - 1);
    }
  }

  /** A straight shadow: beyond a line through (y, x) at this angle only so much light falls; its edge is this many pixels soft. */
  void shadow(float y0, float x0, double angle, float factor, float soft) {
    for (int i = 0; i < grey.length; i++) {
      double distance = (i % width - x0) * Math.cos(angle) + (i / width - y0) * Math.sin(angle);
      float share = (float) Math.max(0, Math.min(1, 0.5 + distance / Math.max(1, soft)));
      grey[i] *= 1 - share + share * factor;
    }
  }

  void noise(float sigma) {
    for (int i = 0; i < grey.length; i++) {
      grey[i] += sigma * (float) random.nextGaussian();
    }
  }

  /** Fibres and clouds: noise that is smooth over some pixels. */
  void texture(float sigma, int scale) {
    int h = height / scale + 3;
    int w = width / scale + 3;
    float[] coarse = new float[h * w];
    for (int i = 0; i < coarse.length; i++) {
      coarse[i] = sigma * (float) random.nextGaussian();
    }
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        float fy = (float) y / scale;
        float fx = (float) x / scale;
        int i = (int) fy * w + (int) fx;
        fy -= (int) fy;
        fx -= (int) fx;
        float above = (1 - fx) * coarse[i] + fx * coarse[i + 1];
        float below = (1 - fx) * coarse[i + w] + fx * coarse[i + w + 1];
        grey[y * width + x] += (1 - fy) * above + fy * below;
      }
    }
  }

  /** The middle part. */
  Papers cropped(int top, int left, int h, int w) {
    Papers part = new Papers(h, w, 0, random);
    for (int y = 0; y < h; y++) {
      System.arraycopy(grey, (top + y) * width + left, part.grey, y * w, w);
    }
    return part;
  }

  byte[] bytes() {
    byte[] out = new byte[grey.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) Math.max(0, Math.min(255, Math.round(grey[i])));
    }
    return out;
  }

  BufferedImage image() {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setDataElements(0, 0, width, height, bytes());
    return image;
  }

  /** What JPEG leaves of it. */
  void jpeg(float quality) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionQuality(quality);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image(), null, null), param);
      out.flush();
      BufferedImage back = ImageIO.read(new ByteArrayInputStream(bytes.toByteArray()));
      back.getRaster().getSamples(0, 0, width, height, 0, grey);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
  }
}
