package org.lenet4j.peers;

import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.from_blob;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.max_pool2d;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.OutputArchive;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** libtorch through bytedeco's bindings: autograd and {@code torch::optim::Adam}. */
final class LibtorchLeNet implements Peer {
  private static final long[] NONE = {0, 0};
  private static final long[] ONE = {1, 1};
  private static final long[] TWO = {2, 2};

  private final int batch;
  private final PointerScope scope = new PointerScope(); // owns what lives as long as the peer
  private final BytePointer pixelMemory;
  private final LongPointer labelMemory;
  private final ByteBuffer pixelBuffer;
  private final LongBuffer labelBuffer;
  private final Tensor pixels; // (B, 1, 28, 28) uint8
  private final Tensor labels; // (B)
  private final Tensor x; // (B, 1, 28, 28)
  private final Scalar scale = new Scalar(1f / 255);
  private final float[] result;

  private final TensorVector parameters = new TensorVector();
  private final Layer conv1;
  private final Layer conv2;
  private final Layer fc1;
  private final Layer fc2;
  private final Layer fc3;
  private final Adam adam;

  private record Layer(Tensor weight, TensorOptional bias) {}

  public static void main(String[] args) throws Exception {
    // unpacked whole before the first is loaded: libtorch.so would else take a system's libtorch_cpu.so, and crash
    Loader.cacheResource(torch.class, "/org/bytedeco/pytorch/linux-x86_64");
    Benchmark.run(args, LibtorchLeNet::new);
  }

  LibtorchLeNet(Options options) {
    torch.set_num_threads(options.threads());
    batch = options.batch();
    pixelMemory = new BytePointer((long) batch * Mnist.PIXELS);
    labelMemory = new LongPointer(batch);
    pixelBuffer = pixelMemory.asByteBuffer();
    labelBuffer = labelMemory.asBuffer();
    pixels = from_blob(pixelMemory, new long[] {batch, 1, 28, 28}, new TensorOptions(ScalarType.Byte));
    labels = from_blob(labelMemory, new long[] {batch}, new TensorOptions(ScalarType.Long));
    x = torch.empty(batch, 1, 28, 28);
    result = new float[batch * Mnist.CLASSES];

    PlainLeNet net = new PlainLeNet(1);
    conv1 = layer(net.conv1Weight, net.conv1Bias, 6, 1, 5, 5);
    conv2 = layer(net.conv2Weight, net.conv2Bias, 16, 6, 5, 5);
    fc1 = layer(net.fc1Weight, net.fc1Bias, 120, 400);
    fc2 = layer(net.fc2Weight, net.fc2Bias, 84, 120);
    fc3 = layer(net.fc3Weight, net.fc3Bias, 10, 84);
    adam = new Adam(parameters, new AdamOptions(1e-3));
    scope.extend().close(); // later pointers are not its own
  }

  private Layer layer(float[] weight, float[] bias, long... shape) {
    return new Layer(parameter(weight, shape), new TensorOptional(parameter(bias, bias.length)));
  }

  private Tensor parameter(float[] values, long... shape) {
    Tensor parameter = from_blob(new FloatPointer(values), shape).clone().set_requires_grad(true);
    parameters.push_back(parameter);
    return parameter;
  }

  private Tensor forward() {
    x.copy_(pixels);
    x.mul_(scale);
    Tensor y1 = max_pool2d(conv2d(x, conv1.weight, conv1.bias, ONE, TWO, ONE, 1), TWO).relu_(); // (B, 6, 14, 14)
    Tensor y2 = max_pool2d(conv2d(y1, conv2.weight, conv2.bias, ONE, NONE, ONE, 1), TWO).relu_(); // (B, 16, 5, 5)
    Tensor y3 = linear(y2.view(batch, 400), fc1.weight, fc1.bias).relu_(); // (B, 120)
    Tensor y4 = linear(y3, fc2.weight, fc2.bias).relu_(); // (B, 84)
    return linear(y4, fc3.weight, fc3.bias); // (B, 10)
  }

  @Override
  public String name() {
    return "libtorch";
  }

  @Override
  public String version() {
    try {
      return Loader.getVersion("org.bytedeco", "pytorch"); // libtorch's, then javacpp's
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void train(Mnist data, int[] order, int from) {
    data.gather(order, from, batch, pixelBuffer::put);
    data.gatherLabels(order, from, batch, labelBuffer::put);
    try (PointerScope step = new PointerScope()) { // frees the step's tensors without waiting for the collector
      adam.zero_grad();
      cross_entropy_loss(forward(), labels).backward();
      adam.step();
    }
  }

  @Override
  public float[] infer(Mnist data, int[] order, int from) {
    data.gather(order, from, batch, pixelBuffer::put);
    try (InferenceMode noGradients = new InferenceMode(true); PointerScope step = new PointerScope()) {
      forward().data_ptr_float().get(result);
    }
    return result;
  }

  @Override
  public void save(Path out) {
    try (PointerScope saving = new PointerScope()) {
      OutputArchive archive = new OutputArchive();
      for (int i = 0; i < parameters.size(); i++) {
        archive.write(Integer.toString(i), parameters.get(i));
      }
      archive.save_to(out.toString());
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
