import java.nio.file.Path;
import org.lenet4j.data.Seen;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.Model;

/**
 * Notes in a file of weights what they were trained on: the training images of some data, and nothing else. train and finetune do so by
 * themselves; this is for weights that have come another way:
 *
 * <pre>
 * java -cp "$(./lenet4j --class-path)" src/it/Remember.java WEIGHTS DATA...
 * </pre>
 */
final class Remember {
  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    Seen seen = Seen.NOTHING;
    for (int i = 1; i < args.length; i++) {
      seen = seen.plus(Splits.open(args[i]).train());
    }
    Model.load(file).seen(seen).save(file);
    System.out.println(file + ": " + seen.text().length() + " letters on what it was trained on");
  }
}
