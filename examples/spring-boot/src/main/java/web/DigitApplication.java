package web;

import java.io.IOException;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;
import org.lenet4j.data.ImageFile;
import org.lenet4j.micrometer.Lenet4jMetrics;
import org.lenet4j.nn.LeNet5;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code curl --data-binary @photo.png -H 'Content-Type: image/png' localhost:8080/digit}; meters are under {@code /actuator/metrics}. */
@SpringBootApplication
public class DigitApplication {
  public static void main(String[] args) {
    SpringApplication.run(DigitApplication.class, args);
  }

  /** A single image is the work of the thread that asks. */
  @Bean Device device() {
    return Device.open("cpu", 1);
  }

  @Bean Lenet4jMetrics digitMetrics(Device device) {
    return new Lenet4jMetrics(device);
  }

  /** One for all threads; Spring closes it before its device. */
  @Bean Predictor predictor(Device device, Lenet4jMetrics metrics) {
    return new Predictor(device, LeNet5.pretrained()).addListener(metrics);
  }

  @RestController
  static class DigitController {
    private final Predictor predictor;

    DigitController(Predictor predictor) {
      this.predictor = predictor;
    }

    @PostMapping("/digit") Map<String, Object> read(@RequestBody byte[] picture) throws IOException {
      Prediction prediction = predictor.predict(ImageFile.read("the picture", picture));
      return Map.of("digit", prediction.name(), "probability", prediction.probability(), "verdict", prediction.verdict());
    }

    @ExceptionHandler(IOException.class) @ResponseStatus(HttpStatus.BAD_REQUEST) Map<String, String> refuse(IOException e) {
      return Map.of("error", e.getMessage());
    }
  }
}
