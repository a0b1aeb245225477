/**
 * Networks as plain data: layers, losses, and {@link org.lenet4j.nn.Model}, which is layers with their parameters and what belongs to
 * them. LeNet-5 comes ready, also with weights; other chains of the same layers are a list.
 *
 * <pre>{@code
 * import java.nio.file.Path;
 * import java.util.List;
 * import org.lenet4j.nn.*;
 *
 * Model lenet = LeNet5.pretrained();
 * Model small = new Model(LeNet5.INPUT, List.of(new Conv2d("conv1", 1, 4, 5, 2, Activation.RELU), new Pool2d("pool1", Pool2d.Kind.MAX, 2),
 *     new Linear("fc1", 4 * 14 * 14, 10, Activation.NONE)), Init.KAIMING_UNIFORM, 42);
 * small.save(Path.of("small.safetensors")); // PyTorch's names and layouts
 * System.out.println(Model.load(Path.of("small.safetensors")).parameterCount());
 * }</pre>
 */
package org.lenet4j.nn;
