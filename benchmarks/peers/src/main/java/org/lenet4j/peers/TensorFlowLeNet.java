package org.lenet4j.peers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/** TensorFlow Java in graph mode: a step is one run of a session, Adam included. Channels last: its CPU kernels' own. */
final class TensorFlowLeNet implements Peer {
  private final int batch;
  private final Graph graph = new Graph();
  private final Ops tf = Ops.create(graph);
  private final Session session;
  private final TUint8 pixels; // (B, 28, 28, 1)
  private final TInt32 labels; // (B)
  private final ByteDataBuffer pixelMemory;
  private final Placeholder<TUint8> pixelInput;
  private final Placeholder<TInt32> labelInput;
  private final Operand<TFloat32> logits; // (B, 10)
  private final Op trainStep;
  private final float[] result;
  private final FloatDataBuffer resultBuffer;

  private final List<Variable> parameters = new ArrayList<>();
  private final List<Op> initializers = new ArrayList<>();

  private record Variable(Operand<?> handle, Operand<TFloat32> value, Shape shape) {}

  public static void main(String[] args) throws Exception {
    Benchmark.run(args, TensorFlowLeNet::new);
  }

  TensorFlowLeNet(Options options) {
    batch = options.batch();
    pixels = TUint8.tensorOf(Shape.of(batch, 28, 28, 1));
    labels = TInt32.tensorOf(Shape.of(batch));
    pixelMemory = pixels.asRawTensor().data();
    result = new float[batch * Mnist.CLASSES];
    resultBuffer = DataBuffers.of(result, false, false);

    pixelInput = tf.placeholder(TUint8.class, Placeholder.shape(pixels.shape()));
    labelInput = tf.placeholder(TInt32.class, Placeholder.shape(labels.shape()));
    logits = network(new PlainLeNet(1));
    trainStep = adam(gradients());

    session = new Session(graph, ConfigProto.newBuilder()
        .setIntraOpParallelismThreads(options.threads())
        .setInterOpParallelismThreads(Integer.getInteger("tensorflow.inter", 1)) // 2: no clear gain on 2 cores
        .build());
    Session.Runner run = session.runner();
    initializers.forEach(run::addTarget);
    run.run().close();
  }

  private Operand<TFloat32> network(PlainLeNet net) {
    Operand<TFloat32> x = tf.math.mul(tf.dtypes.cast(pixelInput, TFloat32.class), tf.constant(1f / 255));
    Operand<TFloat32> y1 = conv(x, net.conv1Weight, net.conv1Bias, 1, "SAME"); // (B, 14, 14, 6)
    Operand<TFloat32> y2 = conv(y1, net.conv2Weight, net.conv2Bias, 6, "VALID"); // (B, 5, 5, 16)
    Operand<TFloat32> flat = tf.reshape(y2, tf.constant(new int[] {batch, 400}));
    float[] fc1Weight = permute(net.fc1Weight, 120, 16, 25); // its inputs arrive as (5, 5, 16)
    Operand<TFloat32> y3 = tf.nn.relu(linear(flat, fc1Weight, net.fc1Bias)); // (B, 120)
    Operand<TFloat32> y4 = tf.nn.relu(linear(y3, permute(net.fc2Weight, 84, 120, 1), net.fc2Bias)); // (B, 84)
    return linear(y4, permute(net.fc3Weight, 10, 84, 1), net.fc3Bias);
  }

  /** Convolution 5x5, max-pool 2, ReLU. */
  private Operand<TFloat32> conv(Operand<TFloat32> x, float[] weight, float[] bias, int inChannels, String padding) {
    int outChannels = bias.length;
    Operand<TFloat32> filter =
        parameter(permute(weight, outChannels, inChannels, 25), Shape.of(5, 5, inChannels, outChannels));
    Operand<TFloat32> y = tf.nn.biasAdd(
        tf.nn.conv2d(x, filter, List.of(1L, 1L, 1L, 1L), padding), parameter(bias, Shape.of(outChannels)));
    // tf.nn.maxPool is MaxPoolV2, which has no oneDNN kernel: with it training is a third slower
    long[] window = {1, 2, 2, 1};
    Operand<TFloat32> pooled = graph.opBuilder("MaxPool", "pool" + outChannels, tf.scope())
        .addInput(y.asOutput())
        .setAttr("ksize", window)
        .setAttr("strides", window)
        .setAttr("padding", "VALID")
        .build().output(0);
    return tf.nn.relu(pooled);
  }

  private Operand<TFloat32> linear(Operand<TFloat32> x, float[] weight, float[] bias) {
    Operand<TFloat32> matrix = parameter(weight, Shape.of(weight.length / bias.length, bias.length));
    return tf.nn.biasAdd(tf.linalg.matMul(x, matrix), parameter(bias, Shape.of(bias.length)));
  }

