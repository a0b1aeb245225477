package org.lenet4j.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Spark with two executors, JVMs of their own, for all tests: it takes seconds to start. The JVM has one at a time. */
final class Cluster implements BeforeAllCallback {
  static final Map<String, String> PLAIN = Map.of();
  /** Another serializer, a secret that everybody must know, and encryption. */
  static final Map<String, String> STRICT = Map.of("spark.serializer", "org.apache.spark.serializer.KryoSerializer",
      "spark.kryo.registrationRequired", "false", "spark.authenticate", "true", "spark.authenticate.secret", "a secret of the tests",
      "spark.network.crypto.enabled", "true", "spark.io.encryption.enabled", "true");

  private static SparkSession session;
  private static Map<String, String> settings;

  /** Closes it when all tests are done: at the end of the JVM it would be too late. */
  @Override public void beforeAll(ExtensionContext context) {
    context.getRoot().getStore(ExtensionContext.Namespace.GLOBAL)
        .getOrComputeIfAbsent("cluster", key -> (AutoCloseable) Cluster::close);
  }

  static SparkSession plain() {
    return open(PLAIN);
  }

  static synchronized SparkSession open(Map<String, String> wanted) {
    if (session != null && wanted.equals(settings)) {
      return session;
    }
    close();
    try { // Spark wants a folder with its jars, and with an empty one takes those of the class path
      Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    SparkSession.Builder builder = SparkSession.builder().master("local-cluster[2,1,1024]").appName("tests")
        .config("spark.ui.enabled", false).config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.executor.memory", "900m").config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
        .config("spark.scheduler.minRegisteredResourcesRatio", 1).config("spark.sql.shuffle.partitions", 4)
        .config("spark.sql.warehouse.dir", Path.of(System.getenv("SPARK_HOME"), "warehouse").toString())
        .config("spark.task.maxFailures", 1); // what fails, fails at once
    wanted.forEach(builder::config);
    session = builder.getOrCreate();
    session.sparkContext().setLogLevel("ERROR");
    settings = wanted;
    return session;
  }

  static synchronized void close() {
    if (session != null) {
      session.stop();
      session = null;
    }
  }
}
