package org.lenet4j.backend.cuda.device;

import java.util.IdentityHashMap;
import java.util.Map;
import org.lenet4j.data.Dataset;

/** The data sets on the device. Programs that use the same one share it; it is freed with the last of them. */
public final class CudaDatasets {
  private final Map<Dataset, Shared> present = new IdentityHashMap<>();

  /** One of them. */
  private static final class Shared {
    private final CudaDataset data;
    private int users;

    Shared(CudaDataset data) {
      this.data = data;
    }
  }

  /** Uploads it unless it is there; {@link #close} is to be called once for each call. */
  public synchronized CudaDataset open(Dataset source, CudaStream stream) {
    Shared shared = present.get(source);
    if (shared == null) {
      shared = new Shared(new CudaDataset(source, stream));
      present.put(source, shared);
    }
    shared.users++;
    return shared.data;
  }

  /** One user less. The last one frees it, and {@code cudaFree} waits for what the device still does. */
  public synchronized void close(CudaDataset data) {
    Shared shared = present.get(data.source());
    shared.users--;
    if (shared.users == 0) {
      present.remove(data.source());
      data.close();
    }
  }
}
