package org.lenet4j.backend.cpu.layer;

import org.lenet4j.backend.base.FlatParameters;
import org.lenet4j.nn.Model;

/** All parameters of a model in one array, in the model's order and without gaps. */
public class CpuParameters implements FlatParameters.Memory {
  public final FlatParameters flat;
  public final float[] theta; // (parameterCount)

  /** For inference. */
  public CpuParameters(Model model) {
    this(new FlatParameters(model, 1));
    flat.write(this, model);
  }

  /** Nothing is in them yet. */
  protected CpuParameters(FlatParameters flat) {
    this.flat = flat;
    theta = new float[flat.length()];
  }

  /** Where the parameter of that name lies. */
  public FlatParameters.Range range(String name) {
    return flat.range(name);
  }

  /** The array of the parameters themselves, which is all that inference has. */
  protected float[] array(int index) {
    return theta;
  }

  @Override public void read(int array, int from, float[] to) {
    System.arraycopy(array(array), from, to, 0, to.length);
  }

  @Override public void write(int array, int to, float[] values) {
    System.arraycopy(values, 0, array(array), to, values.length);
  }
}
