import java.nio.file.Path;
import org.lenet4j.Calibration;
import org.lenet4j.Device;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Model;

/**
 * Measures on training images from where on a model is sure, and writes that into its file. train and finetune do so by themselves; this
 * is for weights that have come another way:
 *
 * <pre>
 * java -cp "$(./lenet4j --class-path)" src/it/Calibrate.java WEIGHTS DATA...
 * </pre>
 */
final class Calibrate {
  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    Model model = Model.load(file);
    Dataset images = Splits.open(args[1]).train();
    for (int i = 2; i < args.length; i++) {
      images = images.plus(Splits.open(args[i]).train());
    }
    try (Device device = Device.open()) {
      Calibration.calibrate(device, model, images).save(file);
    }
    System.out.println(file + ": sure from " + java.util.Arrays.toString(model.sureFrom()) + " on, measured on " + images.size()
        + " images");
  }
}
