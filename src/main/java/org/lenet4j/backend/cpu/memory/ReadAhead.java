package org.lenet4j.backend.cpu.memory;

import java.util.Arrays;
import org.lenet4j.data.Dataset;

/**
 * Where training has its images from. What is in an array is copied from there when its turn comes. Of a file, in which the next sample
 * lies anywhere, those of many steps are read together, in the order of the file: far fewer pages and entries of page tables are
 * cold then, and a disk finds neighbours together. Nothing but the time depends on it.
 */
public final class ReadAhead {
  /** Tasks of reading: neighbouring parts of the file, of equal length. */
  public static final int TASKS = 256;

  private static final int RANGES = TASKS << 8; // in each of them few samples, so that these are nearly sorted
  private static final long MOST = 128 << 20; // bytes, and no more than a quarter of the heap

  private Dataset data;
  private int size; // bytes of an image
  private int[] order;
  private byte[] images; // (window, size); null where nothing is read ahead
  private int[] places; // (window): places in the order, range by range
  private int[] begins; // of each range in places
  private int from; // what is there of the order: from here
  private int to; // to here
  private int end; // of what is being read

  /** The data set of the next orders; {@code most} samples are wanted at once. */
  public void bind(Dataset data, int most) {
    this.data = data;
    size = data.shape().size();
    int window = (int) Math.min(data.size(), Math.min(MOST, Runtime.getRuntime().maxMemory() / 4) / size);
    boolean ahead = !data.isInMemory() && window >= most;
    images = ahead ? new byte[window * size] : null;
    places = ahead ? new int[window] : null;
    begins = ahead ? new int[RANGES + 1] : null;
  }

  /** The order of the next steps. */
  public void order(int[] order) {
    this.order = order;
    from = 0;
    to = 0;
  }

  /** Whether all tasks must read before samples {@code order[first .. first + count)} are used: those of a new window. */
  public boolean mustRead(int first, int count) {
    if (images == null || first >= from && first + count <= to) {
      return false;
    }
    from = first;
    to = first;
    end = (int) Math.min(order.length, (long) first + places.length);
    sort();
    return true;
  }

  /** All tasks have read. */
  public void filled() {
    to = end;
  }

  /** Sorts the places by ranges of samples. */
  private void sort() {
    Arrays.fill(begins, 0);
    for (int place = from; place < end; place++) {
      begins[range(place) + 1]++;
    }
    for (int range = 0; range < RANGES; range++) {
      begins[range + 1] += begins[range];
    }
    for (int place = end - 1; place >= from; place--) {
      places[--begins[range(place) + 1]] = place; // leaves the begin of each range where its end was
    }
    System.arraycopy(begins, 1, begins, 0, RANGES);
    begins[RANGES] = end - from;
  }

  private int range(int place) {
    return (int) ((long) order[place] * RANGES / data.size());
  }

  /** Reads some ranges; a task of workers. */
  public void read(int task, int worker) {
    int last = begins[(task + 1) * (RANGES / TASKS)];
    for (int i = begins[task * (RANGES / TASKS)]; i < last; i++) {
      data.copy(order[places[i]], 1, images, (places[i] - from) * size);
    }
  }

  /** Copies the image of a lane. */
  void copy(Scratch s, int lane, int at) {
    if (images == null) {
      data.copy(s.sample[lane], 1, s.bytes, at);
    } else {
      System.arraycopy(images, (s.place[lane] - from) * size, s.bytes, at, size);
    }
  }
}
