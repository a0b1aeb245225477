package org.lenet4j.verify;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.lenet4j.backend.cuda.probe.CudaProbe;

/** Runs every test that has the tag {@code cuda}, but for those that only end with the time they are given. */
final class GpuTests {
  private GpuTests() {}

  static boolean run(Map<String, Object> fields) throws Exception {
    Path tests = Path.of(GpuTests.class.getProtectionDomain().getCodeSource().getLocation().toURI()); // where the tests are
    LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
        .selectors(DiscoverySelectors.selectClasspathRoots(Set.of(tests))).filters(TagFilter.includeTags("cuda & !stress")).build();
    CudaProbe.whyNot(); // loads CUDA from where the library path says, whichever test comes first
    Launcher launcher = LauncherFactory.create();
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    ClassProgress progress = new ClassProgress();
    launcher.execute(request, listener, progress);
    TestExecutionSummary summary = listener.getSummary();
    fields.put("found", summary.getTestsFoundCount());
    fields.put("succeeded", summary.getTestsSucceededCount());
    fields.put("failed", summary.getTestsFailedCount());
    fields.put("skipped_tests", summary.getTestsSkippedCount() + summary.getTestsAbortedCount());
    List<Object> failures = new ArrayList<>();
    for (TestExecutionSummary.Failure failure : summary.getFailures()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("test", failure.getTestIdentifier().getUniqueId());
      one.put("error", failure.getException().toString());
      failures.add(one);
    }
    fields.put("failures", failures);
    fields.put("left_out", progress.leftOut());
    // Some need real digits or the stand-in. But here CUDA is usable, so none may be left out for the want of it.
    List<String> without = progress.leftOut().stream().filter(line -> line.contains("cuda: ")).toList();
    if (!without.isEmpty()) {
      fields.put("error", "tests found no usable CUDA: " + without);
    }
    if (summary.getTestsFoundCount() == 0) {
      fields.put("error", "there is no test with the tag cuda");
    }
    return summary.getTestsFoundCount() > 0 && without.isEmpty() && summary.getTotalFailureCount() == 0;
  }
}
