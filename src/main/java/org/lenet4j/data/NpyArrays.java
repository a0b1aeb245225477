package org.lenet4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Arrays of images and labels, as {@code mnist.npz} has them, become a data set. */
final class NpyArrays {
  private NpyArrays() {}

  /**
   * Finds by their names which is which.
   *
   * @param from   the file or folder that they are from
   * @param arrays by name
   * @throws IOException if the names do not say, or one without the other is there, or shapes do not fit
   */
  static Splits read(Path from, Map<String, Npy> arrays, List<String> told) throws IOException {
    Map<Part, Npy[]> pairs = byName(arrays);
    if (pairs.isEmpty()) {
      pairs = byShape(arrays, told);
    }
    if (pairs.isEmpty()) {
      throw new IOException(from + ": holds " + arrays.entrySet().stream().map(entry -> entry.getKey() + " "
          + Arrays.toString(entry.getValue().shape())).collect(Collectors.joining(", "))
          + "; expected the arrays x_train, y_train, x_test and y_test");
    }
    List<Npy> images = new ArrayList<>();
    for (Map.Entry<Part, Npy[]> pair : pairs.entrySet()) {
      Npy[] both = pair.getValue();
      if (both[0] == null || both[1] == null) {
        Npy found = both[0] != null ? both[0] : both[1];
        throw new IOException(found.name() + ": there are no " + (both[0] == null ? "images" : "labels") + " for these "
            + (both[0] == null ? "labels" : "images") + "; expected a pair such as x_train and y_train");
      }
      images.add(both[0]);
    }
    double[] scale = Numbers.Range.of(images).scale(from.toString(), told);
    Map<Part, Labelled> parts = new EnumMap<>(Part.class);
    for (Map.Entry<Part, Npy[]> pair : pairs.entrySet()) {
      parts.put(pair.getKey(), labelled(pair.getValue()[0], pair.getValue()[1], scale));
    }
    return Labelled.splits(parts);
  }

  private static Map<Part, Npy[]> byName(Map<String, Npy> arrays) throws IOException {
    Map<Part, Npy[]> pairs = new EnumMap<>(Part.class);
    for (Map.Entry<String, Npy> entry : arrays.entrySet()) {
      FileRole role = FileRole.of(entry.getKey());
      if (role.labels() != null) {
        Npy[] pair = pairs.computeIfAbsent(role.part() == null ? Part.TRAIN : role.part(), any -> new Npy[2]);
        int which = role.labels() ? 1 : 0;
        if (pair[which] != null) {
          throw new IOException(entry.getValue().name() + ": which is it, this or " + pair[which].name() + "? Both are named as the "
              + (role.labels() ? "labels" : "images") + " of one part");
        }
        pair[which] = entry.getValue();
      }
    }
    return pairs;
  }

  /** Arrays without telling names (arr_0, arr_1, ...): images of two dimensions or more, in their order, and labels of as many samples. */
  private static Map<Part, Npy[]> byShape(Map<String, Npy> arrays, List<String> told) {
    List<Npy> images = arrays.values().stream().filter(array -> array.shape().length > 1 && pixels(array) > 1).toList();
    List<Npy> labels = new ArrayList<>(arrays.values().stream().filter(array -> pixels(array) == 1).toList());
    Map<Part, Npy[]> pairs = new EnumMap<>(Part.class);
    if (images.size() + labels.size() != arrays.size() || images.size() != labels.size() || images.isEmpty() || images.size() > 2) {
      return pairs;
    }
    for (Npy array : images) {
      Npy label = labels.stream().filter(one -> one.shape()[0] == array.shape()[0]).findFirst().orElse(null);
      if (label == null) {
        return new EnumMap<>(Part.class);
      }
      labels.remove(label);
      pairs.put(pairs.isEmpty() ? Part.TRAIN : Part.TEST, new Npy[] {array, label});
    }
    Function<Npy, String> count = array -> array.name() + " (" + array.shape()[0] + ")";
    told.add("taken as training images: " + count.apply(images.get(0))
        + (images.size() > 1 ? ", as test images: " + count.apply(images.get(1)) : ""));
    return pairs;
  }

  /** Numbers of each sample. */
  private static int pixels(Npy array) {
    return array.size() / array.shape()[0];
  }

  private static Labelled labelled(Npy images, Npy labels, double... scale) throws IOException {
    int count = images.shape()[0];
    if (labels.shape()[0] != count) {
      throw new IOException(labels.name() + ": " + labels.shape()[0] + " labels, but " + images.name() + " has " + count + " images");
    }
    int[] dims = Arrays.copyOfRange(images.shape(), 1, images.shape().length);
    byte[] pixels = images.pixels(scale);
    int side = (int) Math.round(Math.sqrt(dims.length == 1 ? dims[0] : 0));
    Shape shape;
    if (dims.length == 2) {
      shape = new Shape(1, dims[0], dims[1]);
    } else if (side > 0 && side * side == dims[0]) {
      shape = new Shape(1, side, side);
    } else if (dims.length == 3 && (dims[0] == 1 || dims[0] == 3)) {
      shape = new Shape(dims[0], dims[1], dims[2]);
    } else if (dims.length == 3 && (dims[2] == 1 || dims[2] == 3)) {
      shape = new Shape(dims[2], dims[0], dims[1]);
      pixels = channelsFirst(pixels, count, dims[0] * dims[1], dims[2]);
    } else {
      throw new IOException(images.name() + ": an array of " + Arrays.toString(images.shape())
          + " is not one of images; expected (count, height, width), with 1 or 3 channels before or behind, or (count, height * width)");
    }
    return new Labelled(images.name(), shape, pixels, labels(labels));
  }

  private static byte[] channelsFirst(byte[] pixels, int count, int plane, int channels) {
    byte[] first = new byte[pixels.length];
    for (int i = 0; i < count; i++) {
      for (int p = 0; p < plane; p++) {
        for (int c = 0; c < channels; c++) {
          first[(i * channels + c) * plane + p] = pixels[(i * plane + p) * channels + c];
        }
      }
    }
    return first;
  }

  /** One number a sample, or a row with a 1 at the class. */
  private static int[] labels(Npy array) throws IOException {
    int columns = pixels(array);
    int[] labels = new int[array.shape()[0]];
    for (int i = 0; i < labels.length; i++) {
      if (columns == 1) {
        labels[i] = Numbers.label(array.at(i), array.name() + ": sample " + i);
        continue;
      }
      labels[i] = -1;
      for (int c = 0; c < columns; c++) {
        double v = array.at(i * columns + c);
        if (v != 0 && (v != 1 || labels[i] >= 0)) {
          throw new IOException(array.name() + ": sample " + i + " has a row of " + columns + " numbers that is no label;"
              + " expected one number, or one 1 among zeros");
        }
        labels[i] = v == 1 ? c : labels[i];
      }
      if (labels[i] < 0) {
        throw new IOException(array.name() + ": sample " + i + " has a row of zeros, which is no label");
      }
    }
    return labels;
  }
}
