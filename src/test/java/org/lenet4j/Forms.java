package org.lenet4j;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.SplittableRandom;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Preprocess;
import org.lenet4j.data.Shape;

/**
 * The forms in which people write digits, drawn by Java 2D on pages of 240x240 and read by {@link Preprocess}: what checks the pretrained
 * net. It has nothing in common with {@link org.lenet4j.data.SyntheticDigits}, which the net was trained on: other curves, pens and
 * distortions. A form is drawn in a box of 1 by 1, y down.
 */
public enum Forms {
  ONE_FLAG_35("1, flag of 35%, no foot", 1) {
    @Override void draw(Page p) {
      p.one(0.35, false);
    }
  },
  ONE_FLAG_45("1, flag of 45%, no foot", 1) {
    @Override void draw(Page p) {
      p.one(0.45, false);
    }
  },
  ONE_FLAG_55("1, flag of 55%, no foot", 1) {
    @Override void draw(Page p) {
      p.one(0.55, false);
    }
  },
  ONE_FLAG_65("1, flag of 65%, no foot", 1) {
    @Override void draw(Page p) {
      p.one(0.65, false);
    }
  },
  ONE_FLAG_SHORT("1, flag of 15 to 30%, no foot", 1) {
    @Override void draw(Page p) {
      p.one(p.between(0.15, 0.3), false);
    }
  },
  ONE_FLAG_FOOT("1, flag of 35 to 65% and foot", 1) {
    @Override void draw(Page p) {
      p.one(p.between(0.35, 0.65), true);
    }
  },
  ONE_FOOT("1, foot alone", 1) {
    @Override void draw(Page p) {
      p.one(0, true);
    }
  },
  ONE("1, a line", 1) {
    @Override void draw(Page p) {
      p.one(0, false);
    }
  },
  SEVEN("7, plain", 7) {
    @Override void draw(Page p) {
      p.seven(false, false);
    }
  },
  SEVEN_BAR("7, bar", 7) {
    @Override void draw(Page p) {
      p.seven(false, true);
    }
  },
  SEVEN_SERIF("7, serif", 7) {
    @Override void draw(Page p) {
      p.seven(true, false);
    }
  },
  SEVEN_SERIF_BAR("7, serif and bar", 7) {
    @Override void draw(Page p) {
      p.seven(true, true);
    }
  },
  FOUR_OPEN("4, open", 4) {
    @Override void draw(Page p) {
      double bar = p.between(0.5, 0.68);
      p.move(p.between(0.05, 0.25), p.between(0, 0.15)).line(p.between(0, 0.15), bar).line(0.95, bar + p.between(-0.06, 0.03));
      p.move(p.between(0.62, 0.75), p.between(0, 0.3)).line(p.between(0.58, 0.68), 1);
    }
  },
  FOUR_CLOSED("4, closed", 4) {
    @Override void draw(Page p) {
      double bar = p.between(0.58, 0.72);
      p.move(0.68, 1).line(0.66, 0).line(p.between(-0.02, 0.1), bar).line(0.95, bar + p.between(-0.03, 0.03));
    }
  },
  SIX("6, straight back", 6) {
    @Override void draw(Page p) {
      p.move(p.between(0.55, 0.75), 0).curve(0.35, 0.2, 0.08, 0.5, 0.08, 0.72);
      p.curve(0.08, 1.08, 0.85, 1.1, 0.85, p.between(0.66, 0.78)).curve(0.85, 0.42, 0.2, 0.5, 0.1, 0.75);
    }
  },
  SIX_LOOP("6, large loop", 6) {
    @Override void draw(Page p) {
      p.move(p.between(0.75, 0.9), p.between(0, 0.12)).curve(0.3, -0.1, 0.05, 0.3, 0.05, 0.65);
      p.curve(0.05, 1.12, 0.95, 1.12, 0.95, 0.66).curve(0.95, 0.25, 0.15, 0.3, 0.07, 0.62);
    }
  },
  NINE("9, straight stem", 9) {
    @Override void draw(Page p) {
      p.nine().line(p.between(0.6, 0.85), 1);
    }
  },
  NINE_CURVED("9, curved stem", 9) {
    @Override void draw(Page p) {
      p.nine().curve(0.88, 0.7, 0.8, 1.0, p.between(0.35, 0.5), 1).curve(0.3, 1, 0.15, 0.95, 0.1, p.between(0.8, 0.9));
    }
  },
  ZERO("0", 0) {
    @Override void draw(Page p) {
      double w = p.between(0.28, 0.45);
      p.path.append(new Ellipse2D.Double(0.5 - w, 0, 2 * w, 1), false);
    }
  },
  TWO_LOOP("2, loop", 2) {
    @Override void draw(Page p) {
      p.two().curve(0.4, 0.8, 0.1, 1.05, 0.05, 0.9).curve(0.02, 0.78, 0.3, 0.8, 0.45, 0.92).curve(0.6, 1.02, 0.8, 1, 0.95, 0.88);
    }
  },
  TWO("2, corner", 2) {
    @Override void draw(Page p) {
      p.two().line(p.between(0, 0.12), 1).line(p.between(0.85, 1), p.between(0.95, 1));
    }
  },
  THREE("3, round", 3) {
    @Override void draw(Page p) {
      p.move(0.1, p.between(0.1, 0.2)).curve(0.3, -0.1, 0.85, -0.05, 0.8, 0.22).curve(0.78, 0.4, 0.55, 0.45, 0.35, 0.46);
      p.three();
    }
  },
  THREE_FLAT("3, flat top", 3) {
    @Override void draw(Page p) {
      p.move(0.12, 0.02).line(0.82, 0).line(p.between(0.35, 0.45), 0.42);
      p.three();
    }
  },
  FIVE("5", 5) {
    @Override void draw(Page p) {
      double left = p.between(0.15, 0.28);
      p.move(p.between(0.75, 0.95), 0).line(left, 0.02).line(left - 0.05, 0.45);
      p.curve(0.5, 0.3, 0.92, 0.4, 0.9, 0.68).curve(0.88, 1.02, 0.35, 1.08, 0.05, p.between(0.84, 0.92));
    }
  },
  EIGHT("8", 8) {
    @Override void draw(Page p) {
      p.move(p.between(0.72, 0.8), 0.15).curve(0.6, -0.08, 0.12, -0.05, 0.16, 0.22).curve(0.2, 0.5, 0.86, 0.45, 0.86, 0.75);
      p.curve(0.86, 1.08, 0.12, 1.08, 0.12, 0.76).curve(0.12, 0.5, 0.75, 0.45, 0.8, 0.2).line(0.76, 0.12);
    }
  };