  /** (out, in, positions) to TensorFlow's (positions, in, out). */
  private static float[] permute(float[] weight, int out, int in, int positions) {
    float[] permuted = new float[weight.length];
    for (int i = 0; i < weight.length; i++) {
      int o = i / (in * positions);
      int c = i / positions % in;
      permuted[(i % positions * in + c) * out + o] = weight[i];
    }
    return permuted;
  }

  private Operand<TFloat32> parameter(float[] values, Shape shape) {
    Variable variable = variable(tf.reshape(tf.constant(values), tf.constant(shape)), shape);
    parameters.add(variable);
    return variable.value;
  }

  private Variable variable(Operand<TFloat32> initial, Shape shape) {
    VarHandleOp handle = tf.varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName("v" + initializers.size()));
    initializers.add(tf.assignVariableOp(handle, initial));
    return new Variable(handle, tf.readVariableOp(handle, TFloat32.class), shape);
  }

  /** TensorFlow knows no gradient of this loss outside Python; the op itself returns that of the logits. */
  private Output<?>[] gradients() {
    Operand<TFloat32> dLogits = tf.math.mul(
        tf.nn.sparseSoftmaxCrossEntropyWithLogits(logits, labelInput).backprop(), tf.constant(1f / batch));
    Output<?>[] values = parameters.stream().map(p -> p.value.asOutput()).toArray(Output<?>[]::new);
    return graph.addGradients(
        "gradients", new Output<?>[] {logits.asOutput()}, values, new Output<?>[] {dLogits.asOutput()});
  }

  private Op adam(Output<?>[] gradients) {
    Operand<TFloat32> rate = tf.constant(1e-3f);
    Operand<TFloat32> beta1 = tf.constant(0.9f);
    Operand<TFloat32> beta2 = tf.constant(0.999f);
    Operand<TFloat32> epsilon = tf.constant(1e-8f);
    Variable beta1Power = variable(beta1, Shape.scalar());
    Variable beta2Power = variable(beta2, Shape.scalar());
    List<Op> updates = new ArrayList<>();
    for (int i = 0; i < gradients.length; i++) {
      Variable parameter = parameters.get(i);
      Operand<TFloat32> zeros = tf.zeros(tf.constant(parameter.shape), TFloat32.class);
      @SuppressWarnings("unchecked")
      Operand<TFloat32> gradient = (Operand<TFloat32>) gradients[i];
      updates.add(tf.train.resourceApplyAdam(
          parameter.handle, variable(zeros, parameter.shape).handle, variable(zeros, parameter.shape).handle,
          beta1Power.value, beta2Power.value, rate, beta1, beta2, epsilon, gradient));
    }
    Ops after = tf.withControlDependencies(updates);
    return tf.withControlDependencies(List.of(
        after.assignVariableOp(beta1Power.handle, after.math.mul(beta1Power.value, beta1)),
        after.assignVariableOp(beta2Power.handle, after.math.mul(beta2Power.value, beta2)))).noOp();
  }

  @Override
  public String name() {
    return "tensorflow-java";
  }

  @Override
  public String version() {
    return TensorFlow.version();
  }

  @Override
  public void train(Mnist data, int[] order, int from) {
    data.gather(order, from, batch, this::putPixels);
    data.gatherLabels(order, from, batch, (i, label) -> labels.setInt(label, i));
    session.runner().feed(pixelInput, pixels).feed(labelInput, labels).addTarget(trainStep).run().close();
  }

  @Override
  public float[] infer(Mnist data, int[] order, int from) {
    data.gather(order, from, batch, this::putPixels);
    try (Result fetched = session.runner().feed(pixelInput, pixels).fetch(logits).run()) {
      ((TFloat32) fetched.get(0)).copyTo(resultBuffer);
    }
    return result;
  }

  private void putPixels(int index, byte[] source, int offset, int length) {
    pixelMemory.offset(index).write(source, offset, length);
  }

  @Override
  public void save(Path out) {
    // Session.save knows variables of the old kind alone, and writes nothing for a graph without
    String[] names = IntStream.range(0, parameters.size()).mapToObj(i -> "parameter" + i).toArray(String[]::new);
    String[] whole = Collections.nCopies(names.length, "").toArray(String[]::new); // no slices
    Op save = tf.train.save(tf.constant(out.toString()), tf.array(names), tf.array(whole),
        parameters.stream().<Operand<?>>map(Variable::value).toList());
    session.runner().addTarget(save).run().close();
  }

  @Override
  public void close() {
    session.close();
    graph.close();
    pixels.close();
    labels.close();
  }
}
