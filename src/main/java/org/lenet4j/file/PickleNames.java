package org.lenet4j.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The few names that a pickle of PyTorch's weights may say, and what a call of each gives: tensors, containers and plain data. None of it
 * is looked up anywhere, in Python or Java; every other name is refused by naming it.
 */
final class PickleNames {
  private static final int MAX_RANK = 32;
  private static final int MOST_COPIED = 1 << 20; // elements: a copy can be asked for again and again in a few bytes

  private static final Set<String> MAPS = Set.of("collections.OrderedDict", "collections.defaultdict", "collections.Counter",
      "builtins.dict", "pytorch_lightning.utilities.parsing.AttributeDict", "lightning.pytorch.utilities.parsing.AttributeDict",
      "lightning_fabric.utilities.data.AttributeDict", "lightning.fabric.utilities.data.AttributeDict");
  private static final Set<String> LISTS = Set.of("builtins.list", "builtins.tuple", "builtins.set", "builtins.frozenset", "torch.Size",
      "collections.deque");
  /** Plain data that training scripts lay beside the weights; nothing of it is read. */
  private static final Set<String> INERT = Set.of("argparse.Namespace", "builtins.complex", "builtins.int", "builtins.float",
      "builtins.bool", "builtins.str", "builtins.bytes", "builtins.bytearray", "builtins.slice", "builtins.range", "datetime.datetime",
      "datetime.date", "datetime.timedelta", "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.WindowsPath",
      "pathlib.PurePosixPath", "pathlib.PureWindowsPath", "pathlib._local.PosixPath", "pathlib._local.WindowsPath", "numpy.dtype",
      "numpy.ndarray", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.core.multiarray._reconstruct",
      "numpy._core.multiarray._reconstruct", "torch.device", "torch.serialization._get_layout");
  /** How Python names the class of an object in an old pickle: the class itself comes next, and is refused. */
  private static final Set<String> BEFORE_CLASSES = Set.of("copyreg._reconstructor", "copyreg.__newobj__", "builtins.object");

  private static final Map<String, Dtype> STORAGES = Map.of("torch.FloatStorage", Dtype.F32, "torch.DoubleStorage", Dtype.F64,
      "torch.HalfStorage", Dtype.F16, "torch.BFloat16Storage", Dtype.BF16, "torch.LongStorage", Dtype.I64, "torch.IntStorage", Dtype.I32,
      "torch.ShortStorage", Dtype.I16, "torch.CharStorage", Dtype.I8, "torch.ByteStorage", Dtype.U8, "torch.BoolStorage", Dtype.BOOL);
  private static final Set<String> DTYPES = Set.of("float32", "float", "float64", "double", "float16", "half", "bfloat16", "int64", "long",
      "int32", "int", "int16", "short", "int8", "uint8", "bool", "complex64", "complex128");
  private static final Set<String> TENSORS = Set.of("torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2");
  private static final Set<String> PARAMETERS = Set.of("torch._utils._rebuild_parameter",
      "torch._utils._rebuild_parameter_with_state");
  private static final String SUBCLASS = "torch._tensor._rebuild_from_type_v2";
  private static final Set<String> TENSOR_CLASSES = Set.of("torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer");

  private final Map<String, Dtype> storages = new HashMap<>();
  private final Map<String, Long> lengths = new HashMap<>(); // of the storages, in elements
  private int copied;

  /** A name that is known, not yet called. */
  record Known(String name) {}

  /** What is known to do no harm and not read. */
  record Inert(String name) {}

  /**
   * Elements that lie in another part of the file.
   *
   * @param from the first of them in the part, for a storage that is a piece of another
   */
  record Storage(Dtype dtype, String key, long elements, long from) {}

  /** A view of a storage: element (i, j, ...) is at {@code offset + i * strides[0] + j * strides[1] + ...}. */
  record Tensor(Storage storage, long offset, List<Integer> shape, List<Integer> strides) {
    /** Number of elements. */
    long size() {
      long size = 1;
      for (int dimension : shape) {
        size = Math.min(size * dimension, 1L << 32); // clipped, it cannot wrap around
      }
      return size;
    }
  }

