/**
 * Models as ONNX files, and back. Needs {@code com.google.protobuf:protobuf-java}; nothing else here does.
 *
 * <pre>{@code
 * import java.nio.file.Path;
 * import org.lenet4j.nn.*;
 * import org.lenet4j.onnx.*;
 *
 * OnnxFile.save(LeNet5.pretrained(), Path.of("lenet5.onnx"));
 * Model again = OnnxFile.load(Path.of("lenet5.onnx"));
 * }</pre>
 */
package org.lenet4j.onnx;
