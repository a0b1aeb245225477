package org.lenet4j.backend.cpu.vector;

import static org.lenet4j.backend.cpu.memory.Layout.LANES;
import static org.lenet4j.backend.cpu.vector.VectorLoops.S;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.lenet4j.backend.cpu.layer.CpuPool2d;
import org.lenet4j.nn.Pool2d;

/** Max-pooling of 2x2 in Java's Vector API: as a layer, and row by row as a part of {@link VectorConv2d}. */
final class VectorPool2d extends CpuPool2d {
  private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, S.vectorShape());

  VectorPool2d(Pool2d spec, Place place) {
    super(spec, place);
  }

  @Override protected void maxPool2(float[] memory, boolean relu) {
    FloatVector least = FloatVector.broadcast(S, relu ? 0 : Float.NEGATIVE_INFINITY);
    int row = plan.row;
    for (int lane = 0; lane < LANES; lane += S.length()) {
      for (int i = 0; i < plan.xWindow.length; i++) {
        int at = plan.xWindow[i] + lane;
        FloatVector a = larger(FloatVector.fromArray(S, memory, at), FloatVector.fromArray(S, memory, at + LANES));
        FloatVector b = larger(FloatVector.fromArray(S, memory, at + row), FloatVector.fromArray(S, memory, at + row + LANES));
        larger(larger(a, b), least).intoArray(memory, plan.yElement[i] + lane);
      }
    }
  }

  @Override protected void maxPool2Backward(float[] memory, boolean relu) {
    FloatVector zero = FloatVector.zero(S);
    int row = plan.row;
    int dxRow = gradient.row;
    for (int lane = 0; lane < LANES; lane += S.length()) {
      for (int i = 0; i < plan.xWindow.length; i++) {
        int at = plan.xWindow[i] + lane;
        int to = gradient.xWindow[i] + lane;
        FloatVector max = FloatVector.fromArray(S, memory, plan.yElement[i] + lane);
        FloatVector rest = FloatVector.fromArray(S, memory, gradient.yElement[i] + lane); // what no earlier element took
        if (relu) {
          rest = zero.blend(rest, max.compare(VectorOperators.GT, zero));
        }
        var first = FloatVector.fromArray(S, memory, at).compare(VectorOperators.EQ, max);
        zero.blend(rest, first).intoArray(memory, to);
        rest = rest.blend(zero, first);
        var second = FloatVector.fromArray(S, memory, at + LANES).compare(VectorOperators.EQ, max);
        zero.blend(rest, second).intoArray(memory, to + LANES);
        rest = rest.blend(zero, second);
        var third = FloatVector.fromArray(S, memory, at + row).compare(VectorOperators.EQ, max);
        zero.blend(rest, third).intoArray(memory, to + dxRow);
        rest.blend(zero, third).intoArray(memory, to + dxRow + LANES);
      }
    }
  }

  /**
   * One row of windows, and which element of each is the first largest.
   *
   * @param from   the upper left element of the first window, the others one vector after the other
   * @param row    the distance from an element to the one below it
   * @param least  no maximum is less
   * @param y      the first maximum
   * @param choice the first choice: 0, and {@code right} and {@code lower} more for those on the right and below
   */
  static void pool(float[] memory, int from, int row, int columns, float least, int y, int choice, float right, float lower) {
    FloatVector floor = FloatVector.broadcast(S, least);
    FloatVector left = FloatVector.zero(S);
    FloatVector lowerLeft = FloatVector.broadcast(S, lower);
    for (int to = 0, at = from; to < columns * LANES; to += LANES, at += 2 * S.length()) {
      FloatVector a = FloatVector.fromArray(S, memory, at);
      FloatVector b = FloatVector.fromArray(S, memory, at + S.length());
      FloatVector c = FloatVector.fromArray(S, memory, at + row);
      FloatVector d = FloatVector.fromArray(S, memory, at + row + S.length());
      var larger = b.compare(VectorOperators.GT, a);
      FloatVector upper = a.blend(b, larger);
      FloatVector upperChoice = left.blend(right, larger);
      larger = d.compare(VectorOperators.GT, c);
      FloatVector below = c.blend(d, larger);
      FloatVector lowerChoice = lowerLeft.blend(right + lower, larger);
      larger = below.compare(VectorOperators.GT, upper);
      larger(upper.blend(below, larger), floor).intoArray(memory, y + to);
      upperChoice.blend(lowerChoice, larger).intoArray(memory, choice + to);
    }
  }

  /**
   * Makes a vector's lanes of the gradients of a row of windows zero where the outputs are, and adds them to sums, lane by lane.
   *
   * @param y  the first output
   * @param dy the first gradient
   * @param at the sums
   */
  static void rectifyBackward(float[] memory, int y, int dy, int columns, int at) {
    FloatVector zero = FloatVector.zero(S);
    FloatVector sum = FloatVector.fromArray(S, memory, at);
    for (int i = 0; i < columns * LANES; i += LANES) {
      var positive = FloatVector.fromArray(S, memory, y + i).compare(VectorOperators.GT, zero);
      zero.blend(FloatVector.fromArray(S, memory, dy + i), positive).intoArray(memory, dy + i);
      sum = FloatVector.fromArray(S, memory, dy + i).add(sum); // of what was just read the JIT compiler knows the class
    }
    sum.intoArray(memory, at);
  }

  /**
   * Gives the gradients of a row of windows to the elements that were chosen, and zero to the others.
   *
   * @param dx    the upper left element of the first window
   * @param right the distance from an element to the next
   * @param row   that to the one below it
   * @param next  that to the next window
   */
  static void unpool(float[] memory, int dy, int choice, int columns, int dx, int right, int row, int next) {
    FloatVector zero = FloatVector.zero(S);
    for (int from = 0, to = dx; from < columns * LANES; from += LANES, to += next) {
      FloatVector d = FloatVector.fromArray(S, memory, dy + from);
      FloatVector chosen = FloatVector.fromArray(S, memory, choice + from);
      zero.blend(d, chosen.compare(VectorOperators.EQ, 0)).intoArray(memory, to);
      zero.blend(d, chosen.compare(VectorOperators.EQ, 1)).intoArray(memory, to + right);
      zero.blend(d, chosen.compare(VectorOperators.EQ, 2)).intoArray(memory, to + row);
      zero.blend(d, chosen.compare(VectorOperators.EQ, 3)).intoArray(memory, to + row + right);
    }
  }

  /**
   * Of each window, an index that says which element was chosen: {@code start + plus}, and {@code right} and {@code below} more for those
   * on the right and below.
   *
   * @param choice the first choice
   * @param at     the first index
   */
  static void indices(float[] memory, int choice, int count, int[] start, int plus, int right, int below, int[] indices, int at) {
    for (int i = 0; i < count; i += S.length()) {
      // the lowest bits of a sum of 2^23 and a small whole number are those of the number
      IntVector chosen = (IntVector) FloatVector.fromArray(S, memory, choice + i).add(0x1p23f).reinterpretAsInts();
      IntVector offset = chosen.and(1).mul(right).add(chosen.lanewise(VectorOperators.LSHR, 1).and(1).mul(below)).add(plus);
      offset.add(IntVector.fromArray(INTS, start, i)).intoArray(indices, at + i);
    }
  }

  private static FloatVector larger(FloatVector a, FloatVector b) {
    return a.blend(b, b.compare(VectorOperators.GT, a));
  }
}
