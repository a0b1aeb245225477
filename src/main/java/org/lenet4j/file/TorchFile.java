package org.lenet4j.file;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * What {@code torch.save} wrote: the weights among it, as float32. Two layouts are read: a zip archive (since PyTorch 1.6), with a pickle
 * {@code data.pkl} and a file for each storage beside it, and the one before, a row of pickles with the storages behind them
 * ({@code torch/serialization.py}). The pickles are read by {@link Unpickler}: no code runs, no class is loaded.
 *
 * @param tensors the tensors by their names, in the order of the pickle
 * @param remarks what a reader should be told of what was taken and what was not; sentences without an end
 */
public record TorchFile(Map<String, Safetensors.Tensor> tensors, List<String> remarks) {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16); // the first pickle of the old layout
  private static final long PROTOCOL = 1001; // and the second
  private static final int LONGEST_PICKLE = 1 << 26; // bytes
  private static final String PICKLE = "data.pkl";

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read, is broken, or is of another kind or holds other objects than weights; the message names the
   *                     file and what it is
   */
  public static TorchFile read(Path file) throws IOException {
    try {
      return isZip(file) ? readZip(file) : readPickles(file);
    } catch (IOException e) {
      throw new IOException(file + ": " + Input.reason(e), e);
    }
  }

  /** Whether the bytes begin as a zip archive or a binary pickle do. */
  public static boolean isLike(byte... head) {
    return FileKind.begins(head, "PK\3\4") || head.length > 1 && (head[0] & 0xFF) == 0x80 && head[1] > 1 && head[1] <= 5;
  }

  private static boolean isZip(Path file) throws IOException {
    return FileKind.begins(FileKind.head(file), "PK");
  }

  private static void checkMemory(long bytes) throws IOException {
    if (bytes > Math.min(Runtime.getRuntime().maxMemory() / 2, Integer.MAX_VALUE - 8)) {
      throw new IOException("its " + bytes + " bytes do not fit into this JVM's memory of " + Runtime.getRuntime().maxMemory()
          + " bytes; start Java with a larger -Xmx");
    }
  }

  private static TorchFile readZip(Path file) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      String kind = FileKind.ofZip(zip.stream().map(ZipEntry::getName).toList());
      if (kind != null) {
        throw new IOException(kind);
      }
      Optional<String> name = zip.stream().map(ZipEntry::getName).filter(entry -> entry.equals(PICKLE) || entry.endsWith("/" + PICKLE))
          .min((a, b) -> Integer.compare(a.length(), b.length()));
      if (name.isEmpty()) {
        throw new IOException("it is a zip archive, and not one of torch.save: unpack it, and give the weights that are in it");
      }
      String folder = name.get().substring(0, name.get().length() - PICKLE.length());
      Archive archive = new Archive(zip, Files.size(file));
      byte[] order = zip.getEntry(folder + "byteorder") == null ? new byte[0] : archive.entry(folder + "byteorder", 16);
      Object root = new Unpickler(ByteBuffer.wrap(archive.entry(name.get(), LONGEST_PICKLE)), new PickleNames()).load();
      ByteOrder bytes = FileKind.begins(order, "big") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
      return StateDict.find(root).read(storage -> {
        long size = Math.multiplyExact(storage.elements(), storage.dtype().size);
        checkMemory(size);
        return ByteBuffer.wrap(archive.entry(folder + "data/" + storage.key(), size)).order(bytes);
      });
    } catch (IllegalArgumentException | ArithmeticException e) { // of a name that is no text, or a size beyond all
      throw new IOException("it is a broken zip archive: " + e.getMessage(), e);
    } catch (java.util.zip.ZipException e) {
      throw new IOException("it is a zip archive that is cut off or damaged, perhaps half a download (" + e.getMessage()
          + "): get it again", e);
    }
  }

  /** A zip archive, of which no more is unpacked than its size allows: torch.save compresses nothing, who packs it again a little. */
  private static final class Archive {
    private static final int LEAST = 1 << 24; // bytes
    private static final int TIMES = 8;

    private final ZipFile zip;
    private long left;

    Archive(ZipFile zip, long size) {
      this.zip = zip;
      left = LEAST + TIMES * size;
    }

    /** The bytes of an entry that has no more than so many. */
    byte[] entry(String name, long most) throws IOException {
      ZipEntry entry = zip.getEntry(name);
      if (entry == null) {
        throw new IOException("the archive lacks " + Json.quote(name));
      }
      if (entry.getSize() > most) {
        throw new IOException("the archive's " + Json.quote(name) + " has " + entry.getSize() + " bytes, at most " + most + " are right");
      }
      try (var in = zip.getInputStream(entry)) {
        byte[] bytes = in.readNBytes((int) Math.min(most, left));
        left -= bytes.length;
        if (left <= 0) {
          throw new IOException("it unpacks to more than " + TIMES + " times its size: no file of weights does");
        }
        return bytes;
      }
    }
  }

  private static TorchFile readPickles(Path file) throws IOException {
    checkMemory(Files.size(file));
    return read(ByteBuffer.wrap(Files.readAllBytes(file)));
  }

  /** Reads the layout from before 1.6: magic number, protocol, a word on the system, the object, the storages' keys, the storages. */
  static TorchFile read(ByteBuffer in) throws IOException {
    if (!MAGIC.equals(next(in, new PickleNames()))) {
      throw new IOException("it is a pickle of Python, not written by torch.save: in Python, torch.save(model.state_dict(), file)");
    }
    if (!Objects.equals(next(in, new PickleNames()), PROTOCOL)) {
      throw new IOException("it is a file of torch.save of an unknown version");
    }
    next(in, new PickleNames()); // what the machine was; the storages are little-endian on all of them
    PickleNames names = new PickleNames();
    Object root = next(in, names);
    List<Object> keys = PickleNames.items(next(in, new PickleNames()));
    if (keys == null) {
      throw new IOException("broken pickle: the list of storages is missing");
    }
    Map<String, ByteBuffer> storages = storages(in, keys, names.storages());
    return StateDict.find(root).read(storage -> {
      ByteBuffer bytes = storages.get(storage.key());
      if (bytes == null) {
        throw new IOException("broken pickle: a storage is missing");
      }
      return bytes;
    });
  }

  /** The number of elements and then they, one storage after another. */
  private static Map<String, ByteBuffer> storages(ByteBuffer in, List<Object> keys, Map<String, Dtype> types) throws IOException {
    in.order(ByteOrder.LITTLE_ENDIAN);
    Map<String, ByteBuffer> storages = new HashMap<>();
    for (Object key : keys) {
      Dtype type = key instanceof String ? types.get(key) : null;
      if (type == null) {
        throw new IOException("broken pickle: a storage that nothing refers to");
      }
      long elements = in.remaining() < Long.BYTES ? -1 : in.getLong();
      if (elements < 0 || elements > in.remaining() / type.size) {
        throw new IOException("it is cut off, perhaps half a download: get it again");
      }
      int size = (int) elements * type.size;
      storages.put((String) key, in.slice(in.position(), size).order(ByteOrder.LITTLE_ENDIAN));
      in.position(in.position() + size);
    }
    return storages;
  }

  private static Object next(ByteBuffer in, PickleNames names) throws IOException {
    return new Unpickler(in, names).load();
  }
}
