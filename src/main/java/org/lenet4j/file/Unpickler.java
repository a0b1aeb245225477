package org.lenet4j.file;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads Python's pickles that nobody vouches for, of any protocol up to 5. A pickle is a program for a small machine with a stack; Python's
 * own machine calls whatever the program names. This one knows values and containers, hands each name to {@link PickleNames}, which knows
 * few, and never loads a class: what it makes are nulls, booleans, longs, {@link BigInteger}s, doubles, strings, byte arrays, lists,
 * linked maps, and the records of {@link PickleNames}. The opcodes are those of Python's {@code Lib/pickletools.py}.
 *
 * <p>Whatever the bytes are, it takes time and memory in proportion to their number, and ends in a value or in an {@link IOException}.
 */
final class Unpickler {
  private static final Object MARK = new Object();
  private static final int LONGEST_NUMBER = 256; // bytes or digits

  private final ByteBuffer in;
  private final PickleNames names;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();

  /** A tuple, which unlike a list is a key by what it is, not by what it holds: nothing here walks through nested values. */
  record Tuple(List<Object> items) {
    @Override public boolean equals(Object other) {
      return this == other;
    }

    @Override public int hashCode() {
      return System.identityHashCode(this);
    }

    @Override public String toString() {
      return "(" + items.size() + " values)";
    }
  }

  /** Begins at the buffer's position, and leaves it behind the pickle's end. */
  Unpickler(ByteBuffer in, PickleNames names) {
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    this.names = names;
  }

  /**
   * The value of the pickle.
   *
   * @throws IOException if it is broken, or names what is not known here; the message says which
   */
  Object load() throws IOException {
    while (true) {
      int opcode = u1();
      if (opcode == '.') {
        return pop();
      }
      step(opcode);
    }
  }

  private void step(int opcode) throws IOException {
    switch (opcode) {
      case 0x80 -> protocol(u1());
      case 0x95 -> take(8); // FRAME: how much follows, for readers of streams
      case '(' -> push(MARK);
      case '0' -> pop();
      case '1' -> popMark();
      case '2' -> push(top());
      case 'N' -> push(null);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'I' -> push(integerLine());
      case 'L' -> push(number(line()));
      case 'J' -> push((long) ByteBuffer.wrap(take(4)).order(ByteOrder.LITTLE_ENDIAN).getInt());
      case 'K' -> push((long) u1());
      case 'M' -> push((long) u1() | u1() << 8);
      case 0x8a -> push(number(u1()));
      case 0x8b -> push(number(length4()));
      case 'F' -> push(real(line()));
      case 'G' -> push(ByteBuffer.wrap(take(8)).getDouble()); // big-endian, unlike all else
      case 'S' -> push(unquoted(line()));
      case 'V' -> push(line());
      case 'X' -> push(text(length4()));
      case 0x8c -> push(text(u1()));
      case 0x8d -> push(text(length8()));
      case 'T' -> push(latin1(length4())); // str of Python 2
      case 'U' -> push(latin1(u1()));
      case 'B' -> push(take(length4()));
      case 'C' -> push(take(u1()));
      case 0x8e, 0x96 -> push(take(length8()));
      case 0x98 -> { } // READONLY_BUFFER
      default -> container(opcode);
    }
  }

  private void container(int opcode) throws IOException {
    switch (opcode) {
      case ')' -> push(new Tuple(List.of()));
      case 't' -> push(new Tuple(popMark()));
      case 0x85 -> push(new Tuple(popLast(1)));
      case 0x86 -> push(new Tuple(popLast(2)));
      case 0x87 -> push(new Tuple(popLast(3)));
      case ']', 0x8f -> push(new ArrayList<>());
      case 'l', 0x91 -> push(popMark());
      case 'a' -> append(popLast(1));
      case 'e', 0x90 -> append(popMark());
      case '}' -> push(new LinkedHashMap<>());
      case 'd' -> {
        List<Object> items = popMark();
        push(new LinkedHashMap<>());
        put(items);
      }
      case 's' -> put(popLast(2));
      case 'u' -> put(popMark());
      case 'p' -> memo.put(index(line()), top());
      case 'q' -> memo.put((long) u1(), top());
      case 'r' -> memo.put((long) length4(), top());
      case 0x94 -> memo.put((long) memo.size(), top());
      case 'g' -> push(remembered(index(line())));
      case 'h' -> push(remembered(u1()));
      case 'j' -> push(remembered(length4()));
      default -> named(opcode);
    }
  }

