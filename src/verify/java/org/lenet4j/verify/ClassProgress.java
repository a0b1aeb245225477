package org.lenet4j.verify;

import java.util.ArrayList;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** A line for each test class that has ended, and one for each failure; and what was left out, with the reason. */
final class ClassProgress implements TestExecutionListener {
  private final List<String> leftOut = new ArrayList<>();
  private int tests;

  /** Tests and whole classes that did not run because something they assume was not so. */
  List<String> leftOut() {
    return leftOut;
  }

  @Override public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    String reason = result.getThrowable().map(Throwable::toString).orElse("no reason given");
    switch (result.getStatus()) {
      case FAILED -> System.out.println("FAILED " + test.getUniqueId() + ": " + reason);
      case ABORTED -> leftOut.add(test.getUniqueIdObject().getLastSegment().getValue() + ": " + reason);
      default -> { }
    }
    tests += test.isTest() ? 1 : 0;
    if (test.isContainer() && test.getUniqueIdObject().getLastSegment().getType().equals("class")) {
      System.out.println(test.getDisplayName() + ": " + tests + " tests so far");
    }
  }
}
