package org.lenet4j.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.lenet4j.nn.Model;

/** A model in the folder of a pipeline: Spark's metadata, and the weights beside them, in any file system that Spark knows. */
final class LeNetModelFiles {
  static final String WEIGHTS = "lenet5.safetensors";

  private LeNetModelFiles() {}

  static final class Writer extends MLWriter {
    private final LeNetModel model;
    private final MLWriter metadata;

    Writer(LeNetModel model, MLWriter metadata) {
      this.model = model;
      this.metadata = metadata;
    }

    @Override public void saveImpl(String folder) {
      Weights weights = model.weights(); // throws before anything is written
      try {
        metadata.session(sparkSession()).save(folder);
        Path file = new Path(folder, WEIGHTS);
        try (OutputStream out = file.getFileSystem(sc().hadoopConfiguration()).create(file, true)) {
          out.write(weights.bytes());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(folder + ": the model cannot be written: " + e.getMessage(), e);
      }
    }
  }

  static final class Reader extends MLReader<LeNetModel> {
    @Override public LeNetModel load(String folder) {
      LeNetModel model = new DefaultParamsReader<LeNetModel>().load(folder);
      return model.weights(Weights.of(read(new Path(folder, WEIGHTS), sc())));
    }
  }

  /** A model from any file system that Spark knows. */
  static Model read(Path file, SparkContext context) {
    try (InputStream in = file.getFileSystem(context.hadoopConfiguration()).open(file)) {
      return Model.fromBytes(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
  }
}
