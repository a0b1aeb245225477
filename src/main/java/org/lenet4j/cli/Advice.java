package org.lenet4j.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.Loader;

/** Which option does what a message of the library advises: the library knows no options. */
final class Advice {
  /** What the library says, as a regular expression, and what the command line says in its place. */
  static final Map<String, String> OPTIONS = new LinkedHashMap<>();

  static {
    OPTIONS.put("(replace it with one of (\\d+))", "$1 (--head $2)");
    OPTIONS.put("name them as the model does \\((.*?)\\)", "name them as the model does (--rename \"$1\")");
    OPTIONS.put("(use the others alone|choose the classes to learn|insist on all) \\((.*?)\\)", "$1 (--classes \"$2\")");
    OPTIONS.put("replay old ones, choose a smaller head, or allow it",
        "replay old ones (--replay), choose a smaller head (--head), or allow it (--allow-missing)");
    OPTIONS.put("remove (it|them), or have (?:it|them) skipped", "remove $1; finetune --skip-bad skips $1");
    OPTIONS.put("(the share to hold out) must", "$1 (--validation) must");
    OPTIONS.put("(hold some out of the training set)", "$1 (--validation 0.1)");
    OPTIONS.put("(it has 0 to \\d+), and -1 means a new one", "$1 for --keep-rows to keep");
    OPTIONS.put("(leave at least the head \\w+ free)", "$1, or unfreeze layers later (--unfreeze-after)");
    OPTIONS.put("(give it more memory), or less data", "$1 (LENET4J_JAVA_OPTS=-Xmx4g), or less data");
    OPTIONS.put("(the fused kernels do without: choose those)", "$1 (--kernels fused)");
    OPTIONS.put("(choose (\\d+) shards or more)", "$1 (--accumulate $2)");
    OPTIONS.put("(choose fewer threads)", "$1 (--threads)");
    OPTIONS.put("(or use the embedded digits)", "$1 (--data digits)");
    OPTIONS.put("(it is the checkpoint of a training run, not of a fine-tuning)", "$1; lenet4j train --resume continues it");
    OPTIONS.put("it is the checkpoint of more than a training run: it has 'lenet4j\\.tuning\\.\\w+'",
        "it is the checkpoint of a fine-tuning; lenet4j finetune --resume continues it");
  }

  /** How the library ends its message that the CUDA runtime, cuBLAS or cuDNN is not there, though a driver is. */
  static final String NOT_FOUND = "and where the system looks)";

  private Advice() {}

  /** A message with the options in it. */
  static String addTo(String message) {
    String advised = message;
    for (Map.Entry<String, String> option : OPTIONS.entrySet()) {
      advised = advised.replaceAll(option.getKey(), option.getValue());
    }
    String launcher = System.getProperty("lenet4j.launcher"); // which fetches CUDA if it is told so
    boolean fetches = launcher != null && System.getenv("LENET4J_CUDA") == null && advised.contains(NOT_FOUND)
        && Loader.getPlatform().equals("linux-x86_64");
    return fetches ? advised.replace(NOT_FOUND, NOT_FOUND + "; LENET4J_CUDA=redist " + launcher + " fetches CUDA 12.6, cuBLAS and cuDNN"
        + " from Maven, 2.0 GB, once") : advised;
  }
}
