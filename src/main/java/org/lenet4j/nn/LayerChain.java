package org.lenet4j.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lenet4j.data.Shape;

/**
 * The order of layers that is left when only the shapes of their weights are known: convolutions, each with a pooling of 2x2 behind it,
 * then linear layers. A convolution as large as its input may stand for the first linear layer, which is the same.
 *
 * @param layers the layers, named as {@link LeNet5}'s
 * @param order  for each layer with parameters, the place of its weights in the list that was given
 */
record LayerChain(List<LayerSpec> layers, List<Integer> order) {
  private static final int MOST = 8; // layers of a kind, so that all orders can be tried
  private static final int POOL = 2;

  /** Why there is not exactly one order. */
  static final class NoChainException extends Exception {
    private static final long serialVersionUID = 1;

    NoChainException(String reason) {
      super(reason);
    }
  }

  /**
   * Finds the order.
   *
   * @param weights the shape of each layer's weights: (out, in, k, k) or (out, in)
   * @param assumed activation and pooling, which shapes do not tell
   * @throws NoChainException if no order fits, or more than one does
   */
  static LayerChain of(List<List<Integer>> weights, Assumptions assumed) throws NoChainException {
    List<Integer> convs = IntStream.range(0, weights.size()).filter(i -> weights.get(i).size() == 4).boxed().toList();
    List<Integer> linears = IntStream.range(0, weights.size()).filter(i -> weights.get(i).size() == 2).boxed().toList();
    if (convs.isEmpty() || linears.isEmpty() || convs.size() > MOST || linears.size() > MOST
        || convs.size() + linears.size() < weights.size()) {
      throw new NoChainException("they are not those of a few convolutions with linear layers behind them");
    }
    for (int conv : convs) {
      List<Integer> shape = weights.get(conv);
      if (!shape.get(2).equals(shape.get(3))) {
        throw new NoChainException("a convolution of " + shape.get(2) + "x" + shape.get(3) + " is not square");
      }
    }
    List<List<Integer>> convOrders = new ArrayList<>();
    orders(weights, convs, new ArrayList<>(), convOrders);
    List<List<Integer>> linearOrders = new ArrayList<>();
    orders(weights, linears, new ArrayList<>(), linearOrders);
    List<LayerChain> found = new ArrayList<>();
    for (List<Integer> first : convOrders) {
      for (List<Integer> then : linearOrders) {
        if (weights.get(first.get(0)).get(1) == LeNet5.INPUT.channels()) {
          paddings(weights, first, then, new ArrayList<>(), assumed, found);
        }
      }
    }
    if (found.isEmpty()) {
      throw new NoChainException(reason(weights, convOrders));
    }
    // A convolution that ends in 1x1 could do so by a pooling as well; nobody builds that, and LeCun's C5 is the former.
    long fewest = found.stream().mapToLong(LayerChain::poolings).min().orElseThrow();
    List<LayerChain> best = found.stream().filter(chain -> chain.poolings() == fewest).toList();
    if (best.size() > 1) {
      throw new NoChainException("their shapes fit in more than one order, or with more than one padding");
    }
    return best.get(0);
  }

  private long poolings() {
    return layers.stream().filter(Pool2d.class::isInstance).count();
  }

  private static String reason(List<List<Integer>> weights, List<List<Integer>> convOrders) {
    List<Integer> channels = convOrders.stream().map(order -> weights.get(order.get(0)).get(1)).distinct().toList();
    if (channels.equals(List.of(3))) {
      return "the first convolution takes 3 channels, the colours of a photograph, and digits here have one";
    }
    return "they do not follow from one another for a picture of 28x28 or 32x32 with a pooling of 2x2 behind each convolution";
  }

  /** All ways in which each layer takes what the one before gives, at most two of them: more is not asked. */
  private static void orders(List<List<Integer>> weights, List<Integer> left, List<Integer> order, List<List<Integer>> found) {
    if (left.isEmpty()) {
      found.add(List.copyOf(order));
    }
    for (int next : left) {
      boolean fits = order.isEmpty() || weights.get(order.get(order.size() - 1)).get(0).equals(weights.get(next).get(1));
      if (fits && found.size() <= MOST) {
        order.add(next);
        orders(weights, left.stream().filter(other -> other != next).toList(), order, found);
        order.remove(order.size() - 1);
      }
    }
  }

