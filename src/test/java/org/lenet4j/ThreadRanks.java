package org.lenet4j;

import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.lenet4j.backend.GradientExchange;

/** Ranks that are threads of this process, which add what they find in each other's arrays. */
final class ThreadRanks {
  private final CyclicBarrier meeting;
  private final Object[] arrays; // (ranks)
  private volatile RuntimeException left; // why a rank has left, or null

  ThreadRanks(int ranks) {
    meeting = new CyclicBarrier(ranks);
    arrays = new Object[ranks];
  }

  /** One of them. */
  GradientExchange rank(int rank) {
    return new GradientExchange() {
      @Override public int rank() {
        return rank;
      }

      @Override public int ranks() {
        return arrays.length;
      }

      @Override public void sum(float[] values) {
        for (int distance = 1; distance < arrays.length; distance *= 2) {
          float[] theirs = (float[]) swap(rank, values.clone(), distance);
          for (int i = 0; i < values.length; i++) {
            values[i] += theirs[i];
          }
        }
      }

      @Override public void sum(double[] values) {
        for (int distance = 1; distance < arrays.length; distance *= 2) {
          double[] theirs = (double[]) swap(rank, values.clone(), distance);
          for (int i = 0; i < values.length; i++) {
            values[i] += theirs[i];
          }
        }
      }
    };
  }

  /** All others that wait, and all that come, throw this. */
  void leave(RuntimeException why) {
    left = left == null ? why : left;
    meeting.reset();
  }

  private Object swap(int rank, Object mine, int distance) {
    arrays[rank] = mine;
    meet();
    Object theirs = arrays[rank ^ distance];
    meet();
    return theirs;
  }

  private void meet() {
    try {
      if (left != null) {
        throw left;
      }
      meeting.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw left == null ? new IllegalStateException("a rank is missing", e) : left;
    }
  }
}
