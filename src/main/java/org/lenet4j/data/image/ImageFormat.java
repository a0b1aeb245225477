package org.lenet4j.data.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a file is, by its first bytes: names lie. */
enum ImageFormat {
  PNG("PNG"), JPEG("JPEG"), GIF("GIF"), BMP("BMP"), PNM("PNM"), TIFF("TIFF"), WEBP("WebP"),
  HEIC("HEIC, as phones keep photographs", "save it as JPEG or PNG"),
  BIG_TIFF("BigTIFF", "save it as PNG"),
  AVIF("AVIF", "save it as PNG or JPEG"),
  JPEG_XL("JPEG XL", "save it as PNG or JPEG"),
  JPEG_2000("JPEG 2000", "save it as PNG or JPEG"),
  PHOTOSHOP("Photoshop's", "export it as PNG"),
  ICON("an icon", "save it as PNG"),
  PDF("PDF", "export the page as PNG"),
  POSTSCRIPT("PostScript", "export the page as PNG"),
  SVG("SVG, a drawing without pixels", "export it as PNG"),
  HTML("a web page", "download the image itself"),
  XML("XML", null),
  LFS("a Git LFS pointer", "fetch the image itself: git lfs pull"),
  APPLE_DOUBLE("what macOS keeps beside a file", "remove it"),
  ZIP("ZIP", "unpack it"),
  GZIP("gzip", "unpack it"),
  VIDEO("a video", "save one frame as PNG"),
  IDX("IDX, many images in one file", "give it as data"),
  NUMPY("NumPy's", "save the image as PNG"),
  DICOM("DICOM", "export it as PNG"),
  EMPTY("empty", null),
  TEXT("text", null),
  UNKNOWN(null, null);

  private static final String EXPECTED = "; expected PNG, JPEG, GIF, BMP, TIFF, WebP or PNM";
  private static final int LOOK = 512; // bytes

  private static final Pattern NETPBM = Pattern.compile("P[1-6]\\s+[0-9#]|P7\\s+[A-Z#]");

  final String title;
  private final String refusal; // null if it can be read

  ImageFormat(String title) {
    this.title = title;
    refusal = null;
  }

  ImageFormat(String title, String remedy) {
    this.title = title;
    refusal = title == null ? "not an image" + EXPECTED
        : remedy == null ? "not an image but " + title + EXPECTED : "not an image that can be read: it is " + title + "; " + remedy;
  }

  /** What is wrong with such a file and what to do; null if it can be read. */
  String refusal() {
    return refusal;
  }

  static ImageFormat of(ByteBuffer file) {
    byte[] head = new byte[Math.min(LOOK, file.limit())];
    file.get(0, head);
    String s = new String(head, StandardCharsets.ISO_8859_1);
    if (s.isEmpty()) {
      return EMPTY;
    }
    ImageFormat binary = binary(s);
    return binary != null ? binary : text(s);
  }

  private static ImageFormat binary(String s) {
    if (s.startsWith("\u0089PNG")) {
      return PNG;
    } else if (s.startsWith("\u00FF\u00D8\u00FF")) {
      return JPEG;
    } else if (s.startsWith("GIF8")) {
      return GIF;
    } else if (s.startsWith("BM") && s.length() > 17 && s.charAt(15) == 0 && s.charAt(16) == 0 && s.charAt(17) == 0) {
      return BMP; // with the size of the second header, so that no text that begins so is taken for it
    } else if (s.startsWith("II*\0") || s.startsWith("MM\0*")) {
      return TIFF;
    } else if (s.startsWith("II+\0") || s.startsWith("MM\0+")) {
      return BIG_TIFF;
    } else if (s.startsWith("RIFF")) {
      return s.startsWith("WEBP", 8) ? WEBP : s.startsWith("AVI ", 8) ? VIDEO : UNKNOWN;
    } else if (s.startsWith("P") && NETPBM.matcher(s).lookingAt()) {
      return PNM;
    } else if (s.startsWith("ftyp", 4)) {
      String brand = s.substring(8, Math.min(12, s.length()));
      return brand.startsWith("avi") ? AVIF : brand.matches("hei.|hev.|mif1|msf1") ? s.contains("avif") ? AVIF : HEIC : VIDEO;
    } else if (s.startsWith("\0\0\0\fJXL ") || s.startsWith("\u00FF\n")) {
      return JPEG_XL;
    } else if (s.startsWith("\0\0\0\fjP") || s.startsWith("\u00FFO\u00FFQ")) {
      return JPEG_2000;
    } else if (s.startsWith("8BPS")) {
      return PHOTOSHOP;
    } else if (s.startsWith("\0\0\1\0")) {
      return ICON;
    } else if (s.startsWith("%PDF")) {
      return PDF;
    } else if (s.startsWith("%!PS")) {
      return POSTSCRIPT;
    } else if (s.startsWith("\0\5\26\7") || s.startsWith("\0\5\26\0")) {
      return APPLE_DOUBLE;
    } else if (s.startsWith("PK\3\4") || s.startsWith("PK\5\6")) {
      return ZIP;
    } else if (s.startsWith("\u001F\u008B")) {
      return GZIP;
    } else if (s.startsWith("\u001AE\u00DF\u00A3")) {
      return VIDEO; // Matroska, WebM
    } else if (s.startsWith("\0\0\b") && s.length() > 3 && s.charAt(3) <= 4) {
      return IDX;
    } else if (s.startsWith("\u0093NUMPY")) {
      return NUMPY;
    }
    return s.startsWith("DICM", 128) ? DICOM : null;
  }

  private static ImageFormat text(String s) {
    if (s.startsWith("version https://git-lfs")) {
      return LFS;
    }
    String begin = s.replaceFirst("^\u00EF\u00BB\u00BF", "").stripLeading().toLowerCase(Locale.ROOT);
    if (begin.startsWith("<!doctype html") || begin.startsWith("<html") || begin.startsWith("<head")) {
      return HTML;
    } else if (begin.startsWith("<svg") || begin.startsWith("<?xml") && begin.contains("<svg")) {
      return SVG;
    } else if (begin.startsWith("<?xml")) {
      return XML;
    }
    return s.chars().noneMatch(c -> c < ' ' && "\t\r\n\f".indexOf(c) < 0) ? TEXT : UNKNOWN;
  }
}
