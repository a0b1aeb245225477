package org.lenet4j.report;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
  private final Path file;
  private final OutputStream out;

  /** Begins a file; the folder is made if it is not there. */
  EventFile(Path folder) throws IOException {
    file = folder.resolve("events.out.tfevents." + System.currentTimeMillis() / 1000 + ".lenet4j"); // TensorBoard goes by the name
    try {
      Files.createDirectories(folder);
      out = new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw AtomicFile.explain(file, e);
    }
    try {
      record(EventBytes.version(now()));
    } catch (LinkageError e) {
      out.close();
      throw Protobuf.missing("TensorBoard", e);
    }
  }

  void scalar(long step, String tag, double value) throws IOException {
    record(EventBytes.scalar(now(), step, tag, value));
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

  @Override public void close() throws IOException {
    try {
      out.close();
    } catch (IOException e) {
      throw AtomicFile.explain(file, e);
    }
  }
}
