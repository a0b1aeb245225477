package org.lenet4j.backend.base;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lenet4j.backend.OptimizerState;
import org.lenet4j.nn.LayerSpec;
import org.lenet4j.nn.Model;
import org.lenet4j.nn.Parameter;
import org.lenet4j.optim.Anchor;
import org.lenet4j.optim.ParamGroup;
import org.lenet4j.optim.Recipe;

/**
 * The parameters of a model as flat arrays of equal length, one parameter after the other: array 0 has the parameters themselves, those
 * behind it what the optimizer remembers of each, the last of them the average if there is one. A device has the arrays; what is
 * in them, and how it comes and goes, is the same on all.
 */
public abstract class FlatParameters {
  private static final String AVERAGE = "ema";

  private final Map<String, Range> ranges = new LinkedHashMap<>(); // by parameter name
  private final List<String> stateNames = new ArrayList<>();
  private final int length;

  /**
   * Where a parameter lies, and how it is updated.
   *
   * @param from         its first value
   * @param to           behind its last value
   * @param frozen       whether it stays as it is; so does everything that is not trained
   * @param learningRate the learning rate of its group
   * @param weightDecay  the weight decay of its group
   */
  public record Range(String name, int from, int to, boolean frozen, float learningRate, float weightDecay) {
    /** Number of values. */
    public int count() {
      return to - from;
    }
  }

  /**
   * For inference.
   *
   * @param alignment each parameter begins at a multiple of so many values
   */
  protected FlatParameters(Model model, int alignment) {
    int from = 0;
    for (Parameter parameter : model.parameters()) {
      put(new Range(parameter.name(), from, from + parameter.values().length, true, 0, 0));
      from = aligned(from + parameter.values().length, alignment);
    }
    length = from;
  }

  /**
   * For training.
   *
   * @param alignment each parameter begins at a multiple of so many values
   */
  protected FlatParameters(Model model, Recipe recipe, int alignment) {
    int from = 0;
    for (Parameter parameter : model.parameters()) {
      ParamGroup group = recipe.group(parameter.layer());
      put(new Range(parameter.name(), from, from + parameter.values().length, model.frozen().contains(parameter.layer()),
          group.learningRate(), group.weightDecay()));
      from = aligned(from + parameter.values().length, alignment);
    }
    length = from;
    stateNames.addAll(recipe.optimizer().stateNames());
    if (recipe.ema() > 0) {
      stateNames.add(AVERAGE);
    }
  }

  /** Copies {@code to.length} values from {@code from} on out of an array. */
  protected abstract void read(int array, int from, float[] to);

  /** Copies values into an array, from {@code to} on. */
  protected abstract void write(int array, int to, float[] values);

  private void put(Range range) {
    ranges.put(range.name, range);
  }

  private static int aligned(int from, int alignment) {
    return (from + alignment - 1) / alignment * alignment;
  }

  /** Index of the lowest layer that is trained, or beyond all. */
  public static int lowestTrained(Model model) {
    for (int i = 0; i < model.layers().size(); i++) {
      LayerSpec spec = model.layers().get(i);
      if (!spec.parameters().isEmpty() && !model.frozen().contains(spec.name())) {
        return i;
      }
    }
    return model.layers().size();
  }

  /** Values of each array, the gaps between parameters included. */
  public final int length() {
    return length;
  }

  /** In the model's order. */
  public final List<Range> ranges() {
    return List.copyOf(ranges.values());
  }

  /** One of them. */
  public final Range range(String name) {
    return ranges.get(name);
  }

  /** How many arrays hold what the optimizer remembers, the average included. */
  protected final int states() {
    return stateNames.size();
  }

  /** Which array is the average, or -1. */
  protected final int averageIndex() {
    return stateNames.indexOf(AVERAGE) < 0 ? -1 : stateNames.size();
  }

  /** The values that an anchor pulls towards, flat; 0 where it has none. */
  protected final float[] anchorValues(Anchor anchor) {
    float[] flat = new float[length];
    anchor.values().forEach((name, values) -> System.arraycopy(values, 0, flat, ranges.get(name).from, values.length));
    return flat;
  }

  /** How strongly it pulls, strength times weight, flat; 0 where it does not. */
  protected final float[] anchorPull(Anchor anchor) {
    float[] flat = new float[length];
    anchor.values().forEach((name, values) -> {
      for (int i = 0; i < values.length; i++) {
        flat[ranges.get(name).from + i] = anchor.strength() * (anchor.weights() == null ? 1 : anchor.weights().get(name)[i]);
      }
    });
    return flat;
  }

  /** Copies the parameters into a model. */
  public final void read(Model target) {
    ranges.values().forEach(range -> read(0, range.from, values(target, range)));
  }

  /** As {@link #read}, with the average, if there is one, in place of what is trained. */
  public final void readAverage(Model target) {
    ranges.values().forEach(range -> read(averageIndex() < 0 || range.frozen ? 0 : averageIndex(), range.from, values(target, range)));
  }

  /** Takes the parameters of a model; the average starts again at them. */
  public final void write(Model source) {
    ranges.values().forEach(range -> values(source, range)); // throws before anything is changed
    ranges.values().forEach(range -> {
      write(0, range.from, values(source, range));
      if (averageIndex() >= 0) {
        write(averageIndex(), range.from, values(source, range));
      }
    });
  }

  private static float[] values(Model model, Range range) {
    float[] values = model.parameter(range.name).values();
    if (values.length != range.count()) {
      throw new IllegalArgumentException("parameter " + range.name + " has " + values.length + " values, this program's has "
          + range.count());
    }
    return values;
  }

  /** What the optimizer remembers of everything that is trained. */
  public final OptimizerState state(long step) {
    Map<String, float[]> slots = new HashMap<>();
    for (int i = 0; i < stateNames.size(); i++) {
      for (Range range : ranges.values()) {
        if (!range.frozen) {
          float[] slot = new float[range.count()];
          read(1 + i, range.from, slot);
          slots.put(stateNames.get(i) + "." + range.name, slot);
        }
      }
    }
    return new OptimizerState(step, slots);
  }

  /**
   * Takes it over; what is missing starts at zero, the average at the present parameters.
   *
   * @throws IllegalArgumentException if an array has another length than its parameter; nothing is changed then
   */
  public void restore(OptimizerState saved) {
    stateNames.forEach(name -> ranges.values().forEach(range -> slot(saved, name, range)));
    for (int i = 0; i < stateNames.size(); i++) {
      for (Range range : ranges.values()) {
        float[] slot = slot(saved, stateNames.get(i), range);
        if (slot == null) {
          slot = new float[range.count()];
          if (1 + i == averageIndex()) {
            read(0, range.from, slot);
          }
        }
        write(1 + i, range.from, slot);
      }
    }
  }

  private static float[] slot(OptimizerState saved, String state, Range range) {
    String name = state + "." + range.name;
    float[] slot = saved.slots().get(name);
    if (slot != null && slot.length != range.count()) {
      throw new IllegalArgumentException("optimizer state " + name + " has " + slot.length + " values, expected " + range.count());
    }
    return slot;
  }
}
