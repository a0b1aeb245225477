package org.lenet4j.spark;

import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputStream;
import java.util.Iterator;
import org.apache.spark.api.java.function.MapPartitionsFunction;

/**
 * Work on a partition, on the way to an executor. Before anything else of it is read there, the lenet4j of the executor is checked: with
 * another one, reading it would fail with words that lead nowhere.
 */
final class Task<I, O> implements MapPartitionsFunction<I, O> {
  private static final long serialVersionUID = 1;

  private final MapPartitionsFunction<I, O> work;

  Task(MapPartitionsFunction<I, O> work) {
    this.work = work;
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    Library.check();
    try {
      in.defaultReadObject();
    } catch (InvalidClassException | LinkageError e) {
      throw Library.explain(e);
    }
  }

  @Override public Iterator<O> call(Iterator<I> rows) throws Exception {
    Iterator<O> answers;
    try {
      answers = work.call(rows);
    } catch (LinkageError e) {
      throw Library.explain(e);
    }
    return new Iterator<>() {
      @Override public boolean hasNext() {
        try {
          return answers.hasNext();
        } catch (LinkageError e) {
          throw Library.explain(e);
        }
      }

      @Override public O next() {
        try {
          return answers.next();
        } catch (LinkageError e) {
          throw Library.explain(e);
        }
      }
    };
  }
}
