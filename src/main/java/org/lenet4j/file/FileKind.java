package org.lenet4j.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a file is that was given for weights and holds none that are read, by its first bytes. The answer is a sentence without an end: what
 * it is, and what to do.
 */
public final class FileKind {
  private static final int HEAD = 1024;
  private static final String EXPORT = ": save its weights as safetensors or its network as ONNX";

  /** What a file begins with, and what it is then. Later ones are less certain. */
  private static final List<Kind> KINDS = List.of(
      new Kind("\u0089HDF\r\n\u001a\n", "it is HDF5, as Keras's .h5 files are" + EXPORT),
      new Kind("version https://git-lfs", "it is the pointer of Git LFS, not the file itself: fetch it with git lfs pull"),
      new Kind("<<<<<<< ", "it is a text with the marks of a Git conflict: take one of the two versions, as git checkout does"),
      new Kind("\u0093NUMPY", "it is an array of NumPy (.npy)" + EXPORT),
      new Kind("GGUF", "it is GGUF, of llama.cpp, which holds language models"),
      new Kind("\u001f\u008b", "it is compressed by gzip: unpack it with gunzip, or with tar -xzf"),
      new Kind("BZh", "it is compressed by bzip2: unpack it with bunzip2"),
      new Kind("\u00fd7zXZ", "it is compressed by xz: unpack it with unxz"),
      new Kind("(\u00b5/\u00fd", "it is compressed by Zstandard: unpack it with unzstd"),
      new Kind("7z\u00bc\u00af", "it is an archive of 7-Zip: unpack it"),
      new Kind("Rar!", "it is an archive of RAR: unpack it"),
      new Kind("\u0089PNG", "it is a picture (PNG), not weights"),
      new Kind("\u00ff\u00d8\u00ff", "it is a picture (JPEG), not weights"),
      new Kind("GIF8", "it is a picture (GIF), not weights"),
      new Kind("%PDF", "it is a PDF document, not weights"),
      new Kind("\0\0\u0008\u0003", "it holds images in the IDX format, which are data, not weights"),
      new Kind("\0\0\u0008\u0001", "it holds labels in the IDX format, which are data, not weights"),
      new Kind("DJL@", "it is of the Deep Java Library, in a format of its own" + EXPORT),
      new Kind("MATLAB 5.0 MAT-file", "it is of MATLAB" + EXPORT),
      new Kind("\u0008\u0001\u0012", "it is a SavedModel of TensorFlow" + EXPORT),
      new Kind("\u007fELF", "it is a program, not weights"),
      new Kind("MZ", "it is a program, not weights"));

  private record Kind(String start, String what) {}

  private FileKind() {}

