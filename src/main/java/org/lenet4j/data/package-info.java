/**
 * Data: sets of images with their labels, the files that hold them, MNIST, drawn digits, and what makes a digit of a photograph.
 *
 * <pre>{@code
 * import java.nio.file.Path;
 * import org.lenet4j.data.*;
 *
 * Splits photos = Splits.open("photos"); // a folder for each class, IDX, CSV or .npz; or "mnist", or "digits"
 * System.out.println(photos.train().size() + " to learn from, " + photos.test().size() + " to test with");
 * byte[] digit = Preprocess.digit(ImageFile.read(Path.of("photo.png"))); // 28x28, white on black, framed as MNIST's
 * }</pre>
 */
package org.lenet4j.data;
