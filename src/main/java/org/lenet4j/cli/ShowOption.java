package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lenet4j.file.OwnFile;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Whether what the net sees is shown, and where. */
final class ShowOption {
  private static final String NAME = "--show";
  private static final String PNG = ".png";

  @Spec(Spec.Target.MIXEE) private CommandSpec command;

  @Option(names = NAME, arity = "0..1", paramLabel = "FILE.png", fallbackValue = "", description = "Draws what the net sees of each image,"
      + " 28x28 pixels, in characters; with a file, as PNG there, several images side by side.")
  private String show; // null if not wanted, empty for characters

  private Path file; // null for characters
  private final List<byte[]> seen = new ArrayList<>(); // for the file

  /**
   * Finds out what was meant, for {@code --show a.png b.png} could be two images to read: no image is ever written over.
   *
   * @param images the other arguments; what the option took by mistake is added
   */
  void check(List<String> images) throws IOException {
    if (show == null || show.isEmpty()) {
      return;
    }
    boolean certain = command.commandLine().getParseResult().originalArgs().contains(NAME + "=" + show);
    if (!certain && (images.isEmpty() || !show.endsWith(PNG))) {
      images.add(0, show);
      show = "";
    } else if (!show.endsWith(PNG)) {
      throw usage(NAME + "=" + show + ": it writes PNG; give a name that ends in " + PNG);
    } else if (!certain && Files.exists(Path.of(show))) {
      throw usage(show + " is there already; " + NAME + "=" + show + " replaces it, and if it is an image to read, put " + NAME
          + " behind the images");
    } else {
      file = Path.of(show);
      OwnFile.PNG.check(file);
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  /** One more image, {@code (28, 28)}. */
  void add(byte[] image, PrintWriter out) {
    if (file != null) {
      seen.add(image);
    } else if (show != null) {
      out.print(Drawing.text(image));
      out.flush();
    }
  }

  /** Writes the file, if it is wanted and there is something to show. */
  void write() throws IOException {
    if (!seen.isEmpty()) {
      Drawing.write(seen, file);
    }
  }
}