  /** What a name stands for. */
  Object find(String module, String name) throws IOException {
    String known = ("__builtin__".equals(module) ? "builtins" : "copy_reg".equals(module) ? "copyreg" : module) + "." + name;
    if (MAPS.contains(known) || LISTS.contains(known) || INERT.contains(known) || BEFORE_CLASSES.contains(known)
        || STORAGES.containsKey(known) || TENSORS.contains(known) || PARAMETERS.contains(known) || TENSOR_CLASSES.contains(known)
        || known.equals(SUBCLASS) || known.equals("_codecs.encode") || module.equals("torch") && DTYPES.contains(name)) {
      return new Known(known);
    }
    throw new IOException(refusal(module, Json.quote(module + "." + name)));
  }

  private static String refusal(String module, String quoted) {
    String top = module.split("\\.", 2)[0];
    return switch (top) {
      case "os", "posix", "nt", "sys", "subprocess", "builtins", "__builtin__", "importlib", "runpy", "shutil", "socket", "webbrowser",
          "commands", "pty", "pdb", "timeit", "code", "ctypes", "operator", "functools" ->
          "it would have Python call " + quoted + ", which no weights need: nothing of it was run; do not load it elsewhere either";
      case "sklearn", "joblib" -> "it is a model of scikit-learn (" + quoted + "), not the weights of a network";
      case "numpy" -> "it holds " + quoted + " of NumPy, which is not read: save the tensors with torch.save or as safetensors";
      case "__torch__" -> "it is TorchScript, a compiled program (" + quoted + "): load it in Python with torch.jit.load and save the"
          + " state_dict() of it";
      default -> module.startsWith("torch.storage") && quoted.contains("_load_from_bytes")
          ? "it was written by Python's pickle alone, not by torch.save: in Python, torch.save(model.state_dict(), file)"
          : "it holds an object of " + quoted + (top.equals("torch") && !module.startsWith("torch.nn.modules") ? ", which is not read"
              : ", perhaps the whole network") + "; no code of a file is run here: in Python, save model.state_dict() instead";
    };
  }

  /** What a call of a known name gives. */
  Object call(Object called, List<Object> arguments) throws IOException {
    if (!(called instanceof Known known)) {
      throw new IOException("broken pickle: it calls what is no name");
    }
    String name = known.name();
    if (MAPS.contains(name)) {
      return map(arguments);
    } else if (LISTS.contains(name)) {
      return !arguments.isEmpty() && items(arguments.get(0)) != null ? arguments.get(0) : new ArrayList<>();
    } else if (TENSORS.contains(name)) {
      return tensor(arguments);
    } else if (PARAMETERS.contains(name)) {
      return argument(arguments, 0, Tensor.class);
    } else if (name.equals(SUBCLASS)) {
      List<Object> inner = items(argument(arguments, 2, Unpickler.Tuple.class));
      if (arguments.get(0) instanceof Known what && (TENSORS.contains(what.name()) || PARAMETERS.contains(what.name()))) {
        return call(what, inner);
      }
    } else if (name.equals("_codecs.encode")) { // how protocol 2 writes bytes
      return argument(arguments, 0, String.class).getBytes(StandardCharsets.ISO_8859_1);
    } else if (INERT.contains(name)) {
      return new Inert(name);
    }
    throw new IOException("it calls " + Json.quote(name) + ", which is not done here");
  }

