package org.lenet4j.data.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One directory of a TIFF file (Adobe, "TIFF 6.0", section 2). An Exif block is one too (CIPA DC-008, section 4.6), and all that is looked
 * for there is one number out of hundreds that a library for metadata knows, which would take longer to load than the picture.
 */
final class TiffTags {
  static final int WIDTH = 256;
  static final int HEIGHT = 257;
  static final int STRIP_OFFSETS = 273;
  static final int STRIP_BYTES = 279;
  static final int TILE_WIDTH = 322;
  static final int TILE_HEIGHT = 323;
  static final int TILE_OFFSETS = 324;
  static final int TILE_BYTES = 325;

  private static final int UPRIGHT = 1;
  private static final int ORIENTATION = 274;
  private static final int SHORT = 3; // types of 16 and of 32 bits
  private static final int LONG = 4;
  private static final int ENTRY = 12; // bytes

  private final ByteBuffer block;
  private final int first; // entry
  private final int entries;

  private final boolean whole;

  private TiffTags(ByteBuffer block, int first, int entries, boolean whole) {
    this.whole = whole;
    this.block = block;
    this.first = first;
    this.entries = entries;
  }

  /** Of a page, from 0 on; null if there is none or the block is damaged. */
  static TiffTags of(ByteBuffer file, int page) {
    ByteBuffer b = file.slice(0, file.limit());
    if (b.limit() < 8) {
      return null;
    }
    b.order(b.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    if (b.getShort(2) != 42) {
      return null;
    }
    int link = 4;
    for (int i = 0; link <= b.limit() - 4; i++) {
      int directory = b.getInt(link);
      if (directory < 8 || directory > b.limit() - 2) {
        return null;
      }
      int said = b.getShort(directory) & 0xFFFF;
      int entries = Math.min(said, (b.limit() - directory - 2) / ENTRY);
      if (i == page) {
        return new TiffTags(b, directory + 2, entries, said == entries);
      }
      link = directory + 2 + entries * ENTRY;
    }
    return null;
  }

  /** Which way up the picture is, 1 to 8 as Exif counts; upright if that is not said or the block is damaged. */
  static int orientation(ByteBuffer block) {
    TiffTags tags = of(block, 0);
    return tags == null ? UPRIGHT : tags.orientation();
  }

  int orientation() {
    long value = value(ORIENTATION, 0, UPRIGHT);
    return value >= 1 && value <= 8 ? (int) value : UPRIGHT;
  }

  /** Whether all of it is there. */
  boolean isWhole() {
    return whole;
  }

  /** How many values a tag has, as far as they are there. */
  int count(int tag) {
    int entry = entry(tag);
    if (entry < 0) {
      return 0;
    }
    int size = block.getShort(entry + 2) == SHORT ? 2 : 4;
    long count = block.getInt(entry + 4) & 0xFFFFFFFFL;
    if (count * size <= 4) {
      return (int) count;
    }
    long begin = block.getInt(entry + 8) & 0xFFFFFFFFL;
    return (int) Math.max(0, Math.min(count, (block.limit() - begin) / size));
  }

  /** One value of a tag of whole numbers. */
  long value(int tag, int index, long otherwise) {
    int entry = entry(tag);
    if (entry < 0 || index >= count(tag)) {
      return otherwise;
    }
    int type = block.getShort(entry + 2);
    int size = type == SHORT ? 2 : 4;
    boolean inside = (block.getInt(entry + 4) & 0xFFFFFFFFL) * size <= 4;
    int at = (inside ? entry + 8 : block.getInt(entry + 8)) + index * size;
    return type == SHORT ? block.getShort(at) & 0xFFFF : type == LONG ? block.getInt(at) & 0xFFFFFFFFL : otherwise;
  }

  private int entry(int tag) {
    for (int i = 0; i < entries; i++) {
      if ((block.getShort(first + i * ENTRY) & 0xFFFF) == tag) {
        return first + i * ENTRY;
      }
    }
    return -1;
  }
}
