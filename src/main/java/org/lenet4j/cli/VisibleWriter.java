package org.lenet4j.cli;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.Writer;
import java.util.regex.Pattern;

/**
 * Shows control characters as {@code ?}: names of files, and what weights say of themselves, come from anybody, and a terminal obeys such
 * characters. Ends of lines, tabulators, colours (ECMA-48, SGR) and the return of the bar of progress pass.
 */
final class VisibleWriter extends FilterWriter {
  private static final Pattern OBEYED = Pattern.compile("[\\p{Cc}&&[^\\n\\r\\t\\x1b]]|\\x1b(?!\\[[0-9;]*m)");

  VisibleWriter(Writer out) {
    super(out);
  }

  @Override public void write(String text, int from, int length) throws IOException {
    out.write(OBEYED.matcher(text.substring(from, from + length)).replaceAll("?"));
  }

  @Override public void write(char[] text, int from, int length) throws IOException {
    write(new String(text, from, length), 0, length);
  }

  @Override public void write(int character) throws IOException {
    write(String.valueOf((char) character), 0, 1);
  }
}
