package org.lenet4j.spark;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskKilledException;
import org.apache.spark.util.TaskCompletionListener;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a JVM of the cluster keeps for all tasks that run in it: devices, and the predictors that were used last. */
final class OnExecutor {
  /** Predictors that wait for the next task; each has some megabytes. Those at work come on top. */
  static final int MOST = 8;

  private static final Map<Integer, Device> DEVICES = new HashMap<>(); // by threads; of predictors, and of all with one thread
  private static final Map<Integer, Deque<Device>> IDLE = new HashMap<>(); // by threads
  private static final Map<Long, Device> OF_TASKS = new HashMap<>(); // by the tasks that train on them
  private static final Map<Key, Shared> PREDICTORS = new LinkedHashMap<>(MOST, 0.75f, true); // the one used last is the last

  private static boolean saidSlow;

  private record Key(String sha256, int threads) {}

  /** A predictor, and how many tasks use it. */
  private static final class Shared {
    private final Predictor predictor;
    private int users;

    private Shared(Predictor predictor) {
      this.predictor = predictor;
    }
  }

  private OnExecutor() {}

  /**
   * To train on until the task ends, with as many threads as Spark counts processors for a task, {@code spark.task.cpus}: it runs as many
   * tasks at a time as there are such places, and more threads than processors make a training slower. The threads of a device work
   * together, so tasks that shared one would wait for each other; with one thread there is nothing to wait for, and all share one.
   */
  static Device device() {
    TaskContext task = TaskContext.get();
    int threads = threads();
    return threads == 1 ? device(1) : ofTask(task, threads);
  }

  private static synchronized Device ofTask(TaskContext task, int threads) {
    Device mine = OF_TASKS.get(task.taskAttemptId());
    if (mine != null) {
      return mine;
    }
    Deque<Device> idle = IDLE.computeIfAbsent(threads, key -> new ArrayDeque<>());
    Device device = idle.isEmpty() ? open(threads) : idle.pop();
    OF_TASKS.put(task.taskAttemptId(), device);
    task.addTaskCompletionListener((TaskCompletionListener) context -> {
      synchronized (OnExecutor.class) {
        OF_TASKS.remove(context.taskAttemptId());
        idle.push(device);
      }
    });
    return device;
  }

  private static int threads() {
    return TaskContext.get() == null ? 1 : Math.max(1, TaskContext.get().cpus());
  }

  private static synchronized Device device(int threads) {
    return DEVICES.computeIfAbsent(threads, OnExecutor::open);
  }

  private static Device open(int threads) {
    Library.check();
    Device device = Device.open("cpu", threads);
    if (!saidSlow && ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      saidSlow = true;
      Logger log = LoggerFactory.getLogger(OnExecutor.class);
      log.warn("lenet4j computes without Java's Vector API here, which is slower; Spark 4 starts executors with it, unless"
          + " spark.executor.extraJavaOptions say otherwise: add --add-modules=jdk.incubator.vector there");
    }
    return device;
  }

  /** Until the task ends. */
  static Predictor predictor(Weights weights) {
    Key key = new Key(weights.sha256(), threads());
    Predictor predictor = take(key, weights);
    if (TaskContext.get() == null) {
      giveBack(key); // outside of a task nobody can say how long
    } else {
      TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> giveBack(key));
    }
    return predictor;
  }

  private static synchronized Predictor take(Key key, Weights weights) {
    Shared shared = PREDICTORS.get(key);
    if (shared == null) {
      shared = new Shared(new Predictor(device(key.threads), weights.model()));
      PREDICTORS.put(key, shared);
    }
    shared.users++;
    return shared.predictor;
  }

  private static synchronized void giveBack(Key key) {
    PREDICTORS.get(key).users--;
    Iterator<Shared> oldest = PREDICTORS.values().iterator();
    for (long idle = idle(); idle > MOST; ) {
      Shared shared = oldest.next();
      if (shared.users == 0) {
        oldest.remove();
        shared.predictor.close();
        idle--;
      }
    }
  }

  /** Predictors that no task uses. */
  static synchronized long idle() {
    return PREDICTORS.values().stream().filter(shared -> shared.users == 0).count();
  }

  /** Ends a task that Spark has killed; it does not interrupt the thread, unless the job asks for it. */
  static void checkKilled() {
    if (TaskContext.get() != null && TaskContext.get().isInterrupted()) {
      throw new TaskKilledException();
    }
  }
}