  /** What names something outside the pickle. */
  private void named(int opcode) throws IOException {
    switch (opcode) {
      case 'c' -> push(names.find(line(), line()));
      case 0x93 -> {
        List<Object> both = popLast(2);
        push(names.find(string(both.get(0)), string(both.get(1))));
      }
      case 'R', 0x81 -> { // REDUCE calls, NEWOBJ makes an object: of what is known here it is the same
        List<Object> call = popLast(2);
        push(names.call(call.get(0), tuple(call.get(1))));
      }
      case 0x92 -> {
        List<Object> call = popLast(3);
        push(names.call(call.get(0), tuple(call.get(1))));
      }
      case 'o' -> {
        List<Object> call = popMark();
        if (call.isEmpty()) {
          throw broken("an object of nothing");
        }
        push(names.call(call.get(0), call.subList(1, call.size())));
      }
      case 'i' -> {
        Object called = names.find(line(), line());
        push(names.call(called, popMark()));
      }
      case 'b' -> { // BUILD sets attributes: of what is known here none matters
        popLast(1);
        top();
      }
      case 'P' -> throw broken("a text for what is kept elsewhere");
      case 'Q' -> push(names.persistent(pop()));
      case 0x82, 0x83, 0x84 -> throw broken("a number of Python's registry of extensions");
      default -> throw broken("the unknown instruction " + opcode);
    }
  }

  private void protocol(int version) throws IOException {
    if (version > 5) {
      throw new IOException("it is a pickle of protocol " + version + ", the latest that is known is 5");
    }
  }

  private static IOException broken(String what) {
    return new IOException("broken pickle: it has " + what);
  }

  private void push(Object value) {
    stack.add(value);
  }

  private Object pop() throws IOException {
    Object value = top();
    stack.remove(stack.size() - 1);
    return value;
  }

