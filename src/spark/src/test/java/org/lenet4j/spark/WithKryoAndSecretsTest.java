package org.lenet4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.spark.SparkEnv;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.lenet4j.nn.LeNet5;

/** On a cluster with another serializer, authentication and encryption; its name puts it last. */
@ExtendWith(Cluster.class)
class WithKryoAndSecretsTest {
  @Test void allOfItIsTheSame() {
    SparkSession spark = Cluster.open(Cluster.STRICT);
    assertTrue(SparkEnv.get().serializer() instanceof KryoSerializer);
    assertTrue(SparkEnv.get().securityManager().isAuthenticationEnabled() && SparkEnv.get().securityManager().isEncryptionEnabled());
    org.lenet4j.data.Dataset digits = Digits.test().head(1500);
    assertEquals(0, ScoringTest.differences(digits, LeNet5.pretrained(), LeNetModel.pretrained().transform(Digits.rows(spark, digits, 2))));
    assertEquals(4, FineTunesTest.sameAsHere(spark, 5));
    assertEquals(4, SweepTest.sameAsHere(spark, 5e-3f));
    assertEquals(10, new LeNetEstimator().setEpochs(1).fit(Digits.rows(spark, Digits.train(100), 2)).network().outputSize());
  }
}