  /** Tries each convolution without padding and with as much as keeps the size. */
  private static void paddings(List<List<Integer>> weights, List<Integer> convs, List<Integer> linears, List<Integer> paddings,
      Assumptions assumed, List<LayerChain> found) {
    if (paddings.size() == convs.size()) {
      addIfFits(weights, convs, linears, paddings, assumed, found);
      return;
    }
    int kernel = weights.get(convs.get(paddings.size())).get(2);
    boolean border = paddings.isEmpty() && assumed.imageSize() == 32; // two pixels of black are a padding of 2
    List<Integer> choices = border ? List.of(2) : kernel % 2 == 0 || kernel == 1 ? List.of(0) : List.of(0, kernel / 2);
    for (int padding : choices) {
      List<Integer> longer = new ArrayList<>(paddings);
      longer.add(padding);
      paddings(weights, convs, linears, longer, assumed, found);
    }
  }

  private static void addIfFits(List<List<Integer>> weights, List<Integer> convs, List<Integer> linears, List<Integer> paddings,
      Assumptions assumed, List<LayerChain> found) {
    List<LayerSpec> layers = new ArrayList<>();
    List<Integer> order = new ArrayList<>(convs);
    order.addAll(linears);
    Shape shape = LeNet5.INPUT;
    int linear = 1;
    try {
      for (int i = 0; i < convs.size(); i++) {
        List<Integer> size = weights.get(convs.get(i));
        boolean whole = i > 0 && i == convs.size() - 1 && paddings.get(i) == 0 && shape.height() == size.get(2)
            && shape.width() == size.get(2);
        if (whole) {
          layers.add(new Linear("fc" + linear++, shape.size(), size.get(0), assumed.activation()));
          shape = layers.get(layers.size() - 1).output(shape);
        } else {
          Conv2d conv = new Conv2d("conv" + (i + 1), size.get(1), size.get(0), size.get(2), paddings.get(i), assumed.activation());
          Pool2d pool = new Pool2d("pool" + (i + 1), assumed.pool(), POOL);
          shape = pool.output(conv.output(shape));
          layers.addAll(List.of(conv, pool));
        }
      }
      for (int i = 0; i < linears.size(); i++) {
        List<Integer> size = weights.get(linears.get(i));
        Activation activation = i == linears.size() - 1 ? Activation.NONE : assumed.activation();
        layers.add(new Linear("fc" + linear++, size.get(1), size.get(0), activation));
        shape = layers.get(layers.size() - 1).output(shape);
      }
    } catch (IllegalArgumentException e) {
      return; // one does not take what the one before gives
    }
    LayerChain chain = new LayerChain(layers, order);
    if (found.stream().noneMatch(chain::equals)) {
      found.add(chain);
    }
  }

  /** Whether the layers are LeNet-5's, but for the classes. */
  boolean isLeNet5() {
    List<LayerSpec> own = LeNet5.create(((Linear) layers.get(layers.size() - 1)).outFeatures(), 0).layers();
    return shapes(layers).equals(shapes(own));
  }

  private static List<Object> shapes(List<LayerSpec> layers) {
    return layers.stream().<Object>map(layer -> layer instanceof Conv2d conv ? List.of(conv.padding(), conv.parameters())
        : layer.parameters()).toList();
  }

  /** In words, for example {@code conv1 5x5 to 20 channels, conv2 5x5 to 50 channels, fc1 800 to 500, fc2 500 to 10}. */
  String describe() {
    return layers.stream().filter(layer -> !(layer instanceof Pool2d)).map(layer -> {
      if (layer instanceof Conv2d conv) {
        return conv.name() + " " + conv.kernelSize() + "x" + conv.kernelSize() + " to " + conv.outChannels() + " channels"
            + (conv.padding() > 0 ? ", padding " + conv.padding() : "");
      }
      Linear linear = (Linear) layer;
      return linear.name() + " " + linear.inFeatures() + " to " + linear.outFeatures();
    }).collect(Collectors.joining("; "));
  }
}