  private Object top() throws IOException {
    if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
      throw broken("an instruction for a value that is not there");
    }
    return stack.get(stack.size() - 1);
  }

  private List<Object> popLast(int count) throws IOException {
    int from = stack.size() - count;
    if (from < 0 || stack.subList(from, stack.size()).contains(MARK)) {
      throw broken("an instruction for " + count + " values that are not there");
    }
    return cut(from);
  }

  /** The values above the last mark, which goes too. */
  private List<Object> popMark() throws IOException {
    int mark = stack.size() - 1;
    while (mark >= 0 && stack.get(mark) != MARK) {
      mark--;
    }
    if (mark < 0) {
      throw broken("the end of a list without its beginning");
    }
    List<Object> items = cut(mark + 1);
    stack.remove(mark);
    return items;
  }

  private List<Object> cut(int from) {
    List<Object> end = stack.subList(from, stack.size());
    List<Object> items = new ArrayList<>(end);
    end.clear();
    return items;
  }

  @SuppressWarnings("unchecked") private void append(List<Object> items) throws IOException {
    if (top() instanceof ArrayList<?> list) {
      ((List<Object>) list).addAll(items);
    } else if (!(top() instanceof PickleNames.Inert)) {
      throw broken("an element for what is no list");
    }
  }

  @SuppressWarnings("unchecked") private void put(List<Object> items) throws IOException {
    if (top() instanceof PickleNames.Inert) {
      return;
    }
    if (!(top() instanceof LinkedHashMap<?, ?> map) || items.size() % 2 != 0) {
      throw broken("an entry for what is no dictionary");
    }
    for (int i = 0; i < items.size(); i += 2) {
      put((Map<Object, Object>) map, items.get(i), items.get(i + 1));
    }
  }

  /** A list or a map would be hashed with all that it holds, itself perhaps; Python has no such keys either. */
  static void put(Map<Object, Object> map, Object key, Object value) throws IOException {
    if (key instanceof List || key instanceof Map) {
      throw broken("a list as the key of a dictionary");
    }
    map.put(key, value);
  }

  private Object remembered(long index) throws IOException {
    if (!memo.containsKey(index)) {
      throw broken("a reference to value " + index + ", which is not there");
    }
    return memo.get(index);
  }

  private static String string(Object value) throws IOException {
    if (value instanceof String text) {
      return text;
    }
    throw broken("a name that is no text");
  }

  private static List<Object> tuple(Object value) throws IOException {
    if (value instanceof Tuple tuple) {
      return tuple.items();
    }
    throw broken("a call without arguments");
  }

  private int u1() throws IOException {
    need(1);
    return in.get() & 0xFF;
  }

  private int length4() throws IOException {
    need(4);
    return (int) checked(in.getInt() & 0xFFFFFFFFL);
  }

  private int length8() throws IOException {
    need(8);
    return (int) checked(in.getLong());
  }

  private static long checked(long length) throws IOException {
    if (length < 0 || length > Integer.MAX_VALUE) {
      throw broken("a length of " + Long.toUnsignedString(length));
    }
    return length;
  }

  private void need(int count) throws IOException {
    if (count > in.remaining()) {
      throw new IOException("broken pickle: it ends too early");
    }
  }

  private byte[] take(int count) throws IOException {
    need(count);
    byte[] bytes = new byte[count];
    in.get(bytes);
    return bytes;
  }

  private String text(int count) throws IOException {
    return new String(take(count), StandardCharsets.UTF_8);
  }

  private String latin1(int count) throws IOException {
    return new String(take(count), StandardCharsets.ISO_8859_1);
  }

  private String line() throws IOException {
    int from = in.position();
    while (u1() != '\n') {
      // on to its end
    }
    byte[] bytes = new byte[in.position() - 1 - from];
    in.get(from, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String unquoted(String text) throws IOException {
    if (text.length() < 2 || text.charAt(0) != text.charAt(text.length() - 1) || "'\"".indexOf(text.charAt(0)) < 0) {
      throw broken("a text without quotes");
    }
    return text.substring(1, text.length() - 1);
  }

  private static Object integerLine(String line) throws IOException {
    return switch (line) { // how protocol 1 writes booleans
      case "00" -> false;
      case "01" -> true;
      default -> number(line);
    };
  }

  private Object integerLine() throws IOException {
    return integerLine(line());
  }

  private static long index(String line) throws IOException {
    return number(line) instanceof Long index ? index : -1;
  }

  private static Object number(String line) throws IOException {
    String digits = line.endsWith("L") ? line.substring(0, line.length() - 1) : line;
    try {
      if (digits.length() <= LONGEST_NUMBER) {
        return small(new BigInteger(digits));
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw broken("a bad number");
  }

  private Object number(int count) throws IOException {
    if (count > LONGEST_NUMBER) {
      throw broken("a number of " + count + " bytes");
    }
    byte[] bytes = take(count);
    for (int i = 0; i < count / 2; i++) {
      byte swapped = bytes[i];
      bytes[i] = bytes[count - 1 - i];
      bytes[count - 1 - i] = swapped;
    }
    return count == 0 ? (Object) 0L : small(new BigInteger(bytes));
  }

  private static Object small(BigInteger number) {
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
  }

  private static double real(String line) throws IOException {
    if (!line.isEmpty() && line.length() <= LONGEST_NUMBER
        && line.chars().allMatch(c -> c < 128 && (Character.isDigit(c) || "+-.eE".indexOf(c) >= 0))) { // Java reads others as well
      try {
        return Double.parseDouble(line);
      } catch (NumberFormatException e) {
        throw broken("a bad number");
      }
    }
    return switch (Arrays.asList("inf", "-inf", "nan").indexOf(line)) {
      case 0 -> Double.POSITIVE_INFINITY;
      case 1 -> Double.NEGATIVE_INFINITY;
      case 2 -> Double.NaN;
      default -> throw broken("a bad number");
    };
  }
}
