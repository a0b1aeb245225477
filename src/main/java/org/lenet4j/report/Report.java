package org.lenet4j.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.lenet4j.Device;
import org.lenet4j.EpochResult;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.file.AtomicFile;
import org.lenet4j.file.OwnFile;
import org.lenet4j.nn.Conv2d;
import org.lenet4j.nn.Model;
import org.lenet4j.tune.LrRange;

/**
 * What a training run or a fine-tuning came to, as a folder: {@code index.html}, one page with every picture inside it, which needs no
 * network and follows the reader's choice of light or dark; and the light pictures as PNG files. Parts appear in the order in which they
 * are added.
 */
public final class Report {
  private static final String PAGE = "index.html";
  private static final Pattern FILES = Pattern.compile("index\\.html|(loss|accuracy|schedule|learning-rate|confusion.*|classes|filters"
      + "|mistakes|training)\\.png"); // all that any report has

  private final String title;
  private final List<String> classNames;
  private final Page page;
  private final List<Picture> pictures = new ArrayList<>();

  /** A part with a picture. */
  private record Picture(String file, Function<Theme, BufferedImage> drawing) {}

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
   */
  public Report epochs(List<EpochResult> epochs, String measured) {
    picture("loss", "Loss", "mean of each epoch", theme -> Curves.loss(epochs, measured, theme));
    return picture("accuracy", "Accuracy", "share of images read right, in each epoch", theme -> Curves.accuracy(epochs, measured, theme));
  }

  /**
   * Adds the curve of the learning rate.
   *
   * @param done epochs that were trained; early stopping leaves out the last of the recipe's
   */
  public Report rates(Rates rates, int done) {
    return picture("schedule", "Learning rate", "of each update", theme -> Curves.rates(rates, done, theme));
  }

  /** Adds the curve of a range test. */
  public Report range(LrRange range) {
    return picture("learning-rate", "Learning-rate range test", "loss while the learning rate rises",
        theme -> Curves.range(range, theme));
  }

  /** Adds a confusion matrix; the file is named by the word, for example {@code confusion-after.png}, unless it is empty. */
  public Report confusion(String word, Metrics metrics) {
    String file = word.isEmpty() ? "confusion" : "confusion-" + word;
    return picture(file, ("Confusion matrix " + word).strip(), "a row is what an image is, a column what it was taken for",
        theme -> ConfusionMatrix.draw(metrics, classNames, theme));
  }

  /** Adds a table of precision, recall and F1 of each class. */
  public Report classes(Metrics metrics) {
    Table table = ClassTable.of(metrics, classNames);
    pictures.add(new Picture("classes", theme -> ClassTable.draw(table, theme))); // beside the page: a table of text reads better in it
    return table("Classes", table);
  }

  /** Adds the filters of the first layer, if it is a convolution. */
  public Report filters(Model model) {
    if (!(model.layers().get(0) instanceof Conv2d conv)) {
      return this;
    }
    return picture("filters", "Filters of " + conv.name(), "blue is positive, orange negative; the strongest colour is the largest weight",
        theme -> Filters.draw(model.parameter(conv.name() + ".weight"), theme));
  }

  /** Adds the images that a model reads wrong and is surest of. */
  public Report mistakes(Device device, Model model, Dataset data) {
    List<Mistake> mistakes = Mistake.of(device, model, data, ContactSheet.MOST);
    if (mistakes.isEmpty()) {
      return this;
    }
    int height = data.shape().height();
    int width = data.shape().width();
    return picture("mistakes", "Surest mistakes", "what it is → what it was taken for, and how surely",
        theme -> ContactSheet.draw(mistakes, classNames, height, width, theme));
  }

  /**
   * Adds groups of bars.
   *
   * @param file   the file of the picture, without its ending
   * @param groups what the values of a series are for, such as batch sizes
   * @param series the series, by name, a value for each group
   */
  public Report bars(String file, String heading, String caption, Collection<?> groups, Map<String, double[]> series) {
    return picture(file, heading, caption, theme -> Bars.draw(groups, series, theme));
  }

  private Report picture(String file, String heading, String caption, Function<Theme, BufferedImage> drawing) {
    pictures.add(new Picture(file, drawing));
    page.picture(file, heading, caption);
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
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> FILES.matcher(path.getFileName().toString()).matches()).toList()) {
        boolean ours = (file.endsWith(PAGE) ? OwnFile.PAGE : OwnFile.PNG).mayReplace(file);
        if (!ours) {
          throw new IOException("cannot write the report to " + folder + ": " + file.getFileName() + " there is not of a report, and is not"
              + " written over; give another folder");
        }
      }
    } catch (UncheckedIOException e) {
      throw new IOException("cannot write the report to " + folder + ": " + e.getCause().getMessage(), e);
    }
  }

  /**
   * Draws and writes everything, the page last. The folder is made if it is not there; files of an earlier report are replaced.
   *
   * @throws IOException if a file cannot be written, or Java has no fonts to draw with
   */
  public void write(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder); // those above were there when the work began
    }
    for (Picture picture : pictures) {
      byte[] light = png(picture.drawing.apply(Theme.LIGHT));
      byte[] dark = png(picture.drawing.apply(Theme.DARK));
      page.show(picture.file, light, dark);
      AtomicFile.write(folder.resolve(picture.file + ".png"), out -> out.write(light));
    }
    byte[] html = page.html().getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(folder.resolve(PAGE), out -> out.write(html));
  }

  private static byte[] png(BufferedImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return OwnFile.mark(out.toByteArray());
  }

  @Override public String toString() {
    return "report \"" + title + "\" with " + pictures.size() + " pictures";
  }
}
