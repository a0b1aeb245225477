import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Prints the SHA-256 of the tensors of safetensors files, by name, whatever their metadata. */
final class TensorHash {
  private static final Pattern TENSOR =
      Pattern.compile("\"([^\"]+)\":\\{\"dtype\":\"F32\",\"shape\":\\[[0-9,]*\\],\"data_offsets\":\\[(\\d+),(\\d+)\\]\\}");

  public static void main(String[] files) throws Exception {
    for (String file : files) {
      byte[] bytes = Files.readAllBytes(Path.of(file));
      int header = Math.toIntExact(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0));
      Matcher matcher = TENSOR.matcher(new String(bytes, 8, header, StandardCharsets.UTF_8));
      TreeMap<String, int[]> tensors = new TreeMap<>();
      while (matcher.find()) {
        tensors.put(matcher.group(1), new int[] {Integer.parseInt(matcher.group(2)), Integer.parseInt(matcher.group(3))});
      }
      if (tensors.isEmpty()) {
        throw new IllegalStateException(file + ": no tensors");
      }
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      tensors.forEach((name, range) -> {
        digest.update(name.getBytes(StandardCharsets.UTF_8));
        digest.update(bytes, 8 + header + range[0], range[1] - range[0]);
      });
      System.out.println(HexFormat.of().formatHex(digest.digest()) + "  " + Path.of(file).getFileName());
    }
  }
}
