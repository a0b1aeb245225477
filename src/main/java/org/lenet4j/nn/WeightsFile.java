package org.lenet4j.nn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.lenet4j.data.Normalization;
import org.lenet4j.file.FileKind;
import org.lenet4j.file.Safetensors;
import org.lenet4j.file.TorchFile;

/**
 * Weights from a file of any kind that is read, and what to know of how they became a model: a safetensors file of ours or of others, or a
 * file of {@code torch.save}, whose pickles are read without running or loading anything.
 *
 * @param model   the model
 * @param assumed what neither the file nor the caller said of the network, and what was taken then; {@link Assumptions#NONE} of our own
 *                files
 * @param remarks what was changed on the way, for people, each one line: what was taken of a checkpoint, prefixes, names and types
 */
public record WeightsFile(Model model, Assumptions assumed, List<String> remarks) {
  /** Copies the remarks. */
  public WeightsFile {
    remarks = List.copyOf(remarks);
  }

  /**
   * Reads a file.
   *
   * @param said what the caller knows of the network; nulls in it, and {@link Assumptions#NONE}, leave it to {@link Assumptions#USUAL}
   * @throws IOException              if it cannot be read, is broken, or holds no weights that fit; the message names the file and says
   *                                  what it is
   * @throws IllegalArgumentException if something is said that the file says itself
   */
  public static WeightsFile read(Path file, Assumptions said) throws IOException {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      String kind = Files.isDirectory(file) ? FileKind.of(file) : null;
      if (kind != null) {
        throw new IOException(file + ": " + kind);
      }
      return of(Safetensors.read(file), said, List.of(), file); // which says what is wrong
    }
    byte[] head = FileKind.head(file);
    if (TorchFile.isLike(head)) {
      TorchFile torch = TorchFile.read(file);
      return of(new Safetensors(Map.of(), torch.tensors()), said, torch.remarks(), file);
    }
    return of(ModelFile.safetensors(file), said, List.of(), file);
  }

  private static WeightsFile of(Safetensors content, Assumptions said, List<String> remarks, Path file) throws IOException {
    try {
      return of(content, said, remarks);
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  private static WeightsFile of(Safetensors content, Assumptions said, List<String> before) throws IOException {
    List<String> remarks = new ArrayList<>(before);
    if (ModelFile.describesLayers(content)) {
      Model model = ModelFile.of(content).model();
      refuse(said, ModelFile.says(content));
      remarkTypes(content, remarks);
      return new WeightsFile(model, Assumptions.NONE, remarks);
    }
    Assumptions itself = ModelFile.says(content);
    refuse(said, itself);
    Assumptions known = itself.or(said);
    Assumptions all = known.or(Assumptions.USUAL);
    ForeignWeights foreign = ForeignWeights.of(content, all);
    remarks.addAll(foreign.remarks());
    remarkTypes(foreign.content(), remarks);
    Model model = ModelFile.of(foreign.content(), foreign.architecture()).model();
    model.normalization(all.normalization());
    if (all.imageSize() == 32) {
      takeIn(model);
    }
    return new WeightsFile(model, all.without(known), remarks);
  }

  private static void refuse(Assumptions said, Assumptions itself) {
    if (!said.without(itself).equals(said)) {
      throw new IllegalArgumentException("the file says itself how its network computes: " + itself);
    }
  }

  private static void remarkTypes(Safetensors content, List<String> remarks) {
    TreeSet<String> types = new TreeSet<>();
    content.tensors().values().forEach(tensor -> types.add(tensor.type()));
    types.remove("F32");
    if (!types.isEmpty()) {
      remarks.add("its tensors are " + String.join(" and ", types) + ", read as float32");
    }
  }

  /**
   * Takes the normalization into the first convolution. Zeros around an image are then black, as a border of the image is that was there
   * before it was normalized; the convolution of an image of 32x32 without padding is that of 28x28 with a padding of 2.
   */
  private static void takeIn(Model model) {
    Normalization normalization = model.normalization();
    Conv2d first = (Conv2d) model.layers().get(0);
    float[] weights = model.parameter(first.name() + ".weight").values(); // (out, in, k, k)
    float[] bias = model.parameter(first.name() + ".bias").values();
    int taps = weights.length / bias.length;
    for (int o = 0; o < bias.length; o++) {
      double sum = 0;
      for (int i = o * taps; i < (o + 1) * taps; i++) {
        double scaled = weights[i] / (double) normalization.std();
        weights[i] = (float) scaled;
        sum += scaled;
      }
      bias[o] -= (float) (sum * normalization.mean());
    }
    model.normalization(Normalization.NONE);
  }
}
