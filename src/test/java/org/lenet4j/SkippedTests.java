package org.lenet4j;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** Prints why a test did not run: Surefire only counts. */
public class SkippedTests implements TestExecutionListener {
  @Override public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
      print(test, result.getThrowable().map(Throwable::getMessage).orElse("no reason given"));
    }
  }

  @Override public void executionSkipped(TestIdentifier test, String reason) {
    print(test, reason);
  }

  private static void print(TestIdentifier test, String reason) {
    System.out.println("Skipped " + test.getUniqueIdObject().getLastSegment().getValue() + ": " + reason);
  }
}
