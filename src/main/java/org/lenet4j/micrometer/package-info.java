/**
 * Meters for <a href="https://micrometer.io">Micrometer</a>. Needs {@code io.micrometer:micrometer-core}; nothing else here does.
 *
 * <pre>{@code
 * import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
 * import org.lenet4j.*;
 * import org.lenet4j.data.*;
 * import org.lenet4j.micrometer.*;
 * import org.lenet4j.nn.*;
 *
 * SimpleMeterRegistry registry = new SimpleMeterRegistry(); // or your own
 * try (Device device = Device.open(); Predictor predictor = new Predictor(device, LeNet5.pretrained())) {
 *   Lenet4jMetrics metrics = new Lenet4jMetrics(device);
 *   metrics.bindTo(registry);
 *   predictor.addListener(metrics);
 *   predictor.predict(SyntheticDigits.create(1, 1).image(0));
 * }
 * System.out.println(registry.getMetersAsString());
 * }</pre>
 */
package org.lenet4j.micrometer;