  /**
   * What a file is.
   *
   * @return null if it is none of those that are known by their bytes; it may still hold weights, or be broken
   * @throws IOException if it cannot be read
   */
  public static String of(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      return ofFolder(file);
    }
    return of(head(file));
  }

  private static String ofFolder(Path folder) {
    if (Files.exists(folder.resolve("saved_model.pb"))) {
      return "it is the folder of a SavedModel of TensorFlow" + EXPORT;
    }
    for (String name : List.of("model.safetensors", "pytorch_model.bin", "model.onnx")) {
      if (Files.exists(folder.resolve(name))) {
        return "it is a folder, not a file; its weights are in " + folder.resolve(name);
      }
    }
    return Files.exists(folder.resolve("data.pkl")) ? "it is the unpacked archive of a PyTorch file: give the .pt or .pth file itself"
        : "it is a folder, not a file";
  }

  /** As {@link #of(Path)}, of the first bytes of a file. */
  static String of(byte... head) {
    if (head.length == 0) {
      return "it is empty: copy or download it again";
    }
    for (Kind kind : KINDS) {
      if (begins(head, kind.start)) {
        return kind.what;
      }
    }
    if (head.length >= 8 && begins(Arrays.copyOfRange(head, 4, 8), "TFL3")) {
      return "it is of TensorFlow Lite (.tflite)" + EXPORT;
    }
    if (head.length >= 262 && begins(Arrays.copyOfRange(head, 257, 262), "ustar")) {
      return begins(head, "sys_info") || begins(head, "storages") || begins(head, "tensors") || begins(head, "pickle")
          ? "it is of a PyTorch before 0.2, a tar archive: load it there, and save it with a newer one"
          : "it is a tar archive: unpack it with tar -xf, and give the weights that are in it";
    }
    if (head[0] == '\n' && new String(head, StandardCharsets.ISO_8859_1).contains("Placeholder")) {
      return "it is a graph of TensorFlow (.pb)" + EXPORT;
    }
    for (byte b : head) {
      if (b != 0) {
        return ofText(head);
      }
    }
    return "it holds nothing but zeros: the disk was full, or the download has not ended";
  }

  private static String ofText(byte... head) {
    String text = new String(head, StandardCharsets.UTF_8).stripLeading();
    String small = text.replace("\uFEFF", "").toLowerCase(Locale.ROOT);
    if (small.startsWith("<!doctype html") || small.startsWith("<html") || small.startsWith("<head") || small.startsWith("<script")
        || small.startsWith("<!--") && small.contains("<html")) {
      return "it is a web page (HTML), as is saved when a link leads to a page and not to the file: download the file itself";
    } else if (small.startsWith("<?xml") || small.startsWith("<error")) {
      return "it is XML, perhaps a server's answer in place of the file: download it again";
    }
    for (byte b : head) {
      if (b >= 0 && b < ' ' && "\t\r\n\f".indexOf(b) < 0 || b == 127) {
        return null;
      }
    }
    if (new String(head, StandardCharsets.UTF_8).indexOf('\uFFFD') >= 0 && head.length < HEAD) {
      return null;
    }
    String start = Json.quote(text.substring(0, Math.min(40, text.length())));
    return text.startsWith("{") || text.startsWith("[") ? "it is JSON, a description or a server's answer, and holds no weights: " + start
        : "it is text, not weights; it begins with " + start;
  }

  /** What a zip archive is by the names in it; null if PyTorch's or nothing that is known. */
  static String ofZip(List<String> names) {
    if (names.isEmpty()) {
      return "it is an empty zip archive";
    } else if (names.contains("model.weights.h5") || names.contains("config.json") && names.contains("metadata.json")) {
      return "it is of Keras (.keras)" + EXPORT;
    } else if (names.stream().anyMatch(name -> name.endsWith("/constants.pkl") || name.equals("constants.pkl"))) {
      return "it is TorchScript, a compiled program of torch.jit.save: load it in Python with torch.jit.load, and save the"
          + " state_dict() of it";
    } else if (names.stream().anyMatch(name -> name.endsWith("archive_format") || name.contains("serialized_exported_program"))) {
      return "it is a program of torch.export (.pt2): save the network's state_dict() instead";
    } else if (names.stream().allMatch(name -> name.endsWith(".npy"))) {
      return "it holds arrays of NumPy (.npz)" + EXPORT;
    } else if (names.contains("coefficients.bin")) {
      return "it is of Deeplearning4j" + EXPORT;
    }
    for (String name : names) {
      if (name.matches(".*\\.(pt|pth|safetensors|onnx|h5)")) {
        return "it is a zip archive that holds " + Json.quote(name) + ": unpack it, and give that";
      }
    }
    return null;
  }

  /** Whether the bytes begin as an ONNX model does: its version, as field 1, and another field. The format has no mark of its own. */
  public static boolean isOnnx(byte... head) {
    return head.length > 2 && head[0] == 0x08 && head[1] > 1 && head[1] <= 32 && (head[2] & 7) == 2 && head[2] >> 3 <= 20 && head[2] > 0x10;
  }

  /** The first bytes of a file, as many as tell its kind. */
  public static byte[] head(Path file) throws IOException {
    try (InputStream in = Input.open(file)) {
      return in.readNBytes(HEAD);
    }
  }

  /** Whether bytes begin with these, each written as the character of its number. */
  static boolean begins(byte[] bytes, String start) {
    byte[] expected = start.getBytes(StandardCharsets.ISO_8859_1);
    return bytes.length >= expected.length && Arrays.mismatch(bytes, 0, expected.length, expected, 0, expected.length) < 0;
  }
}
