package org.lenet4j.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of PyTorch that would become much larger than they are. */
class TorchFileSizeTest {
  private static final int SIDE = 1000; // of a matrix

  @TempDir Path folder;

  private static byte[] word(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(5 + bytes.length).order(ByteOrder.LITTLE_ENDIAN).put((byte) 'X').putInt(bytes.length).put(bytes).array();
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(5).order(ByteOrder.LITTLE_ENDIAN).put((byte) 'J').putInt(value).array();
  }

  /** A dictionary of matrices, {@code (SIDE, SIDE)}, all of one storage; the last says that it has {@code more} elements more. */
  private Path write(int matrices, int zeros, int more) throws IOException {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.writeBytes(new byte[] {(byte) 0x80, 2, '}', '('});
    for (int i = 0; i < matrices; i++) {
      pickle.writeBytes(word("layer" + i + ".weight"));
      pickle.writeBytes("ctorch._utils\n_rebuild_tensor_v2\n((".getBytes(StandardCharsets.US_ASCII));
      pickle.writeBytes(word("storage"));
      pickle.writeBytes("ctorch\nFloatStorage\n".getBytes(StandardCharsets.US_ASCII));
      pickle.writeBytes(word("0"));
      pickle.writeBytes(word("cpu"));
      pickle.writeBytes(number(SIDE * SIDE + (i == matrices - 1 ? more : 0)));
      pickle.writeBytes(new byte[] {'t', 'Q'});
      pickle.writeBytes(number(0));
      for (int[] sizes : new int[][] {{SIDE, SIDE}, {SIDE, 1}}) {
        pickle.write('(');
        pickle.writeBytes(number(sizes[0]));
        pickle.writeBytes(number(sizes[1]));
        pickle.write('t');
      }
      pickle.writeBytes(new byte[] {(byte) 0x89, '}', 't', 'R'});
    }
    pickle.writeBytes(new byte[] {'u', '.'});
    Path file = folder.resolve("w.pt");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("a/data.pkl"));
      zip.write(pickle.toByteArray());
      zip.putNextEntry(new ZipEntry("a/data/0"));
      zip.write(new byte[zeros]);
    }
    return file;
  }

  private void refused(String reason, Path file) {
    String message = assertThrows(IOException.class, () -> TorchFile.read(file)).getMessage();
    assertTrue(message.startsWith(file + ": ") && message.contains(reason), message);
  }

  @Test void manyTensorsOfOneStorage() throws IOException {
    assertEquals(2, TorchFile.read(write(2, 4 * SIDE * SIDE, 0)).tensors().size()); // tied weights
    refused("400000000 elements together, many times what the file holds", write(400, 4 * SIDE * SIDE, 0)); // 1.6 GB
    refused("two types or lengths", write(2, 4 * SIDE * SIDE, 1));
  }

  @Test void zerosThatWereCompressed() throws IOException {
    int elements = 10 * SIDE * SIDE; // 40 MB of a file of 40 kB
    refused("unpacks to more than 8 times its size", write(1, 4 * elements, elements - SIDE * SIDE));
  }
}
