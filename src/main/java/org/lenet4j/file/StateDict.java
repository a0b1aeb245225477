package org.lenet4j.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The weights among what a pickle of PyTorch holds: the pickle's own dictionary, or the one of a training checkpoint's that has the name
 * of weights and not of an optimizer's state or of an average.
 *
 * @param path    where it lies in the pickle, from the outermost dictionary; empty for that one itself
 * @param tensors its tensors, by their names
 * @param beside  what lies beside them or beside the dictionaries on the way, and is not read
 */
record StateDict(List<String> path, Map<String, PickleNames.Tensor> tensors, List<String> beside) {
  private static final int DEEPEST = 4;
  private static final int MOST_SHARED = 4; // tensors with the same elements; tied weights are two
  private static final int MOST_LISTED = 10;
  private static final List<String> PREFERRED = List.of("state_dict", "model_state_dict", "model_state", "model", "net", "network",
      "module", "weights", "params", "parameters");
  private static final List<String> AVOIDED = List.of("ema", "swa", "optim", "average", "best", "loss", "criterion", "buffer", "hyper");

  /** Gives the bytes of a storage. */
  @FunctionalInterface interface Storages {
    ByteBuffer bytes(PickleNames.Storage storage) throws IOException;
  }

  /**
   * Looks for the weights.
   *
   * @throws IOException if there are none; the message says what there is
   */
  static StateDict find(Object root) throws IOException {
    List<StateDict> found = new ArrayList<>();
    collect(root, List.of(), List::of, found, Collections.newSetFromMap(new IdentityHashMap<>()));
    return found.stream().min(Comparator.comparingInt(StateDict::rank).thenComparingInt(dict -> -dict.tensors.size()))
        .orElseThrow(() -> new IOException(nothing(root)));
  }

  private static void collect(Object value, List<String> path, Supplier<List<String>> beside, List<StateDict> found, Set<Object> seen) {
    Map<Object, Object> entries = entries(value, path);
    if (entries == null || path.size() > DEEPEST || !seen.add(value)) {
      return;
    }
    Map<String, PickleNames.Tensor> tensors = new LinkedHashMap<>();
    entries.forEach((key, item) -> {
      if (key instanceof String name && item instanceof PickleNames.Tensor tensor) {
        tensors.put(name, tensor);
      }
    });
    if (!tensors.isEmpty()) {
      found.add(new StateDict(path, tensors, with(beside.get(), entries, key -> !tensors.containsKey(key))));
    }
    entries.forEach((key, item) -> {
      if (key instanceof String name && !(item instanceof PickleNames.Tensor)) {
        List<String> inner = new ArrayList<>(path);
        inner.add(name);
        collect(item, inner, () -> with(beside.get(), entries, other -> !Objects.equals(other, key)), found, seen);
      }
    });
  }

  /** Names, and those of some entries; only where there are tensors, for a few bytes of a file may hold very many dictionaries. */
  private static List<String> with(List<String> names, Map<Object, Object> entries, Predicate<Object> which) {
    List<String> all = new ArrayList<>(names);
    entries.keySet().stream().filter(which).limit(MOST_LISTED + 1)
        .forEach(key -> all.add(Json.quote(String.valueOf(key))));
    return all;
  }

  /** Of a dictionary; or of the pickle's own list, by numbers; null of all else. */
  @SuppressWarnings("unchecked") private static Map<Object, Object> entries(Object value, List<String> path) {
    if (value instanceof LinkedHashMap<?, ?>) {
      return (Map<Object, Object>) value;
    }
    List<Object> items = path.isEmpty() ? PickleNames.items(value) : null;
    if (items == null) {
      return null;
    }
    Map<Object, Object> numbered = new LinkedHashMap<>();
    items.forEach(item -> numbered.put(Integer.toString(numbered.size()), item));
    return numbered;
  }

  private int rank() {
    String name = path.isEmpty() ? "" : path.get(path.size() - 1).toLowerCase(Locale.ROOT);
    int preferred = PREFERRED.indexOf(name);
    return preferred >= 0 ? preferred : path.stream().anyMatch(part -> AVOIDED.stream().anyMatch(part.toLowerCase(Locale.ROOT)::contains))
        ? PREFERRED.size() + 1 : PREFERRED.size();
  }

  private static String nothing(Object root) {
    if (root instanceof PickleNames.Tensor tensor) {
      return "it holds one tensor of shape " + tensor.shape() + ", not the weights of a network";
    } else if (root instanceof PickleNames.Inert inert) {
      return "it holds " + Json.quote(inert.name()) + ", not the weights of a network";
    } else if (root instanceof Map<?, ?> map && map.values().stream().anyMatch(value -> value instanceof PickleNames.Inert inert
        && inert.name().startsWith("numpy"))) {
      return "it holds arrays of NumPy, not tensors: save torch.from_numpy of each, or use safetensors";
    } else if (root instanceof Map<?, ?> map) {
      return map.isEmpty() ? "it holds an empty dictionary: no weights" : "its dictionary holds no tensors; it has "
          + map.keySet().stream().limit(MOST_LISTED).map(key -> Json.quote(String.valueOf(key))).collect(Collectors.joining(", "));
    }
    return "it holds no tensors, so no weights";
  }

