package org.lenet4j.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.lenet4j.Device;
import org.lenet4j.EpochResult;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.file.Input;
import org.lenet4j.file.OwnFile;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.CrossEntropy;
import org.lenet4j.nn.Loss;
import org.lenet4j.nn.Model;
import org.lenet4j.tune.LrRange;

/**
 * What a training run or a fine-tuning came to, as a folder: {@code index.html}, one page with everything inside it, which needs no
 * network and follows the reader's choice of light or dark; and its drawings as SVG files. Parts appear in the order in which they are
 * added. Nothing here needs fonts of Java, which a server or a slim image may not have.
 */
public final class Report {
  private static final int MOST_MISTAKES = 20;
  private static final String PAGE = "index.html";
  private static final Pattern FILES = Pattern.compile("index\\.html|(loss|accuracy|schedule|learning-rate|confusion.*|classes|filters"
      + "|mistakes|training)\\.svg"); // all that any report has

  private final String title;
  private final List<String> classNames;
  private final Page page;
  private final Map<String, Svg> pictures = new LinkedHashMap<>(); // file, without its ending, to drawing

  /**
   * An empty report.
   *
   * @param title      the title of the page
   * @param classNames the names of the data's classes
   */
  public Report(String title, List<String> classNames) {
    this.title = title;
    this.classNames = List.copyOf(classNames);
    this.page = new Page(title);
  }

  /**
   * Says under the title how the page came about.
   *
   * @param facts   short ones: when, with what
   * @param command that was given
   */
  public Report about(List<String> facts, String command) {
    page.facts(facts);
    page.command(command);
    return this;
  }

  /** Adds the answer to a question, in a sentence, with what there is to say of it and its numbers. */
  public Report answer(String question, String answer, String more, Table numbers) {
    page.answer(question, answer, more, numbers);
    return this;
  }

  /** Adds a few numbers that matter, with their names. */
  public Report numbers(String heading, Map<String, String> numbers) {
    page.list(heading, numbers, true);
    return this;
  }

  /** Adds settings, or other names and what they are. */
  public Report list(String heading, Map<String, String> items) {
    page.list(heading, items, false);
    return this;
  }

  /** Adds a sentence. */
  public Report note(String heading, String text) {
    page.note(heading, text);
    return this;
  }

  /** Adds a table. */
  public Report table(String heading, Table table) {
    page.table(heading, table);
    return this;
  }

  /**
   * Adds the curves of loss and accuracy.
   *
   * @param epochs   all epochs
   * @param measured what their test numbers were measured on, such as "validation"
   * @param loss     of the recipe
   */
  public Report epochs(List<EpochResult> epochs, String measured, Loss loss) {
    return epochs(epochs, measured, loss, "");
  }

  /** As {@link #epochs(List, String, Loss)}; {@code weights} says which ones they are of, if not of those that were kept. */
  public Report epochs(List<EpochResult> epochs, String measured, Loss loss, String weights) {
    String kinds = losses(loss, Double.isNaN(epochs.get(0).testLoss()) ? null : measured);
    picture("loss", "Loss", kinds == null ? "mean of each epoch" : "mean of each epoch; " + kinds, Lines.loss(epochs, measured));
    return picture("accuracy", "Accuracy", "share of images read right, in each epoch" + weights, Lines.accuracy(epochs, measured));
  }

  /**
   * What has to be said of the losses of epochs; null where they are all of a kind.
   *
   * @param loss     of the recipe
   * @param measured what the test numbers of the epochs were measured on, or null if there are none
   */
  public static String losses(Loss loss, String measured) {
    return !(loss instanceof CrossEntropy entropy) || entropy.labelSmoothing() == 0 ? null
        : "train loss is with label smoothing " + entropy.labelSmoothing()
            + (measured == null ? "" : "; " + measured + " loss without, as in evaluate");
  }

  /**
   * Adds the curve of the learning rate.
   *
   * @param done epochs that were trained; early stopping leaves out the last of the recipe's
   */
  public Report rates(Rates rates, int done) {
    return picture("schedule", "Learning rate", "of each update", Lines.rates(rates, done));
  }

