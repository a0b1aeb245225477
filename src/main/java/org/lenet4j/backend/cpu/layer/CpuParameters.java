package org.lenet4j.backend.cpu.layer;

import org.lenet4j.backend.base.FlatParameters;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** All parameters of a model in one array, in the model's order and without gaps. */
public class CpuParameters extends FlatParameters {
  public final float[] theta; // (parameterCount)

  /** For inference. */
  public CpuParameters(Model model) {
    super(model, 1);
    theta = new float[length()];
    write(model);
  }

  /** For training. Nothing is in them yet. */
  protected CpuParameters(Model model, Recipe recipe) {
    super(model, recipe, 1);
    theta = new float[length()];
  }

  /** The array of the parameters themselves, which is all that inference has. */
  protected float[] array(int index) {
    return theta;
  }

  @Override protected void read(int array, int from, float[] to) {
    System.arraycopy(array(array), from, to, 0, to.length);
  }

  @Override protected void write(int array, int to, float[] values) {
    System.arraycopy(values, 0, array(array), to, values.length);
  }
}
