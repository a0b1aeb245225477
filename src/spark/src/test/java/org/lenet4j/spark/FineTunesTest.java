package org.lenet4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.lenet4j.Calibration;
import org.lenet4j.Device;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuner;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.TuningData;

/** A model a customer is the model that one machine makes of the customer's images. */
@ExtendWith(Cluster.class)
class FineTunesTest {
  /** The customer called 3 has an image that is none. */
  @Test void oneOfTwentyIsBrokenAndTheOthersAreThoseOfOneMachine() {
    int customers = 20;
    FineTuning settings = new FineTuning(Recipe.tune().withEpochs(2).withBatchSize(16)).withAllowMissing(true);
    Dataset<Row> rows = Digits.rows(Cluster.spark(), Digits.train(40 * customers), 3)
        .withColumn("customer", functions.expr("cast(id div 40 as string)"));
    Dataset<Row> broken = rows.withColumn("image", functions.expr("if(id = 130, binary('no image'), image)"));
    FineTunes tunes = new FineTunes(new Columns(), settings);
    List<Row> models = tunes.byGroup(broken, "customer", LeNet5.pretrained()).collectAsList();
    assertEquals(customers, models.size());
    int same = 0;
    try (Device device = Device.open("cpu", 2)) {
      for (Row row : models) {
        if (row.getString(0).equals("3")) {
          assertEquals("1 image cannot be used: an image of 1x28x28 has 784 bytes, this one 8; pixels are wanted, or decode for files of"
              + " images", row.getAs("error"));
          assertNull(row.getAs("weights"));
          continue;
        }
        assertNull(row.getAs("error"));
        Splits parts = new Columns().collect(rows.filter("customer = " + row.getString(0)), 0).holdOut(0.2, settings.seed());
        Model model = LeNet5.pretrained();
        try (FineTuner tuner = new FineTuner(device, model, settings.withName(row.getString(0)),
            new TuningData(parts.train(), null).withTarget(parts.test()))) {
          FineTuner.Result result = tuner.fit();
          assertEquals(result.before().targetAccuracy(), row.<Double>getAs("before"));
          assertEquals(result.after().targetAccuracy(), row.<Double>getAs("after"));
        }
        byte[] here = Calibration.calibrate(device, model, parts.train().withClasses(10)).toBytes();
        assertArrayEquals(here, row.getAs("weights"));
        same++;
      }
    }
    assertEquals(customers - 1, same);
  }

  @Test void aBrokenImageCanBeSkippedAndKeysCanBeNumbersOrNull() {
    Dataset<Row> rows = Digits.rows(Cluster.spark(), Digits.train(120), 2)
        .withColumn("a.form", functions.expr("if(id < 40, null, cast(id / 40 as int))"))
        .withColumn("image", functions.expr("if(id = 3, null, if(id > 79, null, image))"));
    FineTuning settings = new FineTuning(Recipe.tune().withEpochs(1)).withAllowMissing(true);
    Dataset<Row> models = new FineTunes(new Columns(), settings, 0, "skip", 3).byGroup(rows, "a.form", LeNet5.pretrained()).persist();
    assertEquals("[null,39,1,null,null], [1,40,0,null,null], [2,0,40,null,null]",
        models.drop("weights", "error").orderBy("`a.form`").collectAsList().toString().replaceAll("^\\[|]$", ""));
    List<Row> rest = models.select("weights", "error").orderBy(functions.col("`a.form`")).collectAsList();
    assertNull(rest.get(0).get(1));
    assertNotEquals(null, rest.get(1).get(0));
    assertEquals("there is no image that can be used", rest.get(2).getString(1));
    models.unpersist();
  }

  @Test void wrongNumbersAreRefused() {
    EstimatorTest.assertSays("the share to hold out must be from 0 to below 1, got 1.0", () -> new FineTunes().withHoldOut(1));
    EstimatorTest.assertSays("unknown handleInvalid 'ignore'; it can be error, skip, keep", () -> new FineTunes().withInvalid("ignore"));
    EstimatorTest.assertSays("the number of partitions must be 0 or more, got -1", () -> new FineTunes().withPartitions(-1));
    EstimatorTest.assertSays("there is no column 'customer'; the table has id, image, label",
        () -> new FineTunes().byGroup(Digits.rows(Cluster.spark(), Digits.train(1), 1), "customer", LeNet5.pretrained()));
  }
}
