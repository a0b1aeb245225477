package org.lenet4j.report;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.file.Protobuf;

/**
 * A file of TensorBoard's events, in TensorFlow's record format: length, checksum of the length, bytes, checksum of the bytes. It grows
 * while TensorBoard reads it, which a file that is replaced as a whole could not; a record that was cut off is found by its checksum.
 */
final class EventFile implements AutoCloseable {
  private final Path folder;
  private Path file;
  private OutputStream out;

  /** Begins a file; the folder is made if it is not there. */
  EventFile(Path folder) throws IOException {
    this.folder = folder;
    begin();
  }

  private void begin() throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new IOException("cannot write events to " + folder + ": " + AtomicFile.reason(folder, e), e);
    }
    for (long second = System.currentTimeMillis() / 1000; out == null; second++) {
      file = folder.resolve("events.out.tfevents." + second + ".lenet4j"); // TensorBoard goes by the name
      try {
        out = new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
      } catch (FileAlreadyExistsException e) {
        // of a run that began in the same second: another name, then
      } catch (IOException e) {
        throw AtomicFile.explain(file, e);
      }
    }
    try {
      record(EventBytes.version(now()));
    } catch (LinkageError e) {
      out.close();
      throw Protobuf.missing("TensorBoard", e);
    }
  }

  void scalar(long step, String tag, double value, String about) throws IOException {
    record(EventBytes.scalar(now(), step, tag, value, about));
  }

  private static double now() {
    return System.currentTimeMillis() / 1e3;
  }

  private void record(byte[] bytes) throws IOException {
    byte[] length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes.length).array();
    ByteBuffer record = ByteBuffer.allocate(length.length + bytes.length + 2 * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    record.put(length).putInt(checksum(length)).put(bytes).putInt(checksum(bytes));
    try {
      out.write(record.array());
    } catch (IOException e) {
      throw AtomicFile.explain(file, e);
    }
  }

  /** CRC-32C, turned and shifted, so that a checksum of bytes that hold checksums is a good one too. */
  static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xA282EAD8;
  }

  /** What TensorBoard is to see now. */
  void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      throw AtomicFile.explain(file, e);
    }
  }

  /** Begins anew, where somebody has deleted the file. */
  void restore() throws IOException {
    if (Files.notExists(file)) {
      close();
      out = null;
      begin();
    }
  }

  @Override public void close() throws IOException {
    try {
      out.close();
    } catch (IOException e) {
      throw AtomicFile.explain(file, e);
    }
  }
}
