package examples;

import java.nio.file.Path;
import org.lenet4j.Device;
import org.lenet4j.History;
import org.lenet4j.Predictor;
import org.lenet4j.Trainer;
import org.lenet4j.data.Splits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** The snippet of README.md, word for word: a test compares them. */
final class ReadmeExample {
  private ReadmeExample() {}

  public static void main(String[] args) throws Exception {
    try (Device device = Device.open()) {
      Splits digits = Splits.open("digits"); // drawn, not downloaded; or "mnist", or a folder
      Model model = LeNet5.create(10, 42);
      try (Trainer trainer = new Trainer(device, model, Recipe.fast(), 42)) {
        History history = trainer.fit(digits.train(), 1, digits.test());
        System.out.println("accuracy " + history.last().testAccuracy());
      }
      model.save(Path.of("digits.safetensors"));

      try (Predictor predictor = new Predictor(device, Model.load(Path.of("digits.safetensors")))) {
        byte[] image = digits.test().image(0); // or a BufferedImage of any size
        System.out.println("this is a " + predictor.predict(image).name());
      }
    }
  }
}
