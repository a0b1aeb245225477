import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;

/**
 * That the jar with all of CUDA, which {@code mvn -P cuda12-redist} and {@code LENET4J_CUDA=redist ./lenet4j} download, is where Maven
 * looks for it, and has the libraries: its index is read, the last 64 KB of 2 GB.
 *
 * <p>java src/it/RedistIndex.java REPOSITORY
 */
final class RedistIndex {
  private static final List<String> LIBRARIES = List.of("libcudart.so.12", "libcublas.so.12", "libcublasLt.so.12", "libcudnn.so.9",
      "libcudnn_graph.so.9", "libcudnn_ops.so.9", "libcudnn_cnn.so.9", "libcudnn_engines_precompiled.so.9",
      "libcudnn_engines_runtime_compiled.so.9", "libcudnn_heuristic.so.9", "libcudnn_adv.so.9");

  private RedistIndex() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Properties versions = new Properties();
    try (var in = Files.newBufferedReader(Path.of("native-config/versions.properties"))) {
      versions.load(in);
    }
    String version = versions.getProperty("cuda12-redist.cuda");
    URI jar = URI.create(args[0].replaceFirst("/+$", "") + "/org/bytedeco/cuda/" + version + "/cuda-" + version
        + "-linux-x86_64-redist.jar");
    HttpRequest request = HttpRequest.newBuilder(jar).header("Range", "bytes=-65536").timeout(Duration.ofMinutes(1)).build();
    HttpResponse<byte[]> response;
    try {
      response = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build()
          .send(request, HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      System.out.println("the index of " + jar + " is not read: " + e);
      return; // no network
    }
    if (response.statusCode() != 206) {
      throw new IOException(jar + " answers with " + response.statusCode());
    }
    String index = new String(response.body(), StandardCharsets.ISO_8859_1);
    for (String library : LIBRARIES) {
      if (!index.contains("org/bytedeco/cuda/linux-x86_64/" + library)) {
        throw new IOException(jar + " has no " + library);
      }
    }
    System.out.println(jar + ": " + response.headers().firstValue("Content-Range").orElse("") + ", all libraries are there");
  }
}
