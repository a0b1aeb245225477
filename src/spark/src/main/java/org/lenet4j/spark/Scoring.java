package org.lenet4j.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.Locale;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.LongAccumulator;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the images of one partition, some at a time.
 *
 * @param weights    the model
 * @param pixels     how images are read
 * @param column     index of the images
 * @param invalid    what becomes of images that cannot be read
 * @param unreadable counts those
 */
record Scoring(Weights weights, Pixels pixels, int column, Invalid invalid, LongAccumulator unreadable)
    implements MapPartitionsFunction<Row, Row>, Serializable {
  /** Images that are answered at a time: larger batches are no faster. */
  static final int BATCH = 1024;
  private static final int LEAST = 32; // few are computed one by one, in another order: last bits would depend on the partitions

  private static final int COLUMNS = 4; // what is added
  private static final String[] VERDICTS = verdicts();

  private static String[] verdicts() {
    String[] words = new String[Prediction.Verdict.values().length];
    for (Prediction.Verdict verdict : Prediction.Verdict.values()) {
      words[verdict.ordinal()] = verdict.name().toLowerCase(Locale.ROOT).replace('_', ' '); // as lenet4j predict says them
    }
    return words;
  }

  @Override public Iterator<Row> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return Collections.emptyIterator();
    }
    return new Answers(rows, OnExecutor.predictor(weights));
  }

  private final class Answers implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final Predictor predictor;
    private final byte[] images = new byte[BATCH * pixels.size()];
    private final Deque<Object[]> ready = new ArrayDeque<>(); // rows with their answers
    private final Object[][] asked = new Object[BATCH][];
    private boolean warned;

    private Answers(Iterator<Row> rows, Predictor predictor) {
      this.rows = rows;
      this.predictor = predictor;
    }

    @Override public boolean hasNext() {
      while (ready.isEmpty() && rows.hasNext()) {
        answer(); // which may come to nothing, if none can be read
      }
      return !ready.isEmpty();
    }

    @Override public Row next() {
      hasNext();
      return RowFactory.create(ready.remove());
    }

    private void answer() {
      OnExecutor.checkKilled();
      int count = 0;
      while (count < BATCH && rows.hasNext()) {
        Object[] row = widened(rows.next());
        byte[] image = read((byte[]) row[column]);
        if (image != null) {
          System.arraycopy(image, 0, images, count * image.length, image.length);
          asked[count++] = row;
        }
        if (image != null || invalid == Invalid.KEEP) {
          ready.add(row);
        }
      }
      if (count > 0) {
        Prediction[] predictions = predictor.predict(images, Math.max(count, LEAST)); // of images that were there before, if need be
        for (int i = 0; i < count; i++) {
          add(asked[i], predictions[i]);
        }
      }
    }

    private Object[] widened(Row row) {
      Object[] values = new Object[row.size() + COLUMNS];
      for (int i = 0; i < row.size(); i++) {
        values[i] = row.get(i);
      }
      return values;
    }

    /** Null if it cannot be read and that is no error. */
    private byte[] read(byte[] cell) {
      try {
        return pixels.of(cell);
      } catch (IOException e) {
        if (invalid == Invalid.ERROR) {
          throw new IllegalArgumentException(e.getMessage()
              + " (handleInvalid=keep answers null for such images, skip leaves them out)", e);
        }
        unreadable.add(1);
        if (!warned) {
          Logger log = LoggerFactory.getLogger(Scoring.class);
          log.warn("an image cannot be read, others may follow: {}", e.getMessage());
          warned = true;
        }
        return null;
      }
    }

    private static void add(Object[] row, Prediction prediction) {
      float[] p = prediction.probabilities();
      double[] probabilities = new double[p.length];
      for (int k = 0; k < p.length; k++) {
        probabilities[k] = p[k];
      }
      int first = row.length - COLUMNS;
      row[first] = (double) prediction.label();
      row[first + 1] = prediction.name();
      row[first + 2] = Vectors.dense(probabilities);
      row[first + 3] = VERDICTS[prediction.verdict().ordinal()];
    }
  }
}
