package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lenet4j.Device;
import org.lenet4j.data.Blanks;
import org.lenet4j.data.ClassNames;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Model;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The new data of a fine-tuning. */
final class DataOptions {
  private static final double DEFAULT_SHARE = 0.1;
  private static final long VALIDATION = 42; // not the run's seed: what decides in one tuning is not trained on in the next

  @Option(names = "--data", paramLabel = "DATA", description = "The new data: a folder of IDX files of any image size, a"
      + " folder with one sub-folder of images per class, CSV, .npz, mnist or digits.")
  private String data;

  @Mixin private PixelOptions pixelOptions;

  @Mixin private ClassOptions classOptions;

  @Option(names = "--per-class", paramLabel = "N", description = "Few-shot: trains on N images of each class, chosen by the seed.")
  private Integer perClass;

  @Option(names = "--validation", paramLabel = "SHARE", description = "Share of the training images that is held out to decide when to stop"
      + " and which settings are best (the data's own val folder if it has one, else 0.1 with --patience or --search, else 0).")
  private Double validation;

  @Option(names = "--skip-bad", description = "Skips images that cannot be read, naming each, instead of ending with an error.")
  private boolean skipBad;

  @Option(names = "--allow-missing", description = "Accepts classes without training images; what they look like is then forgotten.")
  private boolean allowMissing;

  /**
   * What was read.
   *
   * @param train      what is trained on
   * @param validation the part held out of the training set, or null
   * @param test       what is measured on, or null
   */
  record Opened(Dataset train, Dataset validation, Dataset test) {
    /** What the numbers of an epoch are measured on. */
    String measured() {
      return validation != null ? "validation" : "test";
    }

    /** What the result is measured on, or null. */
    Dataset target() {
      return test != null ? test : validation;
    }
  }

  String data() {
    return data;
  }

  /** What a weights file may say about where the data was: its last name, for folders above it are nobody's business. */
  String name() {
    Path last = isWord(data) ? null : Path.of(data).toAbsolutePath().normalize().getFileName();
    return (last == null ? data : last.toString()) + (classOptions.classes() == null ? "" : " classes " + classOptions.classes())
        + (perClass == null ? "" : " " + perClass + " per class");
  }

  static boolean isWord(String data) {
    return data.equals("mnist") || data.equals("digits") || data.equals("pretrained");
  }

  boolean allowMissing() {
    return allowMissing;
  }

  ClassOptions classOptions() {
    return classOptions;
  }

  /**
   * Reads the data, with its own names.
   *
   * @throws IllegalArgumentException if something has to be decided and nothing is held out: test images decide nothing; or images cannot
   *                                  be turned so
   */
  Splits read(long seed, boolean decides, PrintWriter err) throws IOException {
    if (decides && validation != null && validation == 0) {
      throw new IllegalArgumentException("--patience and --search decide by validation data; give --validation a share above 0, or leave it"
          + " out for " + DEFAULT_SHARE);
    }
    List<String> skipped = skipBad ? new ArrayList<>() : null;
    Splits splits = Splits.open(data, pixelOptions.reading(err).withSkipped(skipped));
    if (skipBad) {
      skipped.forEach(reason -> err.println("skipped: " + reason));
    }
    checkTrains(splits, data);
    return classOptions.apply(splits);
  }

  /** Divides the data, which has the model's labels now. */
  Opened divide(Splits data, long seed, boolean decides, PrintWriter err) {
    Dataset inked = inked(data.train(), err);
    Dataset train = perClass == null ? inked : inked.perClass(perClass, seed);
    if (data.validation() != null) {
      if (validation == null) {
        return new Opened(train, data.validation(), data.test());
      }
      err.println(this.data + ": its own validation images are not used, because --validation was given");
    }
    if (validation == null && !decides || validation != null && validation == 0) {
      return new Opened(train, null, data.test());
    }
    Splits parts = train.holdOut(validation == null ? DEFAULT_SHARE : validation, VALIDATION);
    return new Opened(parts.train(), parts.test(), data.test());
  }

  /** Says if the images seem to be held otherwise than the model that is tuned takes them. */
  void check(Device device, Model model, Splits named, PrintWriter err) {
    ClassNames match = ClassNames.match(named, model.classNames());
    if (match.isComplete()) {
      pixelOptions.check(data, device, model, match.splits().train(), err);
    } else {
      pixelOptions.check(data, named.train(), err);
    }
  }

  /** Training images without those that have no ink; says how many these are. */
  static Dataset inked(Dataset train, PrintWriter err) {
    Dataset inked = Blanks.without(train);
    int blank = train.size() - inked.size();
    if (blank > 0) {
      err.println(blank + (blank == 1 ? " training image has no ink and is" : " training images have no ink and are") + " left out");
    }
    return inked;
  }

  /** Throws unless there is something to train on. */
  static void checkTrains(Splits splits, String data) throws IOException {
    if (splits.train() == null) {
      throw new IOException(data + ": there is no training set, only a test set; add train-images-idx3-ubyte[.gz] and"
          + " train-labels-idx1-ubyte[.gz], or a folder train");
    }
  }
}
