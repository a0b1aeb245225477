package org.lenet4j.file;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/** Words that people type, and those that they may have meant. */
public final class Words {
  private static final int SHORTEST_START = 3; // letters of a word that stand for all of it

  private Words() {}

  /** The end of a message on a word that is none of those known: {@code ; did you mean fast?}, or nothing if none is like it. */
  public static String didYouMean(String word, Collection<String> known) {
    String nearest = nearest(word, known);
    return nearest == null ? "" : "; did you mean " + nearest + "?";
  }

  /** As the other. */
  public static String didYouMean(String word, String... known) {
    return didYouMean(word, Arrays.asList(known));
  }

  /**
   * The known word that another is like: but for upper case, one that it begins, or one that a third of its letters make of it, where two
   * that changed places count once. Null if there is none, or several are as near.
   */
  public static String nearest(String word, Collection<String> known) {
    String typed = word.toLowerCase(Locale.ROOT);
    String nearest = null;
    int least = Math.max(1, typed.length() / 3) + 1;
    for (String other : known) {
      String lower = other.toLowerCase(Locale.ROOT);
      boolean begins = typed.length() >= SHORTEST_START && lower.startsWith(typed);
      int distance = begins ? Math.min(1, distance(typed, lower)) : distance(typed, lower);
      if (distance < least && distance < lower.length()) { // else every letter is another one
        least = distance;
        nearest = other;
      } else if (distance == least) {
        nearest = null;
      }
    }
    return nearest;
  }

  /** Letters to add, leave out, change or exchange with the next (optimal string alignment; F. Damerau, CACM 7(3), 1964). */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + change, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
