package org.lenet4j.spark;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskKilledException;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientBootstrap;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.crypto.AuthClientBootstrap;
import org.apache.spark.network.crypto.AuthServerBootstrap;
import org.apache.spark.network.server.OneForOneStreamManager;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.StreamManager;
import org.apache.spark.network.server.TransportServer;
import org.apache.spark.network.server.TransportServerBootstrap;
import org.apache.spark.network.util.MapConfigProvider;
import org.apache.spark.network.util.TransportConf;
import org.lenet4j.backend.GradientExchange;

/**
 * The tasks of a barrier stage add their gradients by recursive doubling over Spark's own transport, which each executor has, with
 * Spark's authentication and encryption: in round k a rank swaps what it has with the rank whose number differs in bit k (R. Thakur,
 * R. Rabenseifner and W. Gropp, "Optimization of collective communication operations in MPICH", 2005, section 4.1). That is the tree that
 * {@link GradientExchange} asks for. Every wait ends: when the other rank is gone, when it is silent for {@code spark.network.timeout},
 * when Spark kills the task.
 *
 * <p>Spark's transport is no published interface. All of it is in this file.
 */
final class SparkExchange implements GradientExchange, AutoCloseable {
  private static final ByteBuffer GONE = ByteBuffer.allocate(0); // a message that says that there will be no more
  private static final int LAST = 5; // seconds for what a rank that is gone has sent
  private static final int HEADER = 2 * Integer.BYTES; // attempt, rank

  private final BarrierTaskContext context;
  private final int rank;
  private final int ranks;
  private final int attempt; // of the stage: what is left of an earlier one is not listened to
  private final long timeout; // seconds
  private final Map<Integer, TransportClient> partners = new HashMap<>();
  private final Map<Integer, BlockingQueue<ByteBuffer>> arrived = new ConcurrentHashMap<>(); // by rank
  private final Map<TransportClient, Integer> senders = new ConcurrentHashMap<>();
  private final TransportContext transport;
  private final TransportServer server;
  private final TransportClientFactory clients;
  private final String[] greetings; // (ranks)

  /**
   * Meets the other tasks of the stage, which takes a second: that is how often Spark looks.
   *
   * @param greeting what this rank tells all others
   */
  SparkExchange(BarrierTaskContext context, String greeting) throws Exception {
    this.context = context;
    rank = context.partitionId();
    ranks = context.getTaskInfos().length;
    attempt = context.stageAttemptNumber();
    SparkEnv env = SparkEnv.get();
    timeout = env.conf().getTimeAsSeconds("spark.network.timeout", "120s");
    TransportConf settings = new TransportConf("lenet4j", new MapConfigProvider(all(env.conf())));
    boolean secret = env.securityManager().isAuthenticationEnabled();
    String host = host(context.getTaskInfos()[rank].address());
    transport = new TransportContext(settings, new Receiver());
    server = transport.createServer(host, 0, secret
        ? List.<TransportServerBootstrap>of(new AuthServerBootstrap(settings, env.securityManager())) : List.of());
    clients = transport.createClientFactory(secret
        ? List.<TransportClientBootstrap>of(new AuthClientBootstrap(settings, env.conf().getAppId(), env.securityManager())) : List.of());
    try {
      String[] told = context.allGather(server.getPort() + " " + greeting);
      greetings = new String[ranks];
      int[] ports = new int[ranks];
      for (int other = 0; other < ranks; other++) {
        String[] words = told[other].split(" ", 2);
        ports[other] = Integer.parseInt(words[0]);
        greetings[other] = words[1];
      }
      for (int distance = 1; distance < ranks; distance *= 2) {
        int partner = rank ^ distance;
        partners.put(partner, clients.createUnmanagedClient(host(context.getTaskInfos()[partner].address()), ports[partner]));
      }
    } catch (Exception | Error e) {
      close();
      throw e;
    }
  }

  /**
   * Waits, a second again, until all ranks are here. One that closed before would be gone for those that have yet to connect, or to hear
   * its last words; their attempt would fail, and Spark may begin the next one without the rank that has ended well.
   */
  void awaitAll() {
    context.barrier();
  }

