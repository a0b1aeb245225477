package org.lenet4j.data.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** What the markers of a JPEG file say (ITU-T T.81, annex B), read before anything is decoded. */
final class JpegMarkers {
  private static final int MOST_SCANS = 200; // ten are usual; each walks over the whole picture
  private static final int SIMILAR = 32; // bytes that a whole file does not repeat at its end

  int height;
  int width;
  int components;
  int adobeTransform = -1;
  boolean isAdobe;
  boolean progressive;
  boolean ended; // with the marker for it
  int orientation = 1;

  private final int[] ids = new int[4];
  private final int[] samples = new int[4]; // horizontal times vertical
  private final int[][] missing = new int[4][64]; // bits of each coefficient, 16 if none has come
  private int scans;

  private JpegMarkers() {}

  static JpegMarkers of(ByteBuffer file) throws IOException {
    JpegMarkers markers = new JpegMarkers();
    int at = 2;
    while (!markers.ended && at < file.limit() - 1) {
      int code = file.get(at + 1) & 0xFF;
      if ((file.get(at) & 0xFF) != 0xFF || code == 0xFF || code == 0) {
        at++; // bytes between segments, which libjpeg passes over
      } else if (code == 0xD9) {
        markers.ended = true;
      } else if (code >= 0xD0 && code <= 0xD8 || code == 1) {
        at += 2; // without content
      } else if (at + 4 > file.limit()) {
        break;
      } else {
        int length = file.getShort(at + 2) & 0xFFFF;
        int end = at + 2 + length;
        if (length < 2) {
          throw new IOException("damaged: a segment of " + length + " bytes");
        }
        if (end > file.limit()) {
          break;
        }
        markers.segment(code, file.slice(at + 4, end - at - 4));
        at = code == 0xDA ? endOfScan(file, end) : end;
      }
    }
    if (markers.components == 0 || markers.scans == 0) {
      throw new IOException("cut off: there are no image data in it");
    }
    return markers;
  }

  /** The next marker that is not within the data of a scan. */
  private static int endOfScan(ByteBuffer file, int begin) {
    int at = begin;
    for (int last = file.limit() - 1; at < last; at++) {
      if (file.get(at) == -1) {
        int code = file.get(at + 1) & 0xFF;
        if (code != 0 && code != 0xFF && (code < 0xD0 || code > 0xD7)) {
          return at;
        }
      }
    }
    return file.limit();
  }

  private void segment(int code, ByteBuffer content) throws IOException {
    boolean isFrame = code >= 0xC0 && code <= 0xCF && code != 0xC4 && code != 0xC8 && code != 0xCC;
    if (isFrame && components == 0) {
      frame(code, content);
    } else if (code == 0xDA) {
      scan(content);
    } else if (code == 0xE1 && content.limit() > 6 && content.getInt(0) == 0x45786966 && content.get(4) == 0) { // Exif
      orientation = TiffTags.orientation(content.slice(6, content.limit() - 6));
    } else if (code == 0xEE && content.limit() >= 12 && content.getInt(0) == 0x41646F62) { // Adobe
      isAdobe = true;
      adobeTransform = content.get(11) & 0xFF;
    }
  }

  private void frame(int code, ByteBuffer content) throws IOException {
    progressive = (code & 3) == 2;
    int precision = content.get(0);
    height = content.getShort(1) & 0xFFFF;
    width = content.getShort(3) & 0xFFFF;
    components = content.get(5) & 0xFF;
    if (precision != 8 || code > 0xC2) {
      throw new IOException(precision != 8 ? "of " + precision + " bits a sample; only 8 are read, save it in another way"
          : "of a kind (SOF" + (code - 0xC0) + ") that hardly anything reads; save it in another way");
    }
    if (components < 1 || components > 4) {
      throw new IOException("damaged: it has " + components + " components");
    }
    for (int i = 0; i < components; i++) {
      ids[i] = content.get(6 + 3 * i) & 0xFF;
      samples[i] = (content.get(7 + 3 * i) >> 4 & 0xF) * (content.get(7 + 3 * i) & 0xF);
      Arrays.fill(missing[i], 16);
    }
  }

  private void scan(ByteBuffer content) throws IOException {
    if (++scans > MOST_SCANS) {
      throw new IOException("of more than " + MOST_SCANS + " scans, which no program writes");
    }
    int count = content.get(0) & 0xFF;
    int from = content.get(1 + 2 * count);
    int to = content.get(2 + 2 * count);
    int low = content.get(3 + 2 * count) & 0xF;
    for (int i = 0; i < count; i++) {
      int id = content.get(1 + 2 * i) & 0xFF;
      for (int c = 0; c < components; c++) {
        for (int k = Math.max(0, from); ids[c] == id && k <= Math.min(63, to); k++) {
          missing[c][k] = low;
        }
      }
    }
  }

  /** Of all components, which a progressive picture keeps until its last scan. */
  long coefficients() {
    int most = 1;
    int sum = 0;
    for (int i = 0; i < components; i++) {
      most = Math.max(most, samples[i]);
      sum += samples[i];
    }
    return (long) height * width * sum / most;
  }

  /** Whether the end is missing, and not the end alone: scans, or data in the place of which a download has left zeros. */
  boolean isCutOff(ByteBuffer file) {
    if (ended) {
      return false;
    }
    for (int c = 0; c < components; c++) {
      for (int k = 0; k < 64; k++) {
        if (missing[c][k] > 0) {
          return true;
        }
      }
    }
    int last = file.limit() - 1;
    int similar = 1;
    while (similar < SIMILAR && similar <= last && file.get(last - similar) == file.get(last)) {
      similar++;
    }
    return similar == SIMILAR;
  }
}
