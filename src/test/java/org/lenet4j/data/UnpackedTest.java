package org.lenet4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small files that unpack to gigabytes: refused while little of them is, with the name of the file. */
class UnpackedTest {
  private static final int BLOCK = 1 << 20;

  @TempDir Path folder;

  private Path gzip(String name, byte[] begin, int blocks, byte... block) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = new BufferedOutputStream(new GZIPOutputStream(Files.newOutputStream(file)))) {
      out.write(begin);
      for (int i = 0; i < blocks; i++) {
        out.write(block);
      }
    }
    return file;
  }

  private static void refused(Path file, IOException e) {
    assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    assertTrue(e.getMessage().contains("unpacks to more than 200 times its size"), e.getMessage());
  }

  @Test void images() throws IOException {
    int count = 2_000_000_000 / 784;
    byte[] header = ByteBuffer.allocate(16).putInt(0x803).putInt(count).putInt(28).putInt(28).array();
    Path file = gzip("train-images-idx3-ubyte.gz", header, 66, new byte[BLOCK]); // it would go on
    refused(file, assertThrows(IOException.class, () -> Idx.readImages(file)));
  }

  @Test void rows() throws IOException {
    byte[] row = ("0" + ",0".repeat(784) + "\n").getBytes(StandardCharsets.US_ASCII);
    byte[] rows = new byte[BLOCK / row.length * row.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row[i % row.length];
    }
    Path file = gzip("train.csv.gz", row, 66, rows);
    refused(file, assertThrows(IOException.class, () -> Csv.read(Map.of(Part.TRAIN, file), new ArrayList<>())));
    byte[] lines = new byte[BLOCK];
    Arrays.fill(lines, (byte) '\n');
    Path blank = gzip("blank.csv.gz", row, 66, lines);
    refused(blank, assertThrows(IOException.class, () -> Csv.read(Map.of(Part.TRAIN, blank), new ArrayList<>())));
  }

  @Test void arrays() throws IOException {
    Path file = folder.resolve("mnist.npz");
    String header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2551020, 28, 28), }";
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      out.putNextEntry(new ZipEntry("x_train.npy"));
      out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) header.length(), 0});
      out.write(header.getBytes(StandardCharsets.US_ASCII));
      for (int i = 0; i < 66; i++) {
        out.write(new byte[BLOCK]);
      }
    }
    refused(file, assertThrows(IOException.class, () -> Tables.npz(file)));
  }

  /** Blank images, of which 60,000 are smaller than the least that is asked about. */
  @Test void whatIsOnlyBlankIsRead() throws IOException {
    byte[] header = ByteBuffer.allocate(16).putInt(0x803).putInt(60_000).putInt(28).putInt(28).array();
    Path file = gzip("blank-images.gz", header, 60, new byte[784_000]);
    assertEquals(60_000, Idx.readImages(file).count());
  }
}
