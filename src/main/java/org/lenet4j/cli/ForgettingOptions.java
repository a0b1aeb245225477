package org.lenet4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.data.ClassNames;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Mnist;
import org.lenet4j.data.Reading;
import org.lenet4j.data.ReplayBuffer;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.Recipe;
import org.lenet4j.tune.FineTuning;
import org.lenet4j.tune.Fisher;
import org.lenet4j.tune.Origin;
import org.lenet4j.tune.TuningData;
import picocli.CommandLine.Option;

/** What is done against forgetting, and on what forgetting is measured. */
final class ForgettingOptions {
  @Option(names = "--replay", paramLabel = "DATA", description = "Old data whose training images are learned again among the new ones; can"
      + " be given several times.")
  private List<String> replay = new ArrayList<>();

  @Option(names = "--replay-share", paramLabel = "X", description = "Share of an epoch that is old (as many classes of all classes as the"
      + " old data has: a half if both have the same).")
  private Float share;

  @Option(names = "--replay-per-class", paramLabel = "N", description = "Keeps only N images of each class of the old data, chosen by the"
      + " seed: a bounded buffer.")
  private Integer perClass;

  @Option(names = "--replay-classes", paramLabel = "LIST", description = "Uses only these classes of the old data, for example 0-4 or"
      + " cat,dog.")
  private String classes;

  @Option(names = "--source", paramLabel = "DATA", description = "Old data on whose test images forgetting is measured (that of --replay;"
      + " else what the weights were trained on, if it can be found).")
  private String source;

  @Option(names = "--l2sp", paramLabel = "X", description = "Pulls the weights towards those of --from with this strength (L2-SP).")
  private Float l2sp;

  @Option(names = "--ewc", paramLabel = "X", description = "As --l2sp, each weight as strongly as the old data needs it (EWC); needs"
      + " --replay or --source, or old data that can be found.")
  private Float ewc;

  @Option(names = "--ewc-samples", paramLabel = "N", defaultValue = "1000",
      description = "Old images from which EWC learns what they need (${DEFAULT-VALUE}).")
  private int ewcSamples;

  /**
   * Old data.
   *
   * @param train what can be replayed, or null
   * @param test  what is measured on, or null
   */
  record Old(Dataset train, Dataset test) {}

  /** Throws for values that make no sense together. */
  ForgettingOptions check() {
    if (l2sp != null && ewc != null) {
      throw new IllegalArgumentException("--l2sp and --ewc pull the same weights; give one of them");
    }
    if (replay.isEmpty() && (share != null || perClass != null || classes != null)) {
      throw new IllegalArgumentException((share != null ? "--replay-share" : perClass != null ? "--replay-per-class" : "--replay-classes")
          + " is for --replay; say with it where the old data is");
    }
    if (share != null && !(share > 0 && share < 1)) {
      throw new IllegalArgumentException("--replay-share must be above 0 and below 1, got " + share);
    }
    if (perClass != null && perClass < 1) {
      throw new IllegalArgumentException("--replay-per-class must be at least 1, got " + perClass);
    }
    return this;
  }

  boolean replays() {
    return !replay.isEmpty();
  }

  List<String> replay() {
    return replay;
  }

  /** Reads what is replayed, with its own names; what there is to say about how goes to {@code err}. */
  List<Splits> read(ClassOptions names, PrintWriter err) throws IOException {
    List<Splits> replayed = new ArrayList<>();
    for (String data : replay) {
      Splits splits = chosen(data, names, err);
      if (splits.train() == null) {
        throw new IOException(data + ": there is no training set to replay, only a test set; add one, or measure on it with --source");
      }
      replayed.add(splits);
    }
    return replayed;
  }

  /** All old data with the labels of the model that will be tuned. */
  Old open(List<Splits> replayed, Model model, Model parent, long seed, ClassOptions names, PrintWriter out, PrintWriter err)
      throws IOException {
    Dataset train = null;
    Dataset test = null;
    for (int i = 0; i < replayed.size(); i++) {
      Splits splits = matched(replay.get(i), replayed.get(i), model, out);
      train = join(train, splits.train());
      test = splits.test() == null ? test : join(test, splits.test());
    }
    if (perClass != null) {
      train = new ReplayBuffer(perClass, seed).add(train).samples();
    }
    if (source != null) {
      Splits splits = matched(source, chosen(source, names, err), model, out);
      return new Old(train, splits.test() != null ? splits.test() : splits.train());
    }
    return test != null || train != null ? new Old(train, test == null ? train : test) : known(parent, model);
  }

  private Splits chosen(String data, ClassOptions names, PrintWriter err) throws IOException {
    Splits splits = names.rename(Splits.open(data, new Reading().withTold(err::println)));
    return classes == null ? splits : ClassOptions.choose("--replay-classes", classes, splits);
  }

  private static Splits matched(String name, Splits data, Model model, PrintWriter out) {
    try {
      return ClassOptions.match(data, model.classNames(), out);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
    }
  }

  private static Dataset join(Dataset first, Dataset second) {
    return first == null ? second : first.plus(second);
  }

  /** What the weights say they were trained on, if it is at hand and the model still has those classes. */
  private static Old known(Model parent, Model model) throws IOException {
    Map<String, String> origin = Origin.of(parent);
    String data = origin.getOrDefault("data", "");
    Splits old = data.equals("digits") ? Splits.open("digits") : data.equals("mnist") ? Mnist.cached() : null;
    ClassNames match = old == null ? null : ClassNames.match(old, model.classNames());
    return match == null || !match.isComplete() ? new Old(null, null) : new Old(match.splits().train(), match.splits().test());
  }

  /** With the old data that these options want. */
  TuningData add(Old old, TuningData data) {
    return data.withReplay(replays() ? old.train() : null).withSource(old.test());
  }

  /** Settings with what these options say. */
  FineTuning set(FineTuning settings, Old old, Device device, Model model, String... freeLayers) {
    FineTuning set = share == null ? settings : settings.withReplayShare(share);
    Recipe recipe = settings.recipe();
    if (l2sp != null) {
      return set.withRecipe(recipe.withAnchor(Anchor.to(model, l2sp, freeLayers)));
    }
    if (ewc != null) {
      Dataset data = old.train() != null ? old.train() : old.test();
      if (data == null) {
        throw new IllegalArgumentException("--ewc needs old data to see which weights it depends on; give it with --source or --replay");
      }
      return set.withRecipe(recipe.withAnchor(Fisher.anchor(device, model, data, ewcSamples, ewc, settings.seed(), freeLayers)));
    }
    return set;
  }
}
