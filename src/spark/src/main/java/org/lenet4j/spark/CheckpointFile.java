package org.lenet4j.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.util.SerializableConfiguration;

/** A checkpoint in any file system that Spark knows. */
record CheckpointFile(String path, SerializableConfiguration settings) implements Serializable {
  /** Seen from the driver, if the path does not begin at a root. */
  static CheckpointFile of(String path, SparkContext context) {
    Configuration settings = new Configuration(context.hadoopConfiguration());
    try {
      Path whole = FileContext.getFileContext(new Path(path).toUri(), settings).makeQualified(new Path(path));
      return new CheckpointFile(whole.toString(), new SerializableConfiguration(settings));
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": there can be no checkpoint: " + e.getMessage(), e);
    }
  }

  private FileContext files() throws IOException {
    return FileContext.getFileContext(new Path(path).toUri(), settings.value());
  }

  /** Null if there is none. */
  byte[] read() {
    try (InputStream in = files().open(new Path(path))) {
      return in.readAllBytes();
    } catch (FileNotFoundException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": the checkpoint cannot be read: " + e.getMessage(), e);
    }
  }

  /** Beside its place and then renamed, so that there is a whole one whenever an executor dies. */
  void write(byte[] bytes) {
    Path next = new Path(path).suffix(".next");
    try {
      try (OutputStream out = files().create(next, EnumSet.of(CreateFlag.CREATE, CreateFlag.OVERWRITE))) {
        out.write(bytes);
      }
      files().rename(next, new Path(path), Options.Rename.OVERWRITE);
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": the checkpoint cannot be written: " + e.getMessage(), e);
    }
  }

  void delete() {
    try {
      files().delete(new Path(path), false);
    } catch (FileNotFoundException e) {
      return; // a run without epochs has written none
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": the checkpoint cannot be removed: " + e.getMessage(), e);
    }
  }
}
