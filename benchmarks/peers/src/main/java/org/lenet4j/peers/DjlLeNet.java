package org.lenet4j.peers;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Adam;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Path;

/** DJL with its PyTorch engine: blocks, a {@link Trainer}, and a sub-manager that frees what a step made. */
final class DjlLeNet implements Peer {
  private static final Shape TWO = new Shape(2, 2);

  private final int batch;
  private final Shape pixelShape; // (B, 1, 28, 28)
  private final Shape labelShape; // (B)
  private final ByteBuffer pixels;
  private final ByteBuffer labels;
  private final LongBuffer labelBuffer;
  private final Model model;
  private final Trainer trainer;
  private final NDManager manager;

  public static void main(String[] args) throws Exception {
    System.setProperty("ai.djl.offline", "true"); // its natives come as jars: it shall neither fetch others nor phone home
    Benchmark.run(args, DjlLeNet::new);
  }

  DjlLeNet(Options options) {
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(options.threads())); // read once, when the engine starts
    batch = options.batch();
    pixelShape = new Shape(batch, 1, 28, 28);
    labelShape = new Shape(batch);
    pixels = ByteBuffer.allocateDirect(batch * Mnist.PIXELS);
    labels = ByteBuffer.allocateDirect(batch * Long.BYTES).order(ByteOrder.nativeOrder());
    labelBuffer = labels.asLongBuffer();
    model = Model.newInstance("lenet5", Device.cpu(), "PyTorch");
    model.setBlock(network(new PlainLeNet(1)));
    trainer = model.newTrainer(new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
        .optOptimizer(Adam.builder().build()) // its rate is 1e-3
        .optDevices(new Device[] {Device.cpu()}));
    trainer.initialize(pixelShape);
    manager = trainer.getManager();
  }

  private static Block network(PlainLeNet net) {
    return new SequentialBlock()
        .add(conv(net.conv1Weight, net.conv1Bias, 2))
        .add(Pool.maxPool2dBlock(TWO, TWO)) // (B, 6, 14, 14)
        .add(Activation.reluBlock())
        .add(conv(net.conv2Weight, net.conv2Bias, 0))
        .add(Pool.maxPool2dBlock(TWO, TWO)) // (B, 16, 5, 5)
        .add(Activation.reluBlock())
        .add(Blocks.batchFlattenBlock(400))
        .add(linear(net.fc1Weight, net.fc1Bias)) // (B, 120)
        .add(Activation.reluBlock())
        .add(linear(net.fc2Weight, net.fc2Bias)) // (B, 84)
        .add(Activation.reluBlock())
        .add(linear(net.fc3Weight, net.fc3Bias)); // (B, 10)
  }

  private static Block conv(float[] weight, float[] bias, int padding) {
    return withValues(weight, bias, Conv2d.builder()
        .setFilters(bias.length).setKernelShape(new Shape(5, 5)).optPadding(new Shape(padding, padding)).build());
  }

  private static Block linear(float[] weight, float[] bias) {
    return withValues(weight, bias, Linear.builder().setUnits(bias.length).build());
  }

  private static Block withValues(float[] weight, float[] bias, Block layer) {
    setValues(layer, "weight", weight);
    setValues(layer, "bias", bias);
    return layer;
  }

  private static void setValues(Block layer, String name, float[] values) {
    layer.getParameters().get(name).setInitializer((manager, shape, type) -> {
      try (NDArray buffer = manager.create(values, shape)) {
        return buffer.duplicate(); // the first one lies in Java's memory, which is not aligned for vectors
      }
    });
  }

  @Override
  public String name() {
    return "djl";
  }

  @Override
  public String version() {
    return Engine.getDjlVersion() + ", libtorch " + model.getNDManager().getEngine().getVersion();
  }

  @Override
  public void train(Mnist data, int[] order, int from) {
    data.gatherLabels(order, from, batch, labelBuffer::put);
    try (NDManager step = manager.newSubManager()) {
      NDList x = gather(data, order, from, step);
      NDList target = new NDList(step.create(labels, labelShape, DataType.INT64)); // no copy
      try (GradientCollector gradients = trainer.newGradientCollector()) { // two switches, holds nothing
        gradients.backward(trainer.getLoss().evaluate(target, trainer.forward(x)));
      }
      trainer.step();
    }
  }

  @Override
  public float[] infer(Mnist data, int[] order, int from) {
    try (NDManager step = manager.newSubManager()) {
      return trainer.evaluate(gather(data, order, from, step)).singletonOrThrow().toFloatArray();
    }
  }

  /** (B, 1, 28, 28), owned by {@code step}, as is all that is computed from it. */
  private NDList gather(Mnist data, int[] order, int from, NDManager step) {
    data.gather(order, from, batch, pixels::put);
    NDArray bytes = step.create(pixels, pixelShape, DataType.UINT8); // no copy
    return new NDList(bytes.toType(DataType.FLOAT32, false).muli(1f / 255));
  }

  @Override
  public void save(Path out) throws IOException {
    model.save(out, "lenet5"); // a folder
  }

  @Override
  public void close() {
    trainer.close();
    model.close();
  }
}
