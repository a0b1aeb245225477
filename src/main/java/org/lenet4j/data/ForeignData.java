package org.lenet4j.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Files of data that are not read, told by their first bytes: what they are, and how to go on. */
final class ForeignData {
  private static final int LOOKED_AT = 512; // a tar file says what it is at byte 257
  private static final String UNPACK = "; unpack it, and give the folder";
  private static final String CONVERT = "; convert it to .npz, CSV or a folder of images per class, for example in Python with ";
  private static final Map<String, String> STARTS = new LinkedHashMap<>(); // in ISO 8859-1, lower case

  static {
    STARTS.put("matlab 5.0", "a MATLAB file" + CONVERT + "scipy.io.loadmat and numpy.savez");
    STARTS.put("\u0089hdf\r\n", "an HDF5 file (.h5, or .mat of MATLAB 7.3)" + CONVERT + "h5py and numpy.savez");
    STARTS.put("par1", "a Parquet file" + CONVERT + "pandas.read_parquet");
    STARTS.put("arrow1", "an Arrow file" + CONVERT + "pyarrow");
    STARTS.put("%", "an ARFF file, or one of another kind that begins with %" + CONVERT + "scipy.io.arff");
    STARTS.put("@relation", "an ARFF file" + CONVERT + "scipy.io.arff");
    STARTS.put("sqlite format 3", "an SQLite file" + CONVERT + "pandas.read_sql");
    STARTS.put("pk\3\4", "a zip archive" + UNPACK);
    STARTS.put("rar!", "a RAR archive" + UNPACK);
    STARTS.put("7z\u00bc\u00af", "a 7z archive" + UNPACK);
    STARTS.put("bzh", "a bzip2 file" + UNPACK);
    STARTS.put("\u00fd7zxz", "an xz file" + UNPACK);
    STARTS.put("(\u00b5/\u00fd", "a Zstandard file" + UNPACK);
    STARTS.put("<!doctype", "a web page, not the data; download it again");
    STARTS.put("<html", "a web page, not the data; download it again");
    STARTS.put("version https://git-lfs", "a pointer of Git LFS, not the data; fetch it with git lfs pull");
    STARTS.put("{", "a JSON file" + CONVERT + "json and numpy.savez");
    for (String image : new String[] {"\u0089png", "\u00ff\u00d8\u00ff", "gif8", "bm", "ii*\0", "mm\0*", "p5", "p2", "p6"}) {
      STARTS.put(image, "a single picture; predict reads it, data is a folder with one sub-folder of images per class");
    }
  }

  private ForeignData() {}

  /** The first bytes of a file, uncompressed; none if it cannot be read. */
  static byte[] start(Path file) {
    try (InputStream in = Idx.uncompressed(new BufferedInputStream(Files.newInputStream(file)))) {
      return in.readNBytes(LOOKED_AT);
    } catch (IOException e) {
      return new byte[0];
    }
  }

  /** What a file is and what to do, or null for one that is not known. */
  static String what(byte... start) {
    String text = new String(start, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    if (text.startsWith("ustar", 257)) {
      return "a tar archive" + UNPACK;
    }
    if (start.length > 1 && start[0] == (byte) 0x80 && start[1] >= 2 && start[1] <= 5) {
      return "pickled Python objects, which could run code when read" + CONVERT + "numpy.savez";
    }
    String from = text.stripLeading();
    return STARTS.entrySet().stream().filter(known -> text.startsWith(known.getKey()) || from.startsWith(known.getKey()))
        .map(Map.Entry::getValue).findFirst().orElse(null);
  }
}
