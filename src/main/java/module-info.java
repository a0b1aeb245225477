/**
 * Trains, fine-tunes and runs LeNet-5. Start with {@link org.lenet4j.Device}, {@link org.lenet4j.nn.LeNet5} and
 * {@link org.lenet4j.Trainer}.
 */
module org.lenet4j {
  requires transitive java.desktop; // Predictor reads a BufferedImage
  requires com.fasterxml.jackson.core;
  requires org.bytedeco.javacpp;
  requires org.bytedeco.openblas;
  requires jdk.jfr; // in every JDK, and jlink then takes it along
  requires org.slf4j;
  requires static org.bytedeco.cuda; // whoever needs no GPU can leave it out; Device.describe() then says so
  requires static jdk.incubator.vector; // faster kernels where the JVM was started with --add-modules jdk.incubator.vector
  requires static micrometer.core; // whoever uses org.lenet4j.micrometer requires it too; not transitive, or all others would need it to compile
  requires static info.picocli; // these two only for the command line, which runs from the class path: XChart is there and no module
  requires static me.tongfei.progressbar;
  requires static com.google.protobuf; // only for ONNX and TensorBoard

  exports org.lenet4j;
  exports org.lenet4j.backend;
  exports org.lenet4j.data;
  exports org.lenet4j.micrometer;
  exports org.lenet4j.nn;
  exports org.lenet4j.onnx;
  exports org.lenet4j.optim;
  exports org.lenet4j.tune;

  opens org.lenet4j.cli to info.picocli;
}
