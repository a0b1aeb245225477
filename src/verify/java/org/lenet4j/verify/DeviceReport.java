package org.lenet4j.verify;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lenet4j.Device;
import org.lenet4j.backend.cuda.probe.CudaInfo;

/** What runs, and on what. */
final class DeviceReport {
  private DeviceReport() {}

  static boolean run(Map<String, Object> fields) {
    long start = System.nanoTime();
    try (Device device = Device.open("cuda")) {
      fields.put("cuda_start_seconds", (System.nanoTime() - start) / 1e9);
      fields.put("device", device.describe());
      System.out.println(device.describe());
    }
    CudaInfo info = CudaInfo.read();
    // The CUDA of the tests carries its name as the device's: whatever comes out of it is no measurement of a GPU.
    boolean standIn = fields.get("device").toString().toLowerCase(java.util.Locale.ROOT).contains("stand-in");
    fields.put("stand_in", standIn);
    if (standIn) {
      System.out.println("THIS IS THE STAND-IN FOR CUDA THAT COMPUTES ON THE CPU, NOT A GPU: nothing here is a GPU result");
    }
    fields.put("driver", info.driver());
    fields.put("driver_cuda", info.cuda());
    fields.put("runtime", info.runtime());
    fields.put("cublas", info.cublas());
    fields.put("cudnn", info.cudnn());
    fields.put("libraries", new LinkedHashMap<>(info.libraries()));
    info.libraries().values().forEach(System.out::println);
    try (Device device = Device.open("openblas")) {
      fields.put("cpu", device.describe());
    }
    fields.put("processors", Runtime.getRuntime().availableProcessors());
    fields.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    fields.put("java", System.getProperty("java.version"));
    return true;
  }
}
