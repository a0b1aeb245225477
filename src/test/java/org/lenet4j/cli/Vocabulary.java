package org.lenet4j.cli;

import java.util.ArrayList;
import java.util.List;

/** The names in the JSON of the commands: docs/command-line.md shows them, and {@link VocabularyTest} holds the commands to them. */
final class Vocabulary {
  /**
   * A key.
   *
   * @param key      the name
   * @param commands the commands that write it, apart by blanks
   * @param meaning  what it means, wherever it is
   */
  record Word(String key, String commands, String meaning) {}

  private static final List<Word> WORDS = new ArrayList<>();

  private Vocabulary() {}

  static List<Word> words() {
    return WORDS;
  }

  private static void add(String commands, String... keysAndMeanings) {
    for (int i = 0; i < keysAndMeanings.length; i += 2) {
      WORDS.add(new Word(keysAndMeanings[i], commands, keysAndMeanings[i + 1]));
    }
  }

  static {
    String runs = "train finetune";
    String results = "train finetune evaluate report";
    String machines = "info benchmark";
    add("train finetune evaluate report show export info benchmark", "command", "its name");
    add("train finetune evaluate report info benchmark", "device", "`openblas` or `cuda`; of `info` at the top what `auto` takes");
    add(runs, "model", "the file of the weights that were written");
    add("finetune evaluate report show export", "from", "the weights that were read, of `--from`");
    add("train finetune show export", "parameters", "how many the model has");
    add(results,
        "split", "what accuracy and loss were measured on: `test`, `train`, or `validation` where `finetune` has no test images",
        "samples", "images of it, of `classes` those of one class",
        "accuracy", "share of them that was read right, 0 to 1",
        "loss", "mean cross-entropy over them",
        "trained_on", "whether the model saw them in training; only if there are no others to measure it on");
    add("evaluate report", "data", "the data set",
        "seen", "samples, accuracy and loss of images that the model saw in training; `null` if there are none",
        "unknown_samples", "images of which that cannot be told; no figure is of them",
        "seen_complete", "whether the weights say all that they were trained on");
    add("evaluate", "classes", "an object for each class",
        "precision", "of the images taken for the class, the share that are of it",
        "recall", "of the images of the class, the share taken for it", "f1", "harmonic mean of the two",
        "confusion", "a list for each label: how many of its images were taken for each class");
    add("evaluate predict", "label", "the number of a class, from 0", "name", "what the class is called");
    add("train finetune info", "kernels", "what `--kernels auto` took, `cudnn` or `fused`");
    add(runs, "seed", "of the run",
        "train_samples", "images trained on, without replayed ones",
        "epochs", "an object for each epoch, those before a resume as well",
        "epoch", "which one, the first is 1",
        "train_loss", "mean of the recipe's loss, label smoothing included, over the training images as they were seen",
        "train_accuracy", "share of them that was read right, 0 to 1",
        "test_loss", "mean cross-entropy after the epoch, over the test images; of `finetune`, those held out if any are",
        "test_accuracy", "share of them that was read right, 0 to 1",
        "seconds", "of the epoch's training",
        "train_seconds", "of all of them");
    add("train finetune benchmark", "samples_per_second", "images trained on or read in a second; of `benchmark` the median of the rounds");
    add("finetune", "parent_sha256", "of the file of the weights that were tuned",
        "replayed", "old images in each epoch",
        "validation_samples", "images that were held out",
        "best_epoch", "after which the weights were taken",
        "epochs_split", "what test numbers of an epoch were measured on, `validation` or `test`",
        "before", "what the weights came to before", "after", "and after the tuning",
        "target_accuracy", "on the new data", "target_loss", "mean cross-entropy on it",
        "source_trained_on", "whether the images of the old data were seen in training; only if it has no others",
        "source_accuracy", "on the old data", "source_loss", "mean cross-entropy on it",
        "range_test", "of `--find-lr`", "suggestion", "the learning rate that it suggests",
        "curve", "a list for each step: learning rate, loss, smoothed loss",
        "search", "of `--search`, an object for each trial", "round", "from 1", "trained_epochs", "how many",
        "learning_rate", "tried", "weight_decay", "tried", "frozen", "a list of layers",
        "augment", "`none`, `light` or `other`",
        "strength", "of `--strength auto`", "chosen", "the strength that was taken",
        "held_out", "images that decided, all folds together", "trials", "an object for each strength", "value", "the strength",
        "errors", "images held out that it read wrong",
        "validation_loss", "the loss on the images held out", "validation_accuracy", "on the images held out");
    add("predict", "file", "the image; a list has an object for each",
        "verdict", "`sure`; `not sure` where it may be of no class; `no digit` where there is no ink, and then all else is null",
        "probability", "of the class, 0 to 1", "probabilities", "of all classes");
    add("predict info benchmark", "error", "why the image could not be read, or the device not be used; an object with it has no more");
    add("export", "onnx", "the file that was written", "opset", "of ONNX", "input", "the name of the images in it",
        "input_shape", "channels, height and width", "output", "the name of the logits", "outputs", "how many");
    add("show export", "mean", "of the pixels, to be subtracted", "std", "to be divided by", "class_names", "what each output is called");
    add("show", "made_by", "the command that made the weights; null if they do not say");
    add(machines, "version", "of lenet4j", "java", "version, JVM and vendor", "platform", "as JavaCPP calls it",
        "processors", "how many the JVM may use", "devices", "an object for each", "description", "of the device, as people read it",
        "warnings", "what makes OpenBLAS slower than it could be",
        "batch", "the batch size");
    add("info", "openblas", "what it says of itself", "openblas_version", "of OpenBLAS",
        "core_type", "the processor whose kernels run", "config", "how it was built",
        "libraries", "native libraries, and the file of each",
        "cuda", "versions", "driver", "of the kernel", "driver_cuda", "the newest CUDA that it serves", "runtime", "CUDA's",
        "cublas", "cuBLAS's", "cudnn", "cuDNN's", "cudnn_error", "why these two cannot be used, or null",
        "auto_kernels", "an object for each program that was timed", "mode", "`training` or `inference`",
        "cudnn_us", "microseconds for a batch", "fused_us", "microseconds for a batch", "reason", "why nothing was timed");
    add("benchmark", "threads", "of the openblas device", "sgemm_gflops", "the ceiling, billions of operations a second",
        "sgemm_gflops_one_thread", "that of one thread", "share_of_sgemm", "what training reaches of the ceiling, 0 to 1",
        "training", "an object for each batch size", "inference", "the same for inference",
        "lowest", "`samples_per_second` of the slowest round", "highest", "of the fastest",
        "p50_us", "median microseconds for one image", "p99_us", "that one in a hundred exceeds",
        "step", "of `--layers`, an object for each part of a step", "part", "layer, and which way",
        "part_us", "microseconds for 16 samples on one thread", "flops", "operations for 16 samples");
  }
}
