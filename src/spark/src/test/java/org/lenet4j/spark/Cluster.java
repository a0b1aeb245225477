package org.lenet4j.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Spark with two executors, JVMs of their own, for all tests: it takes seconds to start. With what could be in the way: another
 * serializer, a secret that everybody must know, and encryption. With the system property {@code cluster=plain} as Spark is without
 * settings.
 */
final class Cluster implements BeforeAllCallback {
  private static SparkSession session;

  /** Closes it when all tests are done: at the end of the JVM it would be too late. */
  @Override public void beforeAll(ExtensionContext context) {
    context.getRoot().getStore(ExtensionContext.Namespace.GLOBAL)
        .getOrComputeIfAbsent("cluster", key -> (AutoCloseable) Cluster::close);
  }

  static synchronized SparkSession spark() {
    if (session == null) {
      session = open();
    }
    return session;
  }

  private static SparkSession open() {
    try { // Spark wants a folder with its jars, and with an empty one takes those of the class path
      Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    SparkSession.Builder builder = SparkSession.builder().master("local-cluster[2,2,1024]").appName("tests")
        .config("spark.ui.enabled", false).config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.executor.memory", "900m").config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
        .config("spark.scheduler.minRegisteredResourcesRatio", 1).config("spark.sql.shuffle.partitions", 4)
        .config("spark.sql.warehouse.dir", Path.of(System.getenv("SPARK_HOME"), "warehouse").toString())
        .config("spark.task.maxFailures", 1); // what fails, fails at once
    if (isStrict()) {
      builder.config("spark.serializer", "org.apache.spark.serializer.KryoSerializer").config("spark.authenticate", true)
          .config("spark.authenticate.secret", "a secret of the tests").config("spark.network.crypto.enabled", true)
          .config("spark.io.encryption.enabled", true).config("spark.executor.extraJavaOptions", System.getProperty("short.java", ""));
    }
    SparkSession opened = builder.getOrCreate();
    opened.sparkContext().setLogLevel("ERROR");
    return opened;
  }

  static boolean isStrict() {
    return !"plain".equals(System.getProperty("cluster"));
  }

  private static synchronized void close() {
    if (session != null) {
      session.stop();
    }
  }
}
