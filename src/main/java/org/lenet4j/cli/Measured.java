package org.lenet4j.cli;

import org.lenet4j.Device;
import org.lenet4j.Metrics;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Seen;
import org.lenet4j.nn.Model;
import org.lenet4j.report.Table;

/**
 * How a model does on a data set: on images that it was not trained on, and apart from them on those that it was.
 *
 * @param unseen  on the former, or null if there are none
 * @param seen    on the latter, or null if there are none
 * @param unknown images of which it cannot be told, and which are in neither
 */
record Measured(Metrics unseen, Metrics seen, int unknown) {
  static Measured of(Device device, Model model, Dataset data) {
    Seen.Parts parts = model.seen().of(data);
    return new Measured(metrics(device, model, parts.unseen()), metrics(device, model, parts.seen()), size(parts.unknown()));
  }

  private static Metrics metrics(Device device, Model model, Dataset data) {
    return data == null ? null : Metrics.of(device, model, data);
  }

  private static int size(Dataset data) {
    return data == null ? 0 : data.size();
  }

  /** What is shown: of unseen images if there are any. */
  Metrics shown() {
    return unseen != null ? unseen : seen;
  }

  /** All of it in one line, so that nobody takes the figure of training images for another. */
  String line() {
    String unclear = unknown == 0 ? "" : "; of " + unknown + " others it is not known";
    String figure = Table.format("accuracy %.2f%%, loss %.4f, %d images", 100 * shown().accuracy(), shown().loss(), shown().samples());
    if (unseen == null) {
      return figure + ", all of them trained on" + unclear;
    }
    return seen == null ? figure : figure + Table.format(" not trained on; accuracy %.2f%% on %d that were", 100 * seen.accuracy(),
        seen.samples()) + unclear;
  }

  /** What has to be said of weights, or null: those of others, or from before this was noted, do not say what they have seen. */
  static String caution(Seen seen) {
    return seen.isComplete() ? null : "what these weights were trained on" + (seen.isEmpty() ? "" : " before they were tuned")
        + " is not known; if such images are here, they flatter the figure";
  }

  /** What has to be said of test images that are left out of a run's figures, or null if none are. */
  static String leftOut(Seen.Parts parts) {
    int unclear = size(parts.unknown());
    return parts.unseen() == null || parts.seen() == null ? null : "left out of the test images: " + parts.seen().size()
        + " that are trained on" + (unclear == 0 ? "" : ", and " + unclear + " that may be");
  }
}
