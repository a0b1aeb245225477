package org.lenet4j;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What reading a few kilobytes, whatever they are, may take. */
public final class Bounds {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long NANOS = 1_000_000_000; // of this thread on a processor: other programs do not count

  private Bounds() {}

  /**
   * Throws an AssertionError if the work takes more than so many bytes, or a second, both times that it is done; once may have been
   * something that the virtual machine did for the first time.
   */
  public static void check(long bytes, Runnable work) {
    String first = excess(bytes, work);
    if (first != null && excess(bytes, work) != null) {
      throw new AssertionError(first);
    }
  }

  private static String excess(long most, Runnable work) {
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    long time = THREADS.getCurrentThreadCpuTime();
    work.run();
    time = THREADS.getCurrentThreadCpuTime() - time;
    allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
    return allocated > most ? "it took " + allocated + " bytes" : time > NANOS ? "it took " + time / 1e9 + " s" : null;
  }
}
