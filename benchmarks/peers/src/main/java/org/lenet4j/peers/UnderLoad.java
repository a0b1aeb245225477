package org.lenet4j.peers;

import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;

/**
 * Single images asked for by several threads at once, each one's next as soon as it has its answer, as a server's threads under more load
 * than they can bear.
 */
final class UnderLoad {
  private static final int MOST = 1 << 21; // latencies that a client keeps

  private final Options options;
  private final Mnist images;
  private final CyclicBarrier start;
  private volatile boolean measuring;
  private volatile boolean done;
  private volatile Exception failure;

  UnderLoad(Options options, Mnist images) {
    this.options = options;
    this.images = images;
    start = new CyclicBarrier(options.clients() + 1);
  }

  /** Throughput of all clients, and percentiles of all their latencies, as members of a JSON object. */
  String measure(Peer peer) throws Exception {
    Asking[] clients = new Asking[options.clients()];
    for (int i = 0; i < clients.length; i++) {
      clients[i] = new Asking(peer, i);
      clients[i].start();
    }
    start.await();
    sleep(options.warmup());
    measuring = true;
    long begin = System.nanoTime();
    sleep(options.seconds());
    done = true;
    long nanos = System.nanoTime() - begin;
    for (Asking client : clients) {
      client.join();
    }
    if (failure != null) {
      throw failure;
    }
    long[] all = Arrays.stream(clients).flatMapToLong(client -> Arrays.stream(client.latencies, 0, client.answers)).sorted().toArray();
    long[] answers = Arrays.stream(clients).mapToLong(client -> client.answers).sorted().toArray();
    return String.format(Locale.ROOT, ",\"clients\":%d,\"answers_per_second\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f"
        + ",\"longest_us\":%.1f,\"fewest_answers\":%d,\"most_answers\":%d", clients.length, all.length * 1e9 / nanos, micros(all, 0.5),
        micros(all, 0.99), micros(all, 0.999), micros(all, 1), answers[0], answers[answers.length - 1]);
  }

  private static double micros(long[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * share))] * 1e-3;
  }

  private static void sleep(double seconds) throws InterruptedException {
    Thread.sleep((long) (seconds * 1e3));
  }

  /** One who asks. */
  private final class Asking extends Thread {
    final long[] latencies = new long[MOST / options.clients()];
    int answers;
    private final Peer peer;
    private final int number;

    Asking(Peer peer, int number) {
      this.peer = peer;
      this.number = number;
    }

    @Override
    public void run() {
      try (Peer.Client client = peer.client()) {
        byte[][] mine = IntStream.range(0, 64).mapToObj(i -> pixels((number * 64 + i) % images.size())).toArray(byte[][]::new);
        start.await();
        for (int i = 0; !done; i++) {
          boolean counts = measuring;
          long before = System.nanoTime();
          client.ask(mine[i % mine.length]);
          long after = System.nanoTime();
          if (counts && !done && answers < latencies.length) {
            latencies[answers++] = after - before;
          }
        }
      } catch (Exception e) {
        failure = e;
      }
    }

    private byte[] pixels(int row) {
      return Arrays.copyOfRange(images.pixels(), row * Mnist.PIXELS, (row + 1) * Mnist.PIXELS);
    }
  }
}