  private static final int SIDE = 240;
  private static final double[] PENS = {0.05, 0.16}; // of the digit's height

  private final String title;
  private final int label;

  Forms(String title, int label) {
    this.title = title;
    this.label = label;
  }

  abstract void draw(Page page);

  /** What the form looks like, in words. */
  public String title() {
    return title;
  }

  /** Which digit it is. */
  public int label() {
    return label;
  }

  /** As many digits of this form, no two alike, as {@link Preprocess} hands them to the net. */
  public Dataset pictures(int count, long seed) {
    byte[] images = new byte[count * 784];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = label;
      System.arraycopy(Preprocess.digit(page(seed * 1_000_003 + i)), 0, images, i * 784, 784);
    }
    return new Dataset(new Shape(1, 28, 28), images, labels, 10);
  }

  /** One page, a pure function of the seed. */
  public BufferedImage page(long seed) {
    Page page = new Page(new SplittableRandom(seed * 31 + ordinal()));
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    int paper = (int) page.between(200, 255);
    int ink = (int) page.between(10, 100);
    g.setColor(new Color(paper, paper, paper));
    g.fillRect(0, 0, SIDE, SIDE);
    g.setColor(new Color(ink, ink, ink));
    draw(page);
    double height = page.between(100, 170);
    AffineTransform hand = AffineTransform.getTranslateInstance(SIDE / 2.0 + page.between(-15, 15), SIDE / 2.0 + page.between(-15, 15));
    hand.rotate(Math.toRadians(page.between(-4, 4)));
    hand.shear(-page.between(-0.05, 0.2), 0);
    hand.scale(label == 1 ? height : height * page.between(0.5, 0.75), height); // the angle of a flag means something
    hand.translate(-0.5, -0.5);
    g.setStroke(new BasicStroke((float) (height * page.between(PENS[0], PENS[1])), BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    g.draw(hand.createTransformedShape(page.path));
    g.dispose();
    return image;
  }

  /**
   * A one with a flag at 35 degrees below the horizontal and no foot, on a page of 240x240.
   *
   * @param flag  its length in percent of the height
   * @param slant by how many pixels of 150 the foot lies to the left of the top
   */
  public static BufferedImage one(int flag, int slant) {
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D g = image.createGraphics();
    g.setColor(new Color(235, 235, 235));
    g.fillRect(0, 0, SIDE, SIDE);
    g.setColor(new Color(40, 40, 40));
    g.setStroke(new BasicStroke(14, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    Path2D.Double path = new Path2D.Double();
    double length = 1.5 * flag;
    path.moveTo(135 - length * Math.cos(Math.toRadians(35)), 46 + length * Math.sin(Math.toRadians(35)));
    path.lineTo(135, 46);
    path.lineTo(135 - slant, 196);
    g.draw(path);
    g.dispose();
    return image;
  }

  /** A page and the pen's way so far. */
  static final class Page {
    final Path2D.Double path = new Path2D.Double();
    private final SplittableRandom random;

    Page(SplittableRandom random) {
      this.random = random;
    }

    double between(double low, double high) {
      return low + (high - low) * random.nextDouble();
    }

    private double near(double value) {
      return value + between(-0.03, 0.03);
    }

    Page move(double x, double y) {
      path.moveTo(near(x), near(y));
      return this;
    }

    Page line(double x, double y) {
      path.lineTo(near(x), near(y));
      return this;
    }

    Page curve(double x1, double y1, double x2, double y2, double x3, double y3) {
      path.curveTo(near(x1), near(y1), near(x2), near(y2), near(x3), near(y3));
      return this;
    }

    /** A flag of that share of the height at 30 to 50 degrees below the horizontal. */
    void one(double flag, boolean foot) {
      if (flag > 0) {
        double angle = Math.toRadians(between(30, 50));
        path.moveTo(0.5 - flag * Math.cos(angle), flag * Math.sin(angle));
        path.lineTo(0.5, 0);
      } else {
        path.moveTo(0.5, 0);
      }
      path.lineTo(0.5, 1);
      if (foot) {
        path.moveTo(0.5 - between(0.15, 0.3), 1);
        path.lineTo(0.5 + between(0.15, 0.3), 1);
      }
    }

    void seven(boolean serif, boolean bar) {
      double corner = between(0.8, 1);
      if (serif) {
        move(0.05, between(0.15, 0.25)).line(0.08, 0.02);
      } else {
        move(between(0, 0.12), between(0, 0.06));
      }
      line(corner, 0);
      path.quadTo(near(0.5), near(0.45), near(between(0.25, 0.45)), 1);
      if (bar) {
        double y = between(0.42, 0.58);
        move(between(0.2, 0.32), y).line(between(0.75, 0.95), y + between(-0.06, 0.02));
      }
    }

    Page nine() {
      return move(0.88, between(0.08, 0.18)).curve(0.7, -0.08, 0.1, -0.06, 0.1, between(0.26, 0.34))
          .curve(0.1, 0.62, 0.8, 0.55, 0.88, 0.15);
    }

    Page two() {
      return move(0.1, between(0.15, 0.3)).curve(0.15, -0.1, 0.9, -0.1, 0.85, 0.28);
    }

    void three() {
      curve(0.75, 0.42, 0.95, 0.55, 0.9, 0.74).curve(0.85, 1.05, 0.35, 1.1, 0.05, between(0.84, 0.92));
    }
  }
}
