package org.lenet4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.data.ImageFile;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;

/** Files of images in a table: those of USPS where LENET4J_DATA says where they are, else drawn ones. */
@ExtendWith(Cluster.class)
class RawFilesTest {
  @TempDir static Path folder;

  @Test void filesAreReadAsOneMachineReadsThem() throws Exception {
    Dataset<Row> files = Cluster.spark().read().format("binaryFile").option("recursiveFileLookup", "true").load(pictures().toString());
    List<Row> scored = LeNetModel.pretrained().setInputCol("content").setDecode(true).transform(files)
        .select("path", "className", "prediction").collectAsList();
    assertTrue(scored.size() >= 100, scored.size() + " files");
    int right = 0;
    int rightHere = 0;
    try (Device device = Device.open("cpu", 1); Predictor predictor = new Predictor(device, LeNet5.pretrained())) {
      for (Row row : scored) {
        Path file = Path.of(URI.create(row.getString(0)));
        String label = file.getParent().getFileName().toString();
        String here = predictor.predict(ImageFile.read(file)).name();
        assertEquals(here, row.getString(1), file.toString());
        assertEquals(Double.parseDouble(here), row.getDouble(2));
        right += row.getString(1).equals(label) ? 1 : 0;
        rightHere += here.equals(label) ? 1 : 0;
      }
    }
    assertEquals(rightHere, right);
    assertTrue(right > 0.9 * scored.size(), right + " of " + scored.size());
  }

  private static Path pictures() throws IOException {
    String data = System.getenv("LENET4J_DATA");
    if (data != null) {
      return Path.of(data, "usps/png-sample").toAbsolutePath();
    }
    org.lenet4j.data.Dataset digits = SyntheticDigits.create(100, 3);
    for (int i = 0; i < digits.size(); i++) {
      Path of = Files.createDirectories(folder.resolve(Integer.toString(digits.labels()[i])));
      ImageIO.write(picture(digits, i), "png", of.resolve(i + ".png").toFile());
    }
    return folder;
  }

  /** Dark on light, and three times as large. */
  static BufferedImage picture(org.lenet4j.data.Dataset digits, int i) {
    BufferedImage picture = new BufferedImage(84, 112, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 112; y++) {
      for (int x = 0; x < 84; x++) {
        int ink = y / 3 < 28 ? digits.images()[i * 784 + y / 3 * 28 + x / 3] & 0xFF : 0;
        picture.getRaster().setSample(x, y, 0, 230 - ink * 3 / 4);
      }
    }
    return picture;
  }

  @Test void whatIsNoImageIsNullOrLeftOutOrAnError() {
    Dataset<Row> rows = Digits.rows(Cluster.spark(), Digits.test().head(10), 2)
        .selectExpr("id", "if(id = 3, binary('no image'), if(id = 4, null, image)) as image");
    LeNetModel model = LeNetModel.pretrained().setHandleInvalid("keep");
    Dataset<Row> kept = model.transform(rows);
    List<Row> answers = new ArrayList<>(kept.drop("image").collectAsList());
    assertEquals(2, model.unreadable());
    answers.sort(Comparator.comparingInt(row -> row.getInt(0)));
    assertEquals(10, answers.size());
    assertEquals("[[3,null,null,null,null], [4,null,null,null,null]]", answers.subList(3, 5).toString());
    assertEquals(8, answers.stream().filter(row -> !row.isNullAt(1)).count());
    LeNetModel skipping = model.setHandleInvalid("skip");
    assertEquals(8, skipping.transform(rows).collectAsList().size());
    assertEquals(2, skipping.unreadable());
    Exception failed = assertThrows(Exception.class, () -> model.setHandleInvalid("error").transform(rows).collectAsList());
    assertTrue(failed.toString().contains("(handleInvalid=keep answers null for such images, skip leaves them out)"), failed.toString());
    Exception noPng = assertThrows(Exception.class, () -> model.setDecode(true).transform(rows.filter("id = 3")).collectAsList());
    assertTrue(noPng.toString().contains("the image: "), noPng.toString());
  }
}
