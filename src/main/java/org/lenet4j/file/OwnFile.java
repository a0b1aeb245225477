package org.lenet4j.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/** What kinds of files are written here, and how those that are there already are told from files of others, which nobody writes over. */
public enum OwnFile {
  /** Weights as safetensors, a checkpoint as well. */
  WEIGHTS("weights", OwnFile::isSafetensors),
  /** A checkpoint. Unlike weights it is removed when a run completes, so it takes no other file's place. */
  CHECKPOINT("a checkpoint", head -> isSafetensors(head) && head.contains("\"lenet4j.epoch\"")),
  /** A network as ONNX. */
  ONNX("an ONNX file", OwnFile::namesUs),
  /** The result of a command. */
  JSON("a result", head -> Pattern.compile("\\s*(\\{\\s*\"command\"\\s*:|\\[\\s*(]|\\{\\s*\"file\"\\s*:))").matcher(head).lookingAt()),
  /** A picture with the mark of {@link #mark}. */
  PNG("a picture", head -> head.startsWith("\u0089PNG") && namesUs(head)),
  /** A drawing. */
  SVG("a drawing", head -> head.startsWith("<svg") && namesUs(head)),
  /** A page. */
  PAGE("a report", head -> head.startsWith("<!DOCTYPE html>") && namesUs(head));

  private static final String NAME = "lenet4j";
  private static final int HEAD = 8 + Safetensors.MAX_HEADER; // all that a checkpoint says of itself
  private static final int FIRST_CHUNK = 33; // of a PNG: 8 bytes of signature, then the size of the picture

  private final String what;
  private final Predicate<String> isOurs; // of the first bytes, each a character

  OwnFile(String what, Predicate<String> isOurs) {
    this.what = what;
    this.isOurs = isOurs;
  }

  private static boolean namesUs(String head) {
    return head.substring(0, Math.min(1024, head.length())).contains(NAME);
  }

  private static boolean isSafetensors(String head) {
    return head.startsWith("{", Long.BYTES) && head.contains("\"" + NAME + ".version\"");
  }

  /**
   * Throws unless such a file could be written now: as {@link AtomicFile#check}, and a regular file that is there must be one of the kind
   * or empty.
   *
   * @throws IOException that names the file and says why not and what to do
   */
  public void check(Path file) throws IOException {
    AtomicFile.check(file);
    if (!mayReplace(file)) {
      throw new IOException("cannot write " + file + ": a file is there that is not " + what + " of lenet4j's, and it is not written over;"
          + " give another name, or remove it first");
    }
  }

  /** Whether there is nothing, or nothing that would be lost. */
  public boolean mayReplace(Path file) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) == 0) {
      return true;
    }
    try (InputStream in = Input.open(file)) {
      return isOurs.test(new String(in.readNBytes(HEAD), StandardCharsets.ISO_8859_1));
    }
  }

  /** A PNG with the name of this library in it, by the keyword that the format has for programs (tEXt, "Software"). */
  public static byte[] mark(byte... png) {
    byte[] text = ("tEXtSoftware\0" + NAME).getBytes(StandardCharsets.ISO_8859_1);
    CRC32 crc = new CRC32();
    crc.update(text);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(png, 0, FIRST_CHUNK);
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(text.length - 4).array()); // without the chunk's name
    out.writeBytes(text);
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt((int) crc.getValue()).array());
    out.write(png, FIRST_CHUNK, png.length - FIRST_CHUNK);
    return out.toByteArray();
  }
}
