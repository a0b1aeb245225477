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
      + " mnist or digits. May be given several times. Nothing is measured on them, and inputs are normalised as those of --data alone.")
  private List<String> extra = List.of();

  @Option(names = "--scans", description = "Trains also on a copy of each training image as other pens, scanners and cameras would have"
      + " made it: thin, thick, slanted, low in resolution, black and white, blurred, noisy.")
  private boolean scans;

  /** Whether there is anything. */
  boolean given() {
    return scans || !extra.isEmpty();
  }

  /**
   * The data with all that is trained on beside its own training images.
   *
   * @throws IOException if some cannot be read or are of other classes
   */
  Splits addTo(Splits splits, long seed, PrintWriter out) throws IOException {
    Dataset train = splits.train();
    for (String data : extra) {
      Splits more = data.equals("digits") ? SyntheticDigits.splits(seed) : Splits.open(data); // each run draws others
      DataOptions.checkTrains(more, data);
      ClassNames match = ClassNames.match(more, splits.classNames());
      if (!match.isComplete()) {
        throw new IOException(data + ": its classes are " + ClassNames.list(more.classNames()) + ", those of --data are "
            + ClassNames.list(splits.classNames()) + "; --extra takes images of the same classes");
      }
      train = train.plus(ClassOptions.match(more, splits.classNames(), out).train());
    }
    return new Splits(scans ? train.plus(Scans.of(train, seed)) : train, splits.test(), splits.classNames());
  }

  /** Notes for the weights file. */
  void describe(Map<String, String> notes) {
    if (!extra.isEmpty()) {
      notes.put("extra", extra.stream().map(data -> DataOptions.isWord(data) ? data
          : Path.of(data).toAbsolutePath().normalize().getFileName().toString()).collect(Collectors.joining(",")));
    }
    if (scans) {
      notes.put("scans", "true");
    }
  }
}
