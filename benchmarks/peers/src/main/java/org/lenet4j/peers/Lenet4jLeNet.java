package org.lenet4j.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.Trainer;
import org.lenet4j.backend.Program;
import org.lenet4j.backend.TrainingProgram;
import org.lenet4j.data.Augment;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** This project's own library, under the same conditions as the others. */
final class Lenet4jLeNet implements Peer {
  private final int batch;
  private final Device device;
  private final Model model;
  private final TrainingProgram training; // null for inference
  private final Program program;
  private final byte[] pixels; // (B, 28, 28)
  private final float[] logits; // (B, 10)
  private final Predictor predictor; // null but in load mode
  private final Thread beside; // null but in load mode
  private volatile boolean closed;
  private int epoch;

  public static void main(String[] args) throws Exception {
    Benchmark.run(args, Lenet4jLeNet::new);
  }

  Lenet4jLeNet(Options options) {
    batch = options.batch();
    device = Device.open("openblas", options.threads());
    model = LeNet5.create(10, 1);
    PlainLeNet net = new PlainLeNet(1);
    Map<String, float[]> weights = Map.of("conv1.weight", net.conv1Weight, "conv1.bias", net.conv1Bias,
        "conv2.weight", net.conv2Weight, "conv2.bias", net.conv2Bias, "fc1.weight", net.fc1Weight, "fc1.bias", net.fc1Bias,
        "fc2.weight", net.fc2Weight, "fc2.bias", net.fc2Bias, "fc3.weight", net.fc3Weight, "fc3.bias", net.fc3Bias);
    model.parameters().forEach(p -> System.arraycopy(weights.get(p.name()), 0, p.values(), 0, p.values().length));
    boolean trains = options.mode().equals("train") || options.mode().equals("process");
    training = trains ? device.backend().compile(model, Recipe.plain().withBatchSize(batch), 1) : null;
    program = training != null ? training : device.backend().compile(model, batch);
    pixels = new byte[batch * Mnist.PIXELS];
    logits = new float[batch * Mnist.CLASSES];
    predictor = options.mode().equals("load") ? new Predictor(device, model) : null;
    beside = new Thread(() -> beside(options, model));
    if (predictor != null) {
      beside.start();
    }
  }

  /** What goes on in the same process while clients ask. */
  private void beside(Options options, Model model) {
    try (Trainer trainer = options.trains() ? new Trainer(device, LeNet5.create(10, 2), Recipe.plain(), 2) : null) {
      Dataset digits = trainer == null ? null : SyntheticDigits.create(6400, 1);
      while (!closed) {
        if (trainer != null) {
          trainer.epoch(digits, null);
        }
        if (options.swaps()) {
          predictor.swap(model);
        }
        if (trainer == null) {
          LockSupport.parkNanos(100_000_000);
        }
      }
    }
  }

  @Override
  public Client client() {
    float[] answer = new float[Mnist.CLASSES];
    return new Client() {
      @Override
      public float[] ask(byte[] image) {
        predictor.logits(image, 1, answer);
        return answer;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public String name() {
    return "lenet4j";
  }

  @Override
  public String version() {
    return device.describe();
  }

  @Override
  public void train(Mnist data, int[] order, int from) {
    if (epoch == 0) {
      training.bind(new Dataset(LeNet5.INPUT, data.pixels(), data.labels(), Mnist.CLASSES), Augment.NONE);
    }
    if (from == 0) { // a new epoch, shuffled
      training.order(epoch++, order);
    }
    training.step(from, batch, 1);
  }

  @Override
  public float[] infer(Mnist data, int[] order, int from) {
    data.gather(order, from, batch, this::put);
    program.forward(pixels, batch, logits);
    return logits;
  }

  private void put(int index, byte[] source, int offset, int length) {
    System.arraycopy(source, offset, pixels, index, length);
  }

  @Override
  public void save(Path out) throws IOException {
    program.read(model);
    model.save(out);
  }

  @Override
  public void close() throws InterruptedException {
    if (predictor != null) {
      closed = true;
      beside.join();
      predictor.close();
    }
    program.close();
    device.close();
  }
}
