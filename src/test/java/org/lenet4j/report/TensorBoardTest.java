package org.lenet4j.report;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lenet4j.EpochResult;
import org.lenet4j.PythonCheck;
import org.lenet4j.optim.Recipe;
import org.lenet4j.report.proto.Events.Event;
import org.lenet4j.report.proto.Events.Summary;

/** The events as they are in the files, and as TensorBoard reads them. */
class TensorBoardTest {
  private static final Rates RATES = new Rates(Recipe.fast().withEpochs(2), 50);
  private static final List<EpochResult> EPOCHS =
      List.of(new EpochResult(1, 0.75, 0.5, 0.625, 0.875, 3), new EpochResult(2, 0.5, 0.75, 0.25, 0.9375, 3));

  @TempDir Path folder;

  private void write(EpochResult... epochs) throws IOException {
    try (TensorBoard events = new TensorBoard(folder, "test", RATES)) {
      for (EpochResult epoch : epochs) {
        events.epoch(epoch);
      }
    }
  }

  /** The numbers of a run in the order of the file, after a check of everything around them. */
  private List<String> read(String run) throws IOException {
    List<Path> files;
    try (Stream<Path> list = Files.list(folder.resolve(run))) {
      files = list.toList();
    }
    assertEquals(1, files.size());
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(files.get(0))).order(ByteOrder.LITTLE_ENDIAN);
    List<String> lines = new ArrayList<>();
    for (boolean first = true; bytes.hasRemaining(); first = false) {
      byte[] length = new byte[8];
      bytes.get(length);
      assertEquals(EventFile.checksum(length), bytes.getInt());
      byte[] record = new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      bytes.get(record);
      assertEquals(EventFile.checksum(record), bytes.getInt());
      Event event = Event.parseFrom(record);
      assertEquals(System.currentTimeMillis() / 1e3, event.getWallTime(), 60);
      assertEquals(first ? "brain.Event:2" : "", event.getFileVersion());
      for (Summary.Value value : event.getSummary().getValueList()) {
        lines.add(value.getTag() + " " + event.getStep() + " " + value.getSimpleValue());
        assertEquals(value.getTag().equals("loss") ? "train loss is with label smoothing 0.05; test loss without, as in evaluate" : "",
            value.getMetadata().getSummaryDescription());
      }
    }
    return lines;
  }

  /** The check value of CRC-32C, as every catalogue of checksums gives it, and TensorFlow's mask over it. */
  @Test void checksum() {
    int crc = 0xE3069283;
    assertEquals((crc >>> 15 | crc << 17) + 0xA282EAD8, EventFile.checksum("123456789".getBytes(StandardCharsets.US_ASCII)));
  }

  @Test void whatIsInTheFiles() throws IOException {
    write(EPOCHS.toArray(new EpochResult[0]));
    assertEquals(List.of("loss 50 0.625", "accuracy 50 0.875", "loss 100 0.25", "accuracy 100 0.9375"), read("test"));
    List<String> train = read("train");
    assertEquals(List.of("loss 50 0.75", "accuracy 50 0.5", "loss 100 0.5", "accuracy 100 0.75"),
        train.stream().filter(line -> !line.startsWith("learning_rate")).toList());
    List<String> rates = train.stream().filter(line -> line.startsWith("learning_rate")).toList();
    assertEquals(50, rates.size()); // every other step
    assertEquals("learning_rate 0 " + 0.005f / 25, rates.get(0)); // one-cycle begins at a 25th of its peak
    assertTrue(rates.stream().mapToDouble(line -> Double.parseDouble(line.split(" ")[2])).max().orElse(0) > 0.00499, rates.toString());
  }

  @Test void anEpochCanBeReadAtOnce() throws IOException {
    try (TensorBoard events = new TensorBoard(folder, "test", RATES)) {
      events.epoch(EPOCHS.get(0));
      assertEquals(2, read("test").size());
    }
  }

  @Test void withoutTestDataThereIsOneRun() throws IOException {
    write(new EpochResult(1, 0.75, 0.5, Double.NaN, Double.NaN, 3));
    assertFalse(Files.exists(folder.resolve("test")));
  }

  /** TensorBoard itself, where it is installed. */
  @Test void tensorBoardReadsThem() throws Exception {
    write(EPOCHS.get(0));
    write(EPOCHS.get(1)); // a run that was continued
    List<String> lines = PythonCheck.run("tensorboard_check.py", "tensorboard", folder).lines().filter(line -> line.startsWith("t"))
        .toList();
    assertEquals(List.of("test accuracy 50 0.875", "test accuracy 100 0.9375", "test loss 50 0.625", "test loss 100 0.25",
        "train accuracy 50 0.5", "train accuracy 100 0.75"), lines.subList(0, 6));
    for (int i = 0; i < 50; i++) {
      String[] words = lines.get(6 + i).split(" ");
      assertEquals("train learning_rate " + 2 * i, String.join(" ", words[0], words[1], words[2]));
      assertEquals(RATES.at(2 * i), Double.parseDouble(words[3]), 1e-8, String.format(Locale.ROOT, "step %d", 2 * i)); // it is a float
    }
    assertEquals(List.of("train loss 50 0.75", "train loss 100 0.5"), lines.subList(56, lines.size()));
  }

  @Test void oneFolderIsForOneRun() throws IOException {
    TensorBoard.check(folder.resolve("deep/er"), false);
    assertFalse(Files.exists(folder.resolve("deep")));
    write(EPOCHS.get(0));
    String message = assertThrows(IOException.class, () -> TensorBoard.check(folder, false)).getMessage();
    assertTrue(message.contains("another run") && message.contains(folder + "-2"), message);
    assertDoesNotThrow(() -> TensorBoard.check(folder, true));
  }

  @Test void aFileInPlaceOfAFolder() throws IOException {
    Files.writeString(folder.resolve("train"), "a file");
    String message = assertThrows(IOException.class, () -> TensorBoard.check(folder, true)).getMessage();
    assertTrue(message.contains(folder.toString()) && message.contains("train is a file"), message);
    assertThrows(IOException.class, () -> write(EPOCHS.toArray(new EpochResult[0])));
  }

  @Test void aFolderThatCannotBeRead() throws IOException {
    Path locked = Files.createDirectory(folder.resolve("locked"));
    assumeTrue(locked.toFile().setReadable(false) && !Files.isReadable(locked), "root may read everything");
    String message = assertThrows(IOException.class, () -> TensorBoard.check(folder, false)).getMessage();
    assertTrue(message.contains(locked + ": no permission to read it"), message);
  }

  /** Somebody deletes the folder while a run goes on; another run of the same second has a file of its own. */
  @Test void aFolderThatVanishes() throws IOException {
    try (TensorBoard events = new TensorBoard(folder, "test", RATES)) {
      events.epoch(EPOCHS.get(0));
      for (String run : List.of("train", "test")) {
        try (Stream<Path> files = Files.list(folder.resolve(run))) {
          Files.delete(files.findFirst().orElseThrow());
        }
        Files.delete(folder.resolve(run));
      }
      events.epoch(EPOCHS.get(1));
    }
    assertEquals(2, read("test").size());
    write(EPOCHS.toArray(new EpochResult[0]));
    try (Stream<Path> files = Files.list(folder.resolve("train"))) {
      assertEquals(2, files.count());
    }
  }
}
