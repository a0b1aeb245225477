package org.lenet4j.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.lenet4j.EpochResult;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.file.Input;

/**
 * The curves of a training run as TensorBoard shows them, while it goes on: {@code loss} and {@code accuracy} (0 to 1) after each epoch and
 * {@code learning_rate} within it, over updates made. What was measured on other images than those trained on is a run of its own in a
 * sub-folder beside {@code train}, so that TensorBoard draws both into one chart.
 */
public final class TensorBoard implements AutoCloseable {
  private static final String TRAIN = "train";
  private static final Set<String> PARTS = Set.of(TRAIN, "test", "validation"); // sub-folders of ours
  private static final int RATES = 20; // points of the learning rate in an epoch

  private final Path folder;
  private final String measured;
  private final Rates rates;
  private final EventFile train;
  private EventFile test; // or null, as long as there is nothing in it

  /**
   * Begins a file of events.
   *
   * @param folder   made if it is not there
   * @param measured what the test numbers of the epochs were measured on, such as "test" or "validation"
   * @throws IllegalStateException if protobuf-java is not there; the message says which version is needed
   */
  public TensorBoard(Path folder, String measured, Rates rates) throws IOException {
    this.folder = folder;
    this.measured = measured;
    this.rates = rates;
    train = new EventFile(folder.resolve(TRAIN));
  }

  /**
   * Throws unless events could be written there now; creates nothing.
   *
   * @param resumed whether events of the same run may be there already: two runs in one folder would be one zigzag
   * @throws IOException that says why not
   */
  public static void check(Path folder, boolean resumed) throws IOException {
    Path there = folder.toAbsolutePath().normalize();
    while (!Files.exists(there)) {
      there = there.getParent();
    }
    if (!Files.isDirectory(there)) {
      throw new IOException("cannot write events to " + folder + ": " + there + " is a file; give the name of a folder");
    }
    AtomicFile.check(there.resolve("events"));
    if (Files.isDirectory(folder)) {
      checkInside(folder, resumed);
    }
  }

  private static void checkInside(Path folder, boolean resumed) throws IOException {
    for (Path entry : list(folder, folder)) {
      boolean events = Files.isDirectory(entry) ? list(entry, folder).stream().anyMatch(TensorBoard::isEvents) : isEvents(entry);
      if (events && !resumed) {
        throw new IOException(folder + " holds the events of another run; give each run a folder of its own, such as "
            + folder.resolveSibling(folder.getFileName() + "-2"));
      }
      if (PARTS.contains(entry.getFileName().toString())) {
        if (!Files.isDirectory(entry)) {
          throw new IOException("cannot write events to " + folder + ": " + entry + " is a file; give another folder");
        }
        AtomicFile.check(entry.resolve("events"));
      }
    }
  }

  private static List<Path> list(Path inside, Path folder) throws IOException {
    try {
      return Input.list(inside);
    } catch (IOException e) {
      throw new IOException("cannot write events to " + folder + ": " + e.getMessage(), e);
    }
  }

  private static boolean isEvents(Path file) {
    return file.getFileName().toString().contains("tfevents");
  }

  /** Adds what an epoch came to. */
  public void epoch(EpochResult result) throws IOException {
    long end = result.epoch() * rates.stepsPerEpoch();
    train.restore();
    long every = Math.max(1, rates.stepsPerEpoch() / RATES);
    for (long step = end - rates.stepsPerEpoch(); step < end; step += every) {
      train.scalar(step, "learning_rate", rates.at(step), null);
    }
    add(train, end, result.trainLoss(), result.trainAccuracy());
    if (!Double.isNaN(result.testLoss())) {
      test = test == null ? new EventFile(folder.resolve(measured)) : test;
      test.restore();
      add(test, end, result.testLoss(), result.testAccuracy());
    }
  }

  private void add(EventFile file, long step, double loss, double accuracy) throws IOException {
    file.scalar(step, "loss", loss, Report.losses(rates.recipe().loss(), measured));
    file.scalar(step, "accuracy", accuracy, null);
    file.flush();
  }

  @Override public void close() throws IOException {
    train.close();
    if (test != null) {
      test.close();
    }
  }
}
