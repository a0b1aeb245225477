package org.lenet4j.backend.base;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.lenet4j.backend.Backend;
import org.lenet4j.backend.GradientExchange;
import org.lenet4j.backend.KernelSet;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/**
 * Several devices of one kind as one, for models that know nothing of each other: each model is on one of them, whole, so it has the bits
 * that it has there alone. Who trains gets the next device in turn; what a thread of {@link #apart} compiles is on that thread's device,
 * so that one piece of work needs its data on one device only.
 */
public final class Spread implements Backend {
  private final String name;
  private final List<Backend> devices;
  private final ThreadLocal<Backend> own = new ThreadLocal<>(); // of a thread of apart
  private final AtomicInteger trained = new AtomicInteger();
  private final AtomicInteger compiled = new AtomicInteger();

  /**
   * Takes over devices, at least one; closes them.
   *
   * @param name what they are called together, for example {@code cuda:all}
   */
  public Spread(String name, List<? extends Backend> devices) {
    this.name = name;
    this.devices = List.copyOf(devices);
  }

  @Override public String name() {
    return devices.get(0).name();
  }

  @Override public String describe() {
    return devices.size() == 1 ? devices.get(0).describe() : name + ", " + devices.size() + " devices, each model on one of them; "
        + devices.stream().map(Backend::describe).collect(Collectors.joining("; "));
  }

  @Override public void warmUp() {
    devices.forEach(Backend::warmUp);
  }

  @Override public Backend one() {
    return next(trained);
  }

  private Backend next(AtomicInteger turn) {
    Backend bound = own.get();
    return bound != null ? bound : devices.get(Math.floorMod(turn.getAndIncrement(), devices.size()));
  }

  @Override public TrainingProgram compile(Model model, Recipe recipe, long seed, KernelSet kernels, GradientExchange exchange) {
    return one().compile(model, recipe, seed, kernels, exchange);
  }

  @Override public Program compile(Model model, int batchSize, KernelSet kernels) {
    return next(compiled).compile(model, batchSize, kernels);
  }

  @Override public void apart(int most, Runnable work) {
    List<Runnable> parts = new ArrayList<>();
    for (Backend device : devices.subList(0, Math.max(1, Math.min(most, devices.size())))) {
      parts.add(() -> {
        Backend before = own.get();
        own.set(device);
        try {
          device.apart(most, work);
        } finally {
          own.set(before);
        }
      });
    }
    AtOnce.run(parts);
  }

  @Override public void close() {
    AtOnce.closeAll(devices);
  }
}
