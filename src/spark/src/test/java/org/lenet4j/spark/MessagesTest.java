package org.lenet4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.data.Shape;
import org.lenet4j.nn.Activation;
import org.lenet4j.nn.Init;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Linear;
import org.lenet4j.nn.Model;

/** What is wrong is said in a sentence; no cluster is needed for these. */
class MessagesTest {
  @TempDir Path folder;

  @Test void columns() {
    StructType table = new StructType().add("id", DataTypes.LongType).add("image", new ArrayType(DataTypes.IntegerType, false))
        .add("scan", DataTypes.BinaryType).add("prediction", DataTypes.DoubleType);
    LeNetModel model = LeNetModel.pretrained();
    EstimatorTest.assertSays("the images in column 'image' are array<int>; binary is wanted, the pixels of an image in each row",
        () -> model.transformSchema(table));
    EstimatorTest.assertSays("the images in column 'image' are array<int>; binary is wanted, the file of an image in each row, as Spark's"
        + " binaryFile reads them", () -> LeNetModel.pretrained().setDecode(true).transformSchema(table));
    EstimatorTest.assertSays("there is no column 'photo'; the table has id, image, scan, prediction",
        () -> model.setInputCol("photo").transformSchema(table));
    EstimatorTest.assertSays("there already is a column 'prediction'; give the answers another one with predictionCol",
        () -> model.setInputCol("scan").transformSchema(table));
    EstimatorTest.assertSays("unknown handleInvalid 'drop'; it can be error, skip, keep",
        () -> model.setPredictionCol("digit").setHandleInvalid("drop").transformSchema(table));
    assertEquals("id image scan prediction digit className probability verdict",
        String.join(" ", model.setHandleInvalid("keep").transformSchema(table).fieldNames()));
  }

  @Test void anImageFileNeedsAModelOfItsShape() {
    Model small = new Model(new Shape(1, 4, 4), List.of(new Linear("fc", 16, 2, Activation.NONE)), Init.XAVIER_UNIFORM, 1);
    EstimatorTest.assertSays("an image file becomes 1x28x28, the model takes 1x4x4; give it pixels of that shape, or use a model of that"
        + " input", () -> new Pixels(small.input(), true));
  }

  @Test void aModelWithoutWeights() {
    assertEquals("the model has no weights; make it of a network, or load it",
        assertThrows(IllegalStateException.class, () -> new LeNetModel("uid").network()).getMessage());
  }

  /** As all of Spark ML can be: a lambda may have caught one. */
  @Test void modelsAndEstimatorsCanBeSerialized() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(LeNetModel.pretrained().setInputCol("scan"));
      out.writeObject(new LeNetEstimator().setEpochs(3));
    }
    try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      LeNetModel model = (LeNetModel) in.readObject();
      assertEquals("scan", model.getOrDefault(model.inputCol()));
      assertEquals(LeNet5.pretrained().sha256(), model.network().sha256());
      LeNetEstimator estimator = (LeNetEstimator) in.readObject();
      assertEquals(3, estimator.getOrDefault(estimator.epochs()));
    }
  }

  @Test void anotherVersion() {
    Library.check("0.1.0", "0.1.0");
    Library.check(null, "0.1.0"); // in folders there are no versions
    String said = assertThrows(IllegalStateException.class, () -> Library.check("0.2.0", "0.1.0")).getMessage();
    assertTrue(said.matches("lenet4j-spark 0.2.0 finds lenet4j 0.1.0 in .*: the class path of the cluster has an older or newer one;"
        + " remove it there, or ship both jars of one version with --jars"), said);
  }

  /** With a class in front of the others that lacks what came later. */
  @Test void anOlderLibraryOnTheClassPath() throws Exception {
    Path source = Files.writeString(Files.createDirectories(folder.resolve("org/lenet4j/nn")).resolve("Model.java"),
        "package org.lenet4j.nn;\npublic final class Model {}\n");
    assertEquals(0, ToolProvider.findFirst("javac").orElseThrow().run(System.out, System.err, source.toString()));
    String said = run(List.of(), folder + File.pathSeparator + System.getProperty("java.class.path"), OldLibrary.class);
    assertTrue(said.matches("(?s).*the lenet4j that is found in .* does not fit this lenet4j-spark \\(.*fromBytes.*\\): the class path"
        + " of the cluster has an older or newer one; remove it there, or ship both jars of one version with --jars.*"), said);
  }

  @Test void withoutTheVectorApiItWorksAndSaysSoOnce() throws Exception {
    String said = run(List.of("-Dlog4j2.configurationFile=log4j2.properties"), System.getProperty("java.class.path"), WithoutVector.class);
    assertEquals(2, said.split("lenet4j computes without Java's Vector API here", -1).length, said);
    assertTrue(said.contains("answers 1024, idle predictors " + OnExecutor.MOST), said);
  }

  private static String run(List<String> flags, String classPath, Class<?> main) throws Exception {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
        "-Duser.home=" + System.getProperty("user.home")));
    command.addAll(flags);
    command.addAll(List.of("-cp", classPath, main.getName()));
    Path log = Files.createTempFile("lenet4j", ".log");
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
      try {
        assertTrue(process.waitFor(120, TimeUnit.SECONDS));
      } finally {
        process.destroyForcibly();
      }
      return Files.readString(log);
    } finally {
      Files.delete(log);
    }
  }
}