  /** The tensors with their values. */
  TorchFile read(Storages storages) throws IOException {
    if (tensors.containsKey(SafetensorsHeader.METADATA)) {
      throw new IOException("a tensor is named " + SafetensorsHeader.METADATA);
    }
    checkSizes();
    Map<PickleNames.Storage, ByteBuffer> opened = new HashMap<>();
    Map<String, Safetensors.Tensor> read = new LinkedHashMap<>();
    for (Map.Entry<String, PickleNames.Tensor> entry : tensors.entrySet()) {
      PickleNames.Storage storage = entry.getValue().storage();
      if (!opened.containsKey(storage)) {
        opened.put(storage, storages.bytes(storage));
      }
      float[] values = values(Json.quote(entry.getKey()), entry.getValue(), opened.get(storage));
      Safetensors.checkFinite(entry.getKey(), values);
      read.put(entry.getKey(), new Safetensors.Tensor(entry.getValue().shape(), values, storage.dtype().name()));
    }
    return new TorchFile(read, remarks());
  }

  private List<String> remarks() {
    String more = beside.size() > MOST_LISTED ? " and more" : "";
    String left = beside.isEmpty() ? "" : "not read: " + beside.stream().limit(MOST_LISTED).collect(Collectors.joining(", ")) + more;
    if (path.isEmpty()) {
      return left.isEmpty() ? List.of() : List.of(left);
    }
    String taken = "the weights are " + Json.quote(String.join("/", path));
    return List.of(left.isEmpty() ? taken : taken + "; " + left);
  }

  /** Views can repeat what they show, and many can show the same: what they are together must be no more than a file's own size allows. */
  private void checkSizes() throws IOException {
    long elements = 0;
    Map<PickleNames.Storage, Long> stored = new HashMap<>();
    for (Map.Entry<String, PickleNames.Tensor> entry : tensors.entrySet()) {
      PickleNames.Tensor tensor = entry.getValue();
      String name = "tensor " + Json.quote(entry.getKey());
      if (tensor.size() > tensor.storage().elements()) {
        throw new IOException(name + " of shape " + tensor.shape() + " has only " + tensor.storage().elements()
            + " elements in the file; in PyTorch, save tensor.contiguous()");
      }
      elements += tensor.size();
      stored.put(tensor.storage(), tensor.storage().elements());
    }
    if (elements > MOST_SHARED * stored.values().stream().mapToLong(Long::longValue).sum()) {
      throw new IOException("its tensors have " + elements + " elements together, many times what the file holds; in PyTorch, save"
          + " tensor.clone() of each");
    }
    if (elements > Runtime.getRuntime().maxMemory() / 2 / Float.BYTES) {
      throw new IOException("its " + elements + " elements do not fit into this JVM's memory of " + Runtime.getRuntime().maxMemory()
          + " bytes; start Java with a larger -Xmx");
    }
  }

  private static float[] values(String name, PickleNames.Tensor tensor, ByteBuffer storage) throws IOException {
    List<Integer> shape = tensor.shape();
    int rank = shape.size();
    long[] strides = tensor.strides().stream().mapToLong(Integer::longValue).toArray();
    Dtype dtype = tensor.storage().dtype();
    long first = tensor.storage().from() + tensor.offset();
    long last = first; // cannot wrap around unseen: the sizes' product is below 2^32
    for (int i = 0; i < rank; i++) {
      last += (shape.get(i) - 1) * strides[i];
    }
    int stored = storage.limit() / dtype.size;
    if (tensor.size() > stored || tensor.size() > 0 && (first < 0 || last < first || last >= stored)) {
      throw new IOException("tensor " + name + " lies beyond the end of its storage: the file is cut off or damaged");
    }
    float[] values = new float[(int) tensor.size()];
    int run = rank > 0 && strides[rank - 1] == 1 ? shape.get(rank - 1) : 1; // neighbours in the tensor that are so in the file
    int[] index = new int[rank];
    for (int at = 0; at < values.length; at += run) {
      long from = first;
      for (int i = 0; i < rank; i++) {
        from += index[i] * strides[i];
      }
      dtype.read(storage.position((int) from * dtype.size), values, at, run);
      advance(index, shape, run);
    }
    return values;
  }

  private static void advance(int[] index, List<Integer> shape, int by) {
    for (int i = shape.size() - 1, step = by; i >= 0; i--, step = 1) {
      index[i] += step;
      if (index[i] < shape.get(i)) {
        return;
      }
      index[i] = 0;
    }
  }
}
