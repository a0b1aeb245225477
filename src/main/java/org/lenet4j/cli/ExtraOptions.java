package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lenet4j.data.ClassNames;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Scans;
import org.lenet4j.data.Splits;
import org.lenet4j.data.SyntheticDigits;
import picocli.CommandLine.Option;

/** What is trained on beside {@code --data}. */
final class ExtraOptions {
  @Option(names = "--extra", paramLabel = "DATA", description = "More training images, of the same classes as those of --data: a folder,"
      + " mnist or digits. May be given several times. Nothing is measured on them: inputs are normalised by the images of --data, which"
      + " also say from where on an answer is sure.")
  private List<String> extra = List.of();

  @Option(names = "--extra-per-class", paramLabel = "N", description = "Takes N images of each class of those, chosen by the seed (all).")
  private Integer perClass;

  @Option(names = "--scans", paramLabel = "SHARE", description = "Trains also on copies of that share of all training images, 0 to 1, as"
      + " other pens, scanners and cameras would have made them: thin, thick, slanted, low in resolution, black and white, blurred, noisy"
      + " (0).")
  private float scans;

  /**
   * The share of scans.
   *
   * @throws IllegalArgumentException if it is not between 0 and 1
   */
  float scans() {
    if (!(scans >= 0 && scans <= 1)) {
      throw new IllegalArgumentException("--scans must be between 0 and 1, got " + scans);
    }
    return scans;
  }

  /** Whether there is anything. */
  boolean given() {
    return scans != 0 || !extra.isEmpty();
  }

  /**
   * The data with all that is trained on beside its own training images.
   *
   * @throws IOException if some cannot be read or are of other classes
   */
  Splits addTo(Splits splits, long seed, PrintWriter out, PrintWriter err) throws IOException {
    Dataset train = splits.train();
    for (String data : extra) {
      Splits more = data.equals("digits") ? SyntheticDigits.splits(seed) : Splits.open(data); // each run draws others
      DataOptions.checkTrains(more, data);
      ClassNames match = ClassNames.match(more, splits.classNames());
      if (!match.isComplete()) {
        throw new IOException(data + ": its classes are " + ClassNames.list(more.classNames()) + ", those of --data are "
            + ClassNames.list(splits.classNames()) + "; --extra takes images of the same classes");
      }
      Dataset inked = DataOptions.inked(ClassOptions.match(more, splits.classNames(), out).train(), err);
      train = train.plus(perClass == null ? inked : inked.perClass(perClass, seed));
    }
    if (scans > 0) {
      train = train.plus(Scans.of(scans == 1 ? train : train.holdOut(scans, seed).test(), seed));
    }
    return new Splits(train, splits.test(), splits.classNames());
  }

  /** Notes for the weights file. */
  void describe(Map<String, String> notes) {
    if (!extra.isEmpty()) {
      notes.put("extra", extra.stream().map(data -> DataOptions.isWord(data) ? data
          : Path.of(data).toAbsolutePath().normalize().getFileName().toString()).collect(Collectors.joining(","))
          + (perClass == null ? "" : " " + perClass + " per class"));
    }
    if (scans != 0) {
      notes.put("scans", Float.toString(scans));
    }
  }
}
