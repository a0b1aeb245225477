package org.lenet4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.lenet4j.backend.cuda.probe.CudaProbe;

/**
 * For tests that run on a GPU, where there is one, and on the stand-in. On the stand-in each test must leave no violation, and a class
 * nothing that was not freed.
 */
final class CudaDevice implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
  @Override public void beforeAll(ExtensionContext context) {
    String reason = CudaProbe.whyNot();
    assumeTrue(reason == null, "cuda: " + reason);
    if (StandIn.isThere()) {
      StandIn.assume();
    }
  }

  @Override public void afterEach(ExtensionContext context) {
    if (StandIn.isThere()) {
      assertEquals(List.of(), StandIn.violations());
    }
  }

  @Override public void afterAll(ExtensionContext context) {
    if (StandIn.isThere()) {
      assertEquals(List.of(), StandIn.leaks());
    }
  }
}
