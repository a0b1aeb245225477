package org.lenet4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.lenet4j.Device;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.PixelFixes;
import org.lenet4j.data.Reading;
import org.lenet4j.nn.Model;
import picocli.CommandLine.Option;

/** What is to be mended of the pixels of {@code --data}, and the look whether something should be. */
final class PixelOptions {
  @Option(names = "--invert", description = "The images are dark on light: makes them bright on dark. For IDX, CSV and .npz; pictures are"
      + " read either way.")
  private boolean invert;

  @Option(names = "--transpose", description = "Makes columns of the images' rows. Files named as EMNIST's are known to need it and get it"
      + " without; with them it leaves the images as they are.")
  private boolean transpose;

  @Option(names = "--turn", paramLabel = "DEGREES", description = "Turns the images clockwise by 90, 180 or 270; with --transpose, after"
      + " that.")
  private int turn;

  @Option(names = "--scale", description = "The brightest pixel of all becomes 255: for values 0 and 1, or 0 to 127. For sets as with"
      + " --invert.")
  private boolean scale;

  /** What the options say; throws {@link IllegalArgumentException} if that makes no sense. */
  PixelFixes fixes() {
    return new PixelFixes(transpose, turn, scale, invert);
  }

  /** How data is read; what there is to say about it goes to {@code err}. */
  Reading reading(PrintWriter err) {
    return new Reading().withFixes(fixes()).withTold(err::println);
  }

  /** Says what the pixels alone say is amiss. */
  void check(String name, Dataset data, PrintWriter err) {
    PixelFixes suggested = PixelFixes.suggested(data);
    if (!suggested.isNone()) {
      err.println(name + ": the images look " + (suggested.invert() ? "dark on light" : "dim") + (suggested.invert() && suggested.scale()
          ? " and dim" : "") + ", unlike MNIST's; if they are meant to be read like those, give " + options(fixes().then(suggested)));
    }
  }

  /** Says it too if a model reads the images far better in another way; one that reads them well has the last word. */
  void check(String name, Device device, Model model, Dataset data, PrintWriter err) {
    PixelTrial trial = PixelTrial.of(device, model, data);
    if (trial == null) {
      check(name, data, err);
    } else if (!trial.better().isNone()) {
      err.println(name + ": as they are read, the model gets " + trial.right() + " of " + trial.images() + " images right, with "
          + options(fixes().then(trial.better())) + " it would be " + trial.rightThen());
    }
  }

  /** Other options than those given that come to the same as these and the better ones. */
  private static String options(PixelFixes fixes) {
    List<String> options = new ArrayList<>();
    if (fixes.transpose()) {
      options.add("--transpose");
    }
    if (fixes.turn() != 0) {
      options.add("--turn " + fixes.turn());
    }
    if (fixes.scale()) {
      options.add("--scale");
    }
    if (fixes.invert()) {
      options.add("--invert");
    }
    return options.isEmpty() ? "none of these options" : String.join(" ", options);
  }
}
