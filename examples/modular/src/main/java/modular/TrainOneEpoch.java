package modular;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.lenet4j.Device;
import org.lenet4j.Trainer;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;
import org.lenet4j.optim.Recipe;

/** Trains from the module path or the class path. {@code TrainOneEpoch module|classpath vector|plain} says what it has to find there. */
final class TrainOneEpoch {
  private TrainOneEpoch() {}

  public static void main(String[] args) throws IOException {
    check(Device.class.getModule().isNamed() == args[0].equals("module"), "not from the " + args[0]);
    Path file = Files.createTempFile("lenet4j", ".jfr");
    try (Recording recording = new Recording()) {
      recording.start();
      train(args);
      recording.stop();
      recording.dump(file);
      Map<String, Long> events = RecordingFile.readAllEvents(file).stream()
          .collect(Collectors.groupingBy(event -> event.getEventType().getName(), Collectors.counting()));
      check(events.get("org.lenet4j.Epoch") == 1 && events.get("org.lenet4j.Step") == 16, "other events: " + events); // 1000 / 64
      check(events.containsKey("org.lenet4j.NativeLibrary") == args[1].equals("plain"), "not OpenBLAS without the Vector API: " + events);
    } finally {
      Files.delete(file);
    }
  }

  private static void train(String[] args) {
    try (Device device = Device.open()) {
      System.out.println(Device.class.getModule() + ", " + device.describe());
      check(device.describe().contains("Vector API") == args[1].equals("vector"), "not the " + args[1] + " kernels");
      Model model = LeNet5.create(10, 42);
      try (Trainer trainer = new Trainer(device, model, Recipe.fast(), 42)) {
        double loss = trainer.fit(SyntheticDigits.create(1000, 1), 1, SyntheticDigits.create(200, 2)).last().testLoss();
        System.out.println("test loss " + loss);
        check(loss < 2.3, "no better than guessing"); // ln 10 = 2.30
      }
    }
  }

  private static void check(boolean condition, String message) {
    if (!condition) {
      throw new IllegalStateException(message);
    }
  }
}
