package org.lenet4j.backend.cuda.device;

import static org.bytedeco.cuda.global.cudart.cuLaunchKernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerPointer;

/** One launch of a kernel of ours, its arguments laid out natively once. */
public final class Launch implements Runnable {
  private final CUfunc_st function;
  private final Grid grid;
  private final CUstream_st stream;
  private final BytePointer values; // (arguments); what the launch reads
  private final PointerPointer<?> arguments; // to each of the values

  /** Blocks of the grid and threads of a block, in x and y. */
  public record Grid(int blocksX, int blocksY, int threadsX, int threadsY) {
    public static Grid of(int blocks, int threads) {
      return new Grid(blocks, 1, threads, 1);
    }
  }

  /**
   * A launch that can be repeated.
   *
   * @param arguments each a {@link Tensor} or null (its address), an {@code Integer}, {@code Float} or {@code Long}, or a
   *                  {@code Tensor[]} (a struct of addresses) or {@code int[]} (a struct of ints)
   */
  public Launch(CUfunc_st function, Grid grid, CUstream_st stream, Object... arguments) {
    this.function = function;
    this.grid = grid;
    this.stream = stream;
    int bytes = 0;
    for (Object argument : arguments) {
      bytes += argument instanceof Tensor[] struct ? struct.length * Long.BYTES
          : argument instanceof int[] struct ? (struct.length + 1) / 2 * Long.BYTES : Long.BYTES;
    }
    values = new BytePointer(bytes);
    LongPointer places = new LongPointer(arguments.length);
    ByteBuffer buffer = values.asBuffer().order(ByteOrder.nativeOrder());
    for (int i = 0; i < arguments.length; i++) {
      places.put(i, values.address() + buffer.position());
      put(buffer, arguments[i]);
    }
    this.arguments = new PointerPointer<>(places);
  }

  private static void put(ByteBuffer buffer, Object argument) {
    int next = buffer.position() + Long.BYTES;
    if (argument instanceof Tensor[] struct) {
      for (Tensor tensor : struct) {
        buffer.putLong(Tensor.address(tensor));
      }
      return;
    } else if (argument instanceof int[] struct) {
      for (int number : struct) {
        buffer.putInt(number);
      }
      next = buffer.position() + buffer.position() % Long.BYTES;
    } else if (argument instanceof Integer number) {
      buffer.putInt(number);
    } else if (argument instanceof Float number) {
      buffer.putFloat(number);
    } else if (argument instanceof Long number) {
      buffer.putLong(number);
    } else {
      buffer.putLong(Tensor.address((Tensor) argument));
    }
    buffer.position(next);
  }

  @Override public void run() {
    Cuda.checkDriver(cuLaunchKernel(function, grid.blocksX, grid.blocksY, 1, grid.threadsX, grid.threadsY, 1, 0, stream, arguments,
        (PointerPointer<?>) null), "cuLaunchKernel");
  }
}