  /** Adds the curve of a range test. */
  public Report range(LrRange range) {
    return picture("learning-rate", "Learning-rate range test", "loss while the learning rate rises", Lines.range(range));
  }

  /** Adds a confusion matrix; the file is named by the word, for example {@code confusion-after.svg}, unless it is empty. */
  public Report confusion(String word, Metrics metrics) {
    String file = word.isEmpty() ? "confusion" : "confusion-" + word;
    return picture(file, ("Confusion matrix " + word).strip(), "how many images of each class were taken for which",
        ConfusionMatrix.draw(metrics, classNames));
  }

  /** Adds a table of precision, recall and F1 of each class. */
  public Report classes(Metrics metrics) {
    return table("Classes", ClassTable.of(metrics, classNames));
  }

  /** Adds the filters of the first layer, if it is a convolution. */
  public Report filters(Model model) {
    return model.layers().get(0) instanceof Conv2d conv
        ? picture("filters", "Filters of " + conv.name(), "blue weights are positive, orange ones negative; the strongest colour is the"
            + " largest weight", Filters.draw(model.parameter(conv.name() + ".weight")))
        : this;
  }

  /** Adds the images that a model reads wrong and is surest of, or says that there are none. */
  public Report mistakes(Device device, Model model, Dataset data) {
    String heading = "Surest mistakes";
    if (data.shape().channels() != 1) {
      return note(heading, "Not shown: only images of one channel are drawn, these are of " + data.shape() + ".");
    }
    List<Mistake> mistakes = Mistake.of(device, model, data, MOST_MISTAKES);
    if (mistakes.isEmpty()) {
      return note(heading, "No mistakes: of " + data.size() + " images none was taken for something else.");
    }
    page.sheet(heading, "what it is → what it was taken for, and how surely; often it is the label that is wrong", mistakes, classNames,
        data.shape().height(), data.shape().width());
    return this;
  }

  /**
   * Adds groups of bars.
   *
   * @param file   the file of the picture, without its ending
   * @param groups what the values of a series are for, such as batch sizes
   * @param series the series, by name, a value for each group
   */
  public Report bars(String file, String heading, String caption, Collection<?> groups, Map<String, double[]> series) {
    return picture(file, heading, caption, Bars.draw(groups, series));
  }

  private Report picture(String file, String heading, String caption, Svg drawing) {
    pictures.put(file, drawing);
    page.picture(heading, caption, drawing);
    return this;
  }

  /**
   * Throws unless the folder could be written now, without writing over files of others; creates nothing.
   *
   * @throws IOException that says why not
   */
  public static void check(Path folder) throws IOException {
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(folder)) {
      throw new IOException("cannot write the report to " + folder + ": it is a " + (Files.exists(folder) ? "file" : "link to nothing")
          + "; give the name of a folder");
    }
    if (!Files.isDirectory(folder)) {
      AtomicFile.check(Path.of(folder + ".lenet4j")); // beside it, where the folder will be made
      return;
    }
    AtomicFile.check(folder.resolve(PAGE));
    for (Path file : Input.list(folder)) {
      boolean ours = !FILES.matcher(file.getFileName().toString()).matches()
          || (file.endsWith(PAGE) ? OwnFile.PAGE : OwnFile.SVG).mayReplace(file);
      if (!ours) {
        throw new IOException("cannot write the report to " + folder + ": " + file.getFileName() + " there is not of a report, and is not"
            + " written over; give another folder");
      }
    }
  }

  /**
   * Writes everything, the page last. The folder is made if it is not there; files of an earlier report are replaced.
   *
   * @throws IOException if a file cannot be written
   */
  public void write(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder); // those above were there when the work began
    }
    for (Map.Entry<String, Svg> picture : pictures.entrySet()) {
      write(folder.resolve(picture.getKey() + ".svg"), picture.getValue().file());
    }
    write(folder.resolve(PAGE), page.html());
  }

  private static void write(Path file, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(file, out -> out.write(bytes));
  }

  @Override public String toString() {
    return "report \"" + title + "\" with " + pictures.size() + " pictures";
  }
}
