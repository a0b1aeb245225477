package examples;

import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.lenet4j.Device;
import org.lenet4j.Model;
import org.lenet4j.Prediction;
import org.lenet4j.Predictor;

/** A predictor whose model is exchanged while any number of threads ask it. */
final class LivePredictor implements AutoCloseable {
  private final ReadWriteLock lock = new ReentrantReadWriteLock(); // no predictor is closed while somebody asks it
  private final Device device;
  private Predictor predictor;

  LivePredictor(Device device, Model model) {
    this.device = device;
    predictor = new Predictor(device, model);
  }

  Prediction predict(byte[] image) {
    lock.readLock().lock();
    try {
      return predictor.predict(image);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Answers that begin later come from this model; those under way end with the one before. */
  void swap(Model model) {
    Predictor next = new Predictor(device, model); // compiled before anybody has to wait
    lock.writeLock().lock();
    try {
      predictor.close();
      predictor = next;
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override public void close() {
    lock.writeLock().lock();
    try {
      predictor.close();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
