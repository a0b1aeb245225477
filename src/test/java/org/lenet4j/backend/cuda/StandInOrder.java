package org.lenet4j.backend.cuda;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** Prints with a test that failed on the stand-in how its random order is repeated. */
public class StandInOrder implements TestExecutionListener {
  @Override public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() == TestExecutionResult.Status.FAILED && StandIn.wasUsed()) {
      System.out.println("The stand-in for CUDA had this order of threads, blocks and streams: LENET4J_STANDIN_SEED=" + StandIn.seed());
    }
  }
}
