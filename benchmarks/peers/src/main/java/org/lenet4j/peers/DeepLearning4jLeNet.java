package org.lenet4j.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNConvHelper;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** DeepLearning4J on ND4J's native backend, with its workspaces, which it has on by itself. */
final class DeepLearning4jLeNet implements Peer {
  private static final int LOGITS = 8; // the layer that makes them, counted from 0

  private final int batch;
  private final float[] pixels; // (B, 1, 28, 28)
  private final float[] oneHot; // (B, 10)
  private final INDArray x; // (B, 1, 28, 28)
  private final INDArray labels; // (B, 10)
  private final FloatPointer xMemory;
  private final FloatPointer labelMemory;
  private final MultiLayerNetwork net;

  public static void main(String[] args) throws Exception {
    Benchmark.run(args, DeepLearning4jLeNet::new);
  }

  DeepLearning4jLeNet(Options options) {
    Nd4j.getMemoryManager().togglePeriodicGc(false); // the workspaces leave nothing for it to collect
    batch = options.batch();
    pixels = new float[batch * Mnist.PIXELS];
    oneHot = new float[batch * Mnist.CLASSES];
    x = Nd4j.create(DataType.FLOAT, batch, 1, 28, 28);
    labels = Nd4j.create(DataType.FLOAT, batch, Mnist.CLASSES);
    xMemory = new FloatPointer(x.data().addressPointer());
    labelMemory = new FloatPointer(labels.data().addressPointer());
    net = network();
    net.init();
    setValues(new PlainLeNet(1));
  }

  private static MultiLayerNetwork network() {
    return new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
        .updater(new Adam(1e-3))
        .activation(Activation.IDENTITY)
        .list(
            conv(6, 2),
            pool(), // (B, 6, 14, 14)
            new ActivationLayer(Activation.RELU),
            conv(16, 0),
            pool(), // (B, 16, 5, 5)
            new ActivationLayer(Activation.RELU),
            linear(120, Activation.RELU),
            linear(84, Activation.RELU),
            linear(10, Activation.IDENTITY),
            new LossLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).build())
        .setInputType(InputType.convolutional(28, 28, 1))
        .build());
  }

  private static Layer conv(int outChannels, int padding) {
    return new OneDnnConv(new ConvolutionLayer.Builder(5, 5).nOut(outChannels).padding(padding, padding));
  }

  /**
   * A convolution that runs in oneDNN. 1.0.0-M2.1 has it, but looks for its settings in a class that has moved, finds none,
   * and falls back on im2col, which is slower.
   */
  private static final class OneDnnConv extends ConvolutionLayer {

    OneDnnConv(ConvolutionLayer.Builder builder) {
      super(builder);
    }

    @Override
    public org.deeplearning4j.nn.api.Layer instantiate(NeuralNetConfiguration conf, Collection<TrainingListener> listeners,
        int index, INDArray parameters, boolean initialize, DataType type) {
      var layer = new org.deeplearning4j.nn.layers.convolution.ConvolutionLayer(conf, type) {
        {
          helper = new MKLDNNConvHelper(type);
        }
      };
      layer.setListeners(listeners);
      layer.setIndex(index);
      layer.setParamsViewArray(parameters);
      layer.setParamTable(initializer().init(conf, parameters, initialize));
      layer.setConf(conf);
      return layer;
    }
  }

  private static Layer pool() {
    return new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX).kernelSize(2, 2).stride(2, 2).build();
  }

  private static Layer linear(int outFeatures, Activation activation) {
    return new DenseLayer.Builder().nOut(outFeatures).activation(activation).build();
  }

  private void setValues(PlainLeNet plain) {
    setValues("0", plain.conv1Weight, plain.conv1Bias, 6, 1, 5, 5);
    setValues("3", plain.conv2Weight, plain.conv2Bias, 16, 6, 5, 5);
    setValues("6", plain.fc1Weight, plain.fc1Bias, 120, 400);
    setValues("7", plain.fc2Weight, plain.fc2Bias, 84, 120);
    setValues("8", plain.fc3Weight, plain.fc3Bias, 10, 84);
  }

  private void setValues(String layer, float[] weight, float[] bias, int... shape) {
    INDArray w = Nd4j.createFromArray(weight).reshape('c', shape);
    net.getParam(layer + "_W").assign(shape.length == 2 ? w.transpose() : w); // its linear layers are (in, out)
    net.getParam(layer + "_b").assign(Nd4j.createFromArray(bias).reshape(1, bias.length));
  }

  @Override
  public String name() {
    return "deeplearning4j";
  }

  @Override
  public String version() {
    try {
      return Loader.getVersion("org.deeplearning4j", "deeplearning4j-nn");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void train(Mnist data, int[] order, int from) {
    data.gather(order, from, batch, this::put);
    Arrays.fill(oneHot, 0);
    data.gatherLabels(order, from, batch, (i, label) -> oneHot[i * Mnist.CLASSES + label] = 1);
    xMemory.put(pixels);
    labelMemory.put(oneHot);
    net.fit(x, labels);
  }

  @Override
  public float[] infer(Mnist data, int[] order, int from) {
    data.gather(order, from, batch, this::put);
    xMemory.put(pixels);
    return net.feedForwardToLayer(LOGITS, x, false).get(LOGITS + 1).data().asFloat();
  }

  private void put(int index, byte[] source, int offset, int length) {
    for (int i = 0; i < length; i++) {
      pixels[index + i] = (source[offset + i] & 0xff) * (1f / 255);
    }
  }

  @Override
  public void save(Path out) throws IOException {
    net.save(out.toFile(), false);
  }

  @Override
  public void close() {
    net.close();
    x.close();
    labels.close();
  }
}