  private Object map(List<Object> arguments) throws IOException {
    Map<Object, Object> map = new LinkedHashMap<>();
    Object from = arguments.isEmpty() || arguments.get(0) instanceof Known ? null : arguments.get(0); // a factory of missing values
    if (from instanceof Map<?, ?> entries) {
      count(entries.size());
      map.putAll(entries);
    } else if (from != null && items(from) != null) {
      count(items(from).size());
      for (Object item : items(from)) {
        List<Object> pair = items(item);
        if (pair == null || pair.size() != 2) {
          throw new IOException("broken pickle: a dictionary is made of what are no pairs");
        }
        Unpickler.put(map, pair.get(0), pair.get(1));
      }
    }
    return map;
  }

  private void count(int elements) throws IOException {
    copied += elements;
    if (copied > MOST_COPIED) {
      throw new IOException("broken pickle: it copies more than " + MOST_COPIED + " elements");
    }
  }

  private static Tensor tensor(List<Object> arguments) throws IOException {
    List<Integer> shape = sizes(arguments, 2);
    List<Integer> strides = sizes(arguments, 3);
    long offset = argument(arguments, 1, Long.class);
    if (shape.size() != strides.size() || offset < 0) {
      throw new IOException("broken pickle: a tensor of shape " + shape + " with strides " + strides + " at " + offset);
    }
    return new Tensor(argument(arguments, 0, Storage.class), offset, shape, strides);
  }

  private static List<Integer> sizes(List<Object> arguments, int at) throws IOException {
    List<Object> items = at < arguments.size() ? items(arguments.get(at)) : null;
    if (items == null || items.size() > MAX_RANK) {
      throw new IOException("broken pickle: a tensor without shape or strides");
    }
    List<Integer> sizes = new ArrayList<>();
    for (Object item : items) {
      if (!(item instanceof Long size) || size < 0 || size > Integer.MAX_VALUE) {
        throw new IOException("broken pickle: a tensor with a size that is none");
      }
      sizes.add(size.intValue());
    }
    return List.copyOf(sizes);
  }

  /** A storage, by the tuple that stands for it: ('storage', type, key, device, elements), in old files with a piece of it behind. */
  Storage persistent(Object id) throws IOException {
    List<Object> parts = items(id);
    if (parts == null || parts.size() < 5 || !"storage".equals(parts.get(0)) || !(parts.get(1) instanceof Known type)) {
      throw new IOException("broken pickle: it refers to something outside that is no storage");
    }
    if (!STORAGES.containsKey(type.name())) {
      throw new IOException("it holds tensors of " + Json.quote(type.name()) + ", which is not read: convert them in PyTorch with"
          + " tensor.float()");
    }
    long elements = argument(parts, 4, Long.class);
    long from = 0;
    if (parts.size() > 5 && items(parts.get(5)) != null) { // (key of the piece, first element, elements)
      List<Object> piece = items(parts.get(5));
      from = argument(piece, 1, Long.class);
    }
    if (elements < 0 || from < 0) {
      throw new IOException("broken pickle: a storage of " + elements + " elements from " + from);
    }
    Storage storage = new Storage(STORAGES.get(type.name()), argument(parts, 2, String.class), elements, from);
    if (storages.getOrDefault(storage.key(), storage.dtype()) != storage.dtype()
        || !lengths.getOrDefault(storage.key(), elements).equals(elements)) {
      throw new IOException("broken pickle: a storage of two types or lengths");
    }
    lengths.put(storage.key(), elements);
    storages.put(storage.key(), storage.dtype());
    return storage;
  }

  /** The type of each storage that the pickle referred to, by its key. */
  Map<String, Dtype> storages() {
    return storages;
  }

  /** What is in a list or a tuple; null if it is neither. */
  @SuppressWarnings("unchecked") static List<Object> items(Object value) {
    return value instanceof Unpickler.Tuple tuple ? tuple.items() : value instanceof ArrayList<?> ? (List<Object>) value : null;
  }

  private static <T> T argument(List<Object> arguments, int at, Class<T> type) throws IOException {
    if (at < arguments.size() && type.isInstance(arguments.get(at))) {
      return type.cast(arguments.get(at));
    }
    throw new IOException("broken pickle: argument " + at + " is missing or of another kind");
  }
}
