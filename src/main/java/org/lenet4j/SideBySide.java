package org.lenet4j;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.base.AtOnce;
import org.lenet4j.data.Dataset;

/**
 * Trainers whose epochs run at the same time. On a GPU every trainer has steps on the device while the sums of another's are waited for;
 * on a CPU so many of them have steps at once as it has threads, each on one. Trainers on several devices go on all of them at once.
 */
final class SideBySide {
  private final List<Lane> lanes = new ArrayList<>();

  SideBySide(List<Trainer> trainers, List<Dataset> train, List<Dataset> test) {
    if (train.size() != trainers.size() || test.size() != trainers.size()) {
      throw new IllegalArgumentException(trainers.size() + " trainers need as many data sets, got " + train.size() + " to learn and "
          + test.size() + " to test");
    }
    if (trainers.stream().map(Trainer::host).distinct().count() < trainers.size()) {
      throw new IllegalArgumentException("each trainer needs a model of its own; Model.copy() makes one");
    }
    for (int i = 0; i < trainers.size(); i++) {
      lanes.add(new Lane(trainers.get(i), train.get(i), test.get(i)));
    }
  }

  /** One of the trainers. */
  private static final class Lane {
    private final Trainer trainer;
    private final Dataset train;
    private final Dataset test;
    private Trainer.Epoch epoch; // the present one
    private boolean begun; // has handed over its first steps
    private DivergedException diverged; // null while it has not
    private Throwable thrown; // by a listener; null if none has

    Lane(Trainer trainer, Dataset train, Dataset test) {
      this.trainer = trainer;
      this.train = train;
      this.test = test;
    }

    boolean runs() {
      return diverged == null;
    }

    void begin() {
      epoch = trainer.begin(train, test);
      begun = false;
    }

    /** Takes in the steps that are on the device and hands over the next ones; false if there are none left. */
    boolean advance() {
      try {
        if (begun) {
          epoch.collect();
        }
        begun = true;
        return epoch.enqueue();
      } catch (DivergedException e) {
        diverged = e;
        return false;
      }
    }

    void finish() {
      try {
        epoch.finish();
      } catch (RuntimeException | Error e) { // the others finish theirs
        thrown = e;
      }
    }
  }

  List<History> fit(int epochs) {
    if (lanes.isEmpty()) {
      return List.of();
    }
    int entered = 0;
    try {
      for (; entered < lanes.size(); entered++) {
        lanes.get(entered).trainer.turn().enter();
      }
      return fitAll(epochs);
    } finally {
      lanes.subList(0, entered).forEach(lane -> lane.trainer.turn().leave());
    }
  }

  private List<History> fitAll(int epochs) {
    lanes.forEach(lane -> lane.trainer.plan(epochs));
    for (int i = 0; i < epochs; i++) {
      lanes.stream().filter(Lane::runs).forEach(Lane::begin); // throws before any of them has made a step
      AtOnce.run(perDevice());
      throwWhatWasThrown();
    }
    throwWhatDiverged();
    return lanes.stream().map(lane -> lane.trainer.history()).toList();
  }

  /** The work of each device that has a lane left. */
  private List<Runnable> perDevice() {
    Map<Backend, Queue<Lane>> waiting = new IdentityHashMap<>();
    lanes.stream().filter(Lane::runs)
        .forEach(lane -> waiting.computeIfAbsent(lane.trainer.backend(), device -> new ConcurrentLinkedQueue<>()).add(lane));
    List<Runnable> works = new ArrayList<>();
    waiting.forEach((device, lanes) -> works.add(() -> device.apart(lanes.size(), () -> work(lanes))));
    return works;
  }

  /** Some steps of each in turn. */
  private static void work(Queue<Lane> waiting) {
    for (Lane lane = waiting.poll(); lane != null; lane = waiting.poll()) {
      if (lane.advance()) {
        waiting.add(lane);
      } else if (lane.runs()) {
        lane.finish();
      }
    }
  }

  private void throwWhatWasThrown() {
    for (Lane lane : lanes) {
      if (lane.thrown instanceof Error error) {
        throw error;
      } else if (lane.thrown != null) {
        throw (RuntimeException) lane.thrown;
      }
    }
  }

  private void throwWhatDiverged() {
    List<DivergedException> all = lanes.stream().filter(lane -> !lane.runs()).map(lane -> lane.diverged).toList();
    if (!all.isEmpty()) {
      all.stream().skip(1).forEach(all.get(0)::addSuppressed);
      throw all.get(0);
    }
  }
}
