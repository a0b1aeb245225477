package org.lenet4j.data;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a part of a data set is for, as the names of folders and files say it. */
enum Part {
  TRAIN, VALIDATION, TEST;

  private static final Map<String, Part> WORDS = Map.ofEntries(Map.entry("train", TRAIN), Map.entry("training", TRAIN),
      Map.entry("trn", TRAIN), Map.entry("val", VALIDATION), Map.entry("valid", VALIDATION), Map.entry("validation", VALIDATION),
      Map.entry("dev", VALIDATION), Map.entry("test", TEST), Map.entry("testing", TEST), Map.entry("tst", TEST), Map.entry("t10k", TEST));
  private static final Pattern NAME = Pattern.compile("(?:.*[-_ .])?(train|training|trn|val|valid|validation|dev|test|testing|tst)"
      + "(?:[-_ ]?(?:set|data|images|imgs?|split))?");

  /** What a folder is for by its name ({@code train}, {@code Testing}, {@code asl_alphabet_test}, {@code trainingSet}), or null. */
  static Part ofFolder(String name) {
    Matcher matcher = NAME.matcher(name.toLowerCase(Locale.ROOT));
    return matcher.matches() ? WORDS.get(matcher.group(1)) : null;
  }

  /** What a word in a file's name says, or null. */
  static Part ofWord(String word) {
    return WORDS.get(word);
  }

  /** As people say it. */
  String text() {
    return this == TRAIN ? "training" : this == VALIDATION ? "validation" : "test";
  }
}
