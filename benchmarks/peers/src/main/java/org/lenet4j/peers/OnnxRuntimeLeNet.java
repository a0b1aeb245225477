package org.lenet4j.peers;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** ONNX Runtime, inference only. Input and output live in buffers that it reads and writes in place. */
final class OnnxRuntimeLeNet implements Peer {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final int batch;
  private final OrtSession session;
  private final ByteBuffer pixels; // (B, 1, 28, 28) uint8
  private final FloatBuffer logits; // (B, 10)
  private final OnnxTensor pixelTensor;
  private final OnnxTensor logitTensor;
  private final Map<String, OnnxTensor> inputs;
  private final Map<String, OnnxTensor> outputs;
  private final float[] result;

  public static void main(String[] args) throws Exception {
    Benchmark.run(args, OnnxRuntimeLeNet::new);
  }

  OnnxRuntimeLeNet(Options options) throws OrtException {
    batch = options.batch();
    SessionOptions settings = new SessionOptions();
    settings.setIntraOpNumThreads(options.threads());
    settings.setInterOpNumThreads(1);
    settings.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
    settings.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
    session = environment.createSession(OnnxModel.of(new PlainLeNet(1), batch), settings);

    pixels = ByteBuffer.allocateDirect(batch * Mnist.PIXELS).order(ByteOrder.nativeOrder());
    logits = ByteBuffer.allocateDirect(batch * Mnist.CLASSES * 4).order(ByteOrder.nativeOrder()).asFloatBuffer();
    pixelTensor = OnnxTensor.createTensor(environment, pixels, new long[] {batch, 1, 28, 28}, OnnxJavaType.UINT8);
    logitTensor = OnnxTensor.createTensor(environment, logits, new long[] {batch, Mnist.CLASSES});
    inputs = Map.of("pixels", pixelTensor);
    outputs = Map.of("logits", logitTensor);
    result = new float[batch * Mnist.CLASSES];
  }

  @Override
  public String name() {
    return "onnxruntime";
  }

  @Override
  public String version() {
    return environment.getVersion();
  }

  @Override
  public void train(Mnist data, int[] order, int from) {
    throw new UnsupportedOperationException("ONNX Runtime is measured in inference and latency mode only");
  }

  @Override
  public float[] infer(Mnist data, int[] order, int from) throws OrtException {
    data.gather(order, from, batch, pixels::put);
    session.run(inputs, Set.of(), outputs).close();
    logits.get(0, result);
    return result;
  }

  /** All share the session, which may be run from many threads; each has its own buffers. */
  @Override
  public Client client() throws OrtException {
    ByteBuffer image = ByteBuffer.allocateDirect(Mnist.PIXELS).order(ByteOrder.nativeOrder());
    FloatBuffer out = ByteBuffer.allocateDirect(Mnist.CLASSES * 4).order(ByteOrder.nativeOrder()).asFloatBuffer();
    OnnxTensor imageTensor = OnnxTensor.createTensor(environment, image, new long[] {1, 1, 28, 28}, OnnxJavaType.UINT8);
    OnnxTensor outTensor = OnnxTensor.createTensor(environment, out, new long[] {1, Mnist.CLASSES});
    Map<String, OnnxTensor> in = Map.of("pixels", imageTensor);
    Map<String, OnnxTensor> answer = Map.of("logits", outTensor);
    float[] values = new float[Mnist.CLASSES];
    return new Client() {
      @Override
      public float[] ask(byte[] asked) throws OrtException {
        image.put(0, asked);
        session.run(in, Set.of(), answer).close();
        out.get(0, values);
        return values;
      }

      @Override
      public void close() {
        imageTensor.close();
        outTensor.close();
      }
    };
  }

  @Override
  public void save(Path out) {
    throw new UnsupportedOperationException("ONNX Runtime trains nothing");
  }

  @Override
  public void close() throws OrtException {
    logitTensor.close();
    pixelTensor.close();
    session.close();
  }
}
