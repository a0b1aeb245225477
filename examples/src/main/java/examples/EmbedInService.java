package examples;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.lenet4j.Device;
import org.lenet4j.Predictor;
import org.lenet4j.data.Dataset;
import org.lenet4j.data.SyntheticDigits;
import org.lenet4j.nn.LeNet5;
import org.lenet4j.nn.Model;

/**
 * A {@link DigitService} under load: threads ask without end while it tunes itself and exchanges its model again and again.
 *
 * <p>{@code EmbedInService [TUNINGS [THREADS]]}
 */
final class EmbedInService {
  private EmbedInService() {}

  public static void main(String[] args) throws Exception {
    int tunings = args.length > 0 ? Integer.parseInt(args[0]) : 3;
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : 16;
    Dataset old = SyntheticDigits.create(3000, 1);
    byte[] image = old.image(0);
    Set<FloatBuffer> answers = ConcurrentHashMap.newKeySet(); // the different ones: buffers are compared by what is in them
    ExecutorService clients = Executors.newFixedThreadPool(threads);
    List<Model> models = new ArrayList<>(List.of(LeNet5.pretrained()));
    int count = 0;
    try (DigitService service = new DigitService()) {
      List<Future<Model>> tuned = IntStream.range(0, tunings).mapToObj(i -> service.learn(SyntheticDigits.create(1000, 2 + i), old))
          .toList();
      Callable<Integer> client = () -> {
        int asked = 0;
        for (boolean last = false; !last; asked++) {
          last = tuned.stream().allMatch(Future::isDone); // the last answer comes from the last model
          answers.add(FloatBuffer.wrap(service.predict(image).probabilities()));
          Thread.sleep(1); // or there would be no processor left to learn with
        }
        return asked;
      };
      for (Future<Integer> asked : clients.invokeAll(Collections.nCopies(threads, client))) {
        count += asked.get(); // throws if an answer failed
      }
      clients.shutdown();
      for (Future<Model> model : tuned) {
        models.add(model.get()); // kept here alone, to compare
      }
    }
    System.out.printf("%d threads got %,d answers from %d models%n", threads, count, models.size());
    try (Device device = Device.open()) {
      for (Model model : models) {
        try (Predictor alone = new Predictor(device, model)) {
          answers.remove(FloatBuffer.wrap(alone.predict(image).probabilities()));
        }
      }
    }
    if (!answers.isEmpty()) {
      throw new AssertionError(answers.size() + " answers are of no model, so they were torn");
    }
    System.out.println("each was the answer of one of them; closed");
  }
}