  private static Map<String, String> all(SparkConf conf) {
    Map<String, String> settings = new HashMap<>();
    for (scala.Tuple2<String, String> pair : conf.getAll()) {
      settings.put(pair._1(), pair._2());
    }
    return settings;
  }

  /** Of {@code host:port}; an address of IPv6 has colons itself. */
  static String host(String address) {
    int colon = address.lastIndexOf(':');
    return (colon < 0 || address.endsWith("]") ? address : address.substring(0, colon)).replaceAll("[\\[\\]]", "");
  }

  /** What a rank told all others. */
  String greeting(int of) {
    return greetings[of];
  }

  /** Runs on a thread of the network. */
  private final class Receiver extends RpcHandler {
    @Override public void receive(TransportClient client, ByteBuffer message, RpcResponseCallback callback) {
      int theirAttempt = message.getInt();
      int from = message.getInt();
      if (theirAttempt == attempt) {
        senders.put(client, from);
        queue(from).add(ByteBuffer.allocate(message.remaining()).put(message).flip());
      }
    }

    @Override public void channelInactive(TransportClient client) {
      Integer from = senders.get(client);
      if (from != null) {
        queue(from).add(GONE);
      }
    }

    @Override public StreamManager getStreamManager() {
      return new OneForOneStreamManager();
    }
  }

  private BlockingQueue<ByteBuffer> queue(int from) {
    return arrived.computeIfAbsent(from, key -> new LinkedBlockingQueue<>());
  }

  @Override public int rank() {
    return rank;
  }

  @Override public int ranks() {
    return ranks;
  }

  @Override public void sum(float[] values) {
    for (int distance = 1; distance < ranks; distance *= 2) {
      ByteBuffer mine = message(values.length * Float.BYTES);
      mine.slice().asFloatBuffer().put(values);
      ByteBuffer theirs = swap(rank ^ distance, mine);
      for (int i = 0; i < values.length; i++) {
        values[i] += theirs.getFloat(i * Float.BYTES);
      }
    }
  }

  @Override public void sum(double[] values) {
    for (int distance = 1; distance < ranks; distance *= 2) {
      ByteBuffer mine = message(values.length * Double.BYTES);
      mine.slice().asDoubleBuffer().put(values);
      ByteBuffer theirs = swap(rank ^ distance, mine);
      for (int i = 0; i < values.length; i++) {
        values[i] += theirs.getDouble(i * Double.BYTES);
      }
    }
  }

  /** The network sends it after {@link #swap} has returned, so each has a buffer of its own. */
  private ByteBuffer message(int bytes) {
    return ByteBuffer.allocate(HEADER + bytes).putInt(attempt).putInt(rank);
  }

  private ByteBuffer swap(int partner, ByteBuffer mine) {
    TransportClient client = partners.get(partner);
    int bytes = mine.remaining();
    client.send(mine.rewind());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeout);
    try {
      while (true) {
        ByteBuffer theirs = queue(partner).poll(1, TimeUnit.SECONDS);
        if (theirs == null && !client.isActive()) { // what it sent before may still be on its way
          theirs = queue(partner).poll(LAST, TimeUnit.SECONDS);
          theirs = theirs == null ? GONE : theirs;
        }
        if (theirs == GONE) {
          throw new IllegalStateException("rank " + partner + " is gone, its executor or its task has ended");
        }
        if (theirs != null) {
          if (theirs.remaining() != bytes) {
            throw new IllegalStateException("rank " + partner + " sent " + theirs.remaining() + " bytes where " + bytes
                + " were wanted: it does not train the same");
          }
          return theirs;
        }
        if (context.isInterrupted()) { // Spark does not interrupt the threads of a barrier stage
          throw new TaskKilledException();
        }
        if (System.nanoTime() > end) {
          throw new IllegalStateException("rank " + partner + " was silent for " + timeout + " s, spark.network.timeout");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for rank " + partner, e);
    }
  }

  @Override public void close() {
    partners.values().forEach(TransportClient::close);
    clients.close();
    server.close();
    transport.close();
  }
}
