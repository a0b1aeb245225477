package org.lenet4j.spark;

import java.util.Iterator;
import java.util.function.Function;

/** What becomes of each row, one at a time as they are asked for. */
record Each<I, O>(Iterator<I> rows, Function<I, O> work) implements Iterator<O> {
  @Override public boolean hasNext() {
    return rows.hasNext();
  }

  @Override public O next() {
    return work.apply(rows.next());
  }
}
