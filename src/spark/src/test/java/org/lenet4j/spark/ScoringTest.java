package org.lenet4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.Device;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;

/** Scores are those of one machine. */
@ExtendWith(Cluster.class)
class ScoringTest {
  @TempDir Path folder;

  @Test void theClusterIsAsStrictAsItSays() {
    SparkEnv spark = Cluster.spark().sparkContext().env();
    assertEquals(Cluster.isStrict(), spark.serializer() instanceof KryoSerializer);
    assertEquals(Cluster.isStrict(), spark.securityManager().isAuthenticationEnabled() && spark.securityManager().isEncryptionEnabled());
  }

  @Test void noProbabilityDiffersFromOneMachine() {
    org.lenet4j.data.Dataset digits = Digits.test();
    Dataset<Row> scored = LeNetModel.pretrained().transform(Digits.rows(Cluster.spark(), digits, 3));
    assertEquals(List.of("id", "image", "label", "prediction", "className", "probability", "verdict"), List.of(scored.columns()));
    assertEquals(0, differences(digits, LeNet5.pretrained(), scored));
    org.lenet4j.data.Dataset few = digits.head(100);
    assertEquals(0, differences(few, LeNet5.pretrained(), LeNetModel.pretrained().transform(Digits.rows(Cluster.spark(), few, 40))),
        "partitions of two or three images");
  }

  /** How many probabilities differ in any bit, or whose names, verdicts or digits differ. */
  private static int differences(org.lenet4j.data.Dataset digits, Model model, Dataset<Row> scored) {
    List<Row> rows = scored.orderBy("id").collectAsList();
    assertEquals(digits.size(), rows.size());
    int differences = 0;
    byte[] images = new byte[digits.size() * model.input().size()];
    digits.copy(0, digits.size(), images, 0);
    try (Device device = Device.open("cpu", 1); Predictor predictor = new Predictor(device, model)) {
      Prediction[] all = predictor.predict(images, digits.size());
      for (Row row : rows) {
        Prediction here = all[row.getInt(0)];
        double[] there = row.<Vector>getAs("probability").toArray();
        for (int k = 0; k < there.length; k++) {
          differences += (float) there[k] == here.probabilities()[k] ? 0 : 1;
        }
        differences += here.label() == row.<Double>getAs("prediction") && here.name().equals(row.getAs("className"))
            && here.verdict().name().toLowerCase().replace('_', ' ').equals(row.getAs("verdict")) ? 0 : 1;
      }
    }
    return differences;
  }

  @Test void aPipelineIsSavedAndLoaded() throws Exception {
    org.lenet4j.data.Dataset digits = Digits.test().head(100);
    Dataset<Row> rows = Digits.rows(Cluster.spark(), digits, 2).withColumnRenamed("image", "scan");
    LeNetModel model = LeNetModel.pretrained().setInputCol("scan").setPredictionCol("digit");
    String saved = folder.resolve("pipeline").toString();
    new Pipeline().setStages(new PipelineStage[] {model}).fit(rows).write().overwrite().save(saved);
    PipelineModel loaded = PipelineModel.load(saved);
    LeNetModel stage = (LeNetModel) loaded.stages()[0];
    assertEquals(model.uid(), stage.uid());
    assertEquals(rows(model.transform(rows)), rows(loaded.transform(rows)));
    Path weights = folder.resolve("pipeline/stages/0_" + model.uid() + "/" + LeNetModelFiles.WEIGHTS);
    assertEquals(LeNet5.pretrained().sha256(), Model.load(weights).sha256());
  }

  private static String rows(Dataset<Row> scored) {
    return scored.drop("scan").orderBy("id").collectAsList().toString();
  }
}
