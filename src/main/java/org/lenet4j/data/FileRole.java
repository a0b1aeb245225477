package org.lenet4j.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a file or an array holds, by its name: {@code emnist-digits-train-images-idx3-ubyte.gz} the images of the training part of
 * {@code emnist-digits}, {@code y_test} the labels of the test part.
 *
 * @param set    the words of its name that say neither, joined by {@code -}; empty for MNIST's own
 * @param part   or null
 * @param word   the word that names the part; empty without one
 * @param labels true for labels, false for images, null if the name does not say
 */
record FileRole(String set, Part part, String word, Boolean labels) {
  private static final Set<String> IMAGES = Set.of("images", "image", "imgs", "img", "x", "data", "features", "pixels");
  private static final Set<String> LABELS = Set.of("labels", "label", "y", "targets", "target", "classes");
  private static final Pattern TYPE = Pattern.compile("idx\\d?|ubyte|byte|int|float|short|uint8|gz|npy|npz|csv|tsv|arr|\\d");
  private static final Pattern GLUED = Pattern.compile("(x|y)(train|test|val|valid)|(train|test|val|valid)(x|y|images|imgs|labels)");

  /** What a name says. */
  static FileRole of(String name) {
    List<String> set = new ArrayList<>();
    Part part = null;
    String word = "";
    Boolean labels = null;
    for (String token : words(name)) {
      Part named = Part.ofWord(token.matches("test[15]0k") ? "test" : token);
      if (named != null && part == null) {
        part = named;
        word = token;
      } else if (labels == null && (IMAGES.contains(token) || LABELS.contains(token))) {
        labels = LABELS.contains(token);
      } else if (!TYPE.matcher(token).matches()) {
        set.add(token);
      }
    }
    return new FileRole(String.join("-", set), part, word, labels);
  }

  private static List<String> words(String name) {
    List<String> words = new ArrayList<>();
    for (String word : name.replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT).split("[^a-z0-9]+")) {
      Matcher glued = GLUED.matcher(word);
      if (glued.matches()) {
        words.add(glued.group(1) != null ? glued.group(1) : glued.group(3));
        words.add(glued.group(1) != null ? glued.group(2) : glued.group(4));
      } else if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return words;
  }
}
