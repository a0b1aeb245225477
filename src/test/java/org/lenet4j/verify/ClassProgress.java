package org.lenet4j.verify;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** A line for each test class that has ended, and one for each failure. */
final class ClassProgress implements TestExecutionListener {
  private int tests;

  @Override public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() == TestExecutionResult.Status.FAILED) {
      System.out.println("FAILED " + test.getUniqueId() + ": " + result.getThrowable().map(Throwable::toString).orElse("no reason given"));
    }
    tests += test.isTest() ? 1 : 0;
    if (test.isContainer() && test.getUniqueIdObject().getLastSegment().getType().equals("class")) {
      System.out.println(test.getDisplayName() + ": " + tests + " tests so far");
    }
  }
}
