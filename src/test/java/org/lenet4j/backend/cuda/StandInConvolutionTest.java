package org.lenet4j.backend.cuda;

import static org.bytedeco.cuda.global.cudart.cudaGraphDestroy;
import static org.bytedeco.cuda.global.cudart.cudaStreamBeginCapture;
import static org.bytedeco.cuda.global.cudart.cudaStreamCaptureModeThreadLocal;
import static org.bytedeco.cuda.global.cudart.cudaStreamEndCapture;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ACTIVATION_IDENTITY;
import static org.bytedeco.cuda.global.cudnn.CUDNN_ACTIVATION_RELU;
import static org.bytedeco.cuda.global.cudnn.CUDNN_CONVOLUTION;
import static org.bytedeco.cuda.global.cudnn.CUDNN_CROSS_CORRELATION;
import static org.bytedeco.cuda.global.cudnn.CUDNN_DATA_FLOAT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_DEFAULT_MATH;
import static org.bytedeco.cuda.global.cudnn.CUDNN_DETERMINISTIC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_NON_DETERMINISTIC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_BAD_PARAM;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_NOT_SUPPORTED;
import static org.bytedeco.cuda.global.cudnn.cudnnConvolutionBackwardBias;
import static org.bytedeco.cuda.global.cudnn.cudnnConvolutionBackwardData;
import static org.bytedeco.cuda.global.cudnn.cudnnConvolutionBackwardFilter;
import static org.bytedeco.cuda.global.cudnn.cudnnConvolutionBiasActivationForward;
import static org.bytedeco.cuda.global.cudnn.cudnnConvolutionForward;
import static org.bytedeco.cuda.global.cudnn.cudnnCreate;
import static org.bytedeco.cuda.global.cudnn.cudnnDestroy;
import static org.bytedeco.cuda.global.cudnn.cudnnFindConvolutionForwardAlgorithm;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionBackwardDataWorkspaceSize;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionForwardAlgorithmMaxCount;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionForwardAlgorithm_v7;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionForwardWorkspaceSize;
import static org.bytedeco.cuda.global.cudnn.cudnnGetLastErrorString;
import static org.bytedeco.cuda.global.cudnn.cudnnSetConvolution2dDescriptor;
import static org.bytedeco.cuda.global.cudnn.cudnnSetConvolutionMathType;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lenet4j.backend.Run.assertNear;
import static org.lenet4j.backend.Run.norm;
import static org.lenet4j.backend.cuda.Workbench.ONE;
import static org.lenet4j.backend.cuda.Workbench.ZERO;
import static org.lenet4j.backend.cuda.Workbench.ok;
import static org.lenet4j.backend.cuda.Workbench.refused;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.cudnn.cudnnConvolutionBwdDataAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionBwdFilterAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionFwdAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionStruct;
import org.bytedeco.cuda.cudnn.cudnnFilterStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** cuDNN's convolutions on the stand-in: x (3, 2, 7, 6), w (4, 2, 3, 3), padding 1, y (3, 4, 7, 6). */
@Tag("cuda-standin")
@SuppressWarnings("deprecation") // of cuDNN 9
class StandInConvolutionTest {
  private static final double ROUNDING = 1e-6; // relative: sums of up to 126 float32 products
  private final Random random = new Random(1);
  private final float[] x = noise(3 * 2 * 7 * 6);
  private final float[] w = noise(4 * 2 * 3 * 3);
  private final float[] dy = noise(3 * 4 * 7 * 6);
  private Workbench bench;
  private Dnn dnn;
  private cudnnTensorStruct xDesc;
  private cudnnTensorStruct yDesc;
  private cudnnFilterStruct wDesc;
  private cudnnConvolutionStruct convolution;
  private FloatPointer workspace; // 4000 floats

  private float[] noise(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @BeforeEach
  void open() {
    StandIn.assume();
    bench = new Workbench();
    dnn = new Dnn(bench);
    xDesc = dnn.tensor(3, 2, 7, 6);
    yDesc = dnn.tensor(3, 4, 7, 6);
    wDesc = dnn.filter(4, 2, 3, 3);
    convolution = dnn.convolution(1);
    workspace = bench.device(4000);
  }

  @AfterEach
  void close() {
    if (bench != null) {
      bench.close();
      assertEquals(List.of(), StandIn.leaks());
    }
  }

  /** Calls {@code taps} with the indices of x, w and y of each product of the convolution. */
  private static void eachProduct(Taps taps) {
    for (int i = 0; i < 3 * 4 * 7 * 6 * 2 * 9; i++) {
      int s = i % 3;
      int r = i / 3 % 3;
      int c = i / 9 % 2;
      int q = i / 18 % 6;
      int p = i / 108 % 7;
      int k = i / 756 % 4;
      int n = i / 3024;
      int row = p + r - 1;
      int column = q + s - 1;
      if (row >= 0 && row < 7 && column >= 0 && column < 6) {
        taps.product(((n * 2 + c) * 7 + row) * 6 + column, ((k * 2 + c) * 3 + r) * 3 + s, ((n * 4 + k) * 7 + p) * 6 + q);
      }
    }
  }

  private interface Taps {
    void product(int x, int w, int y);
  }

  private int forward(int algorithm, FloatPointer alpha, FloatPointer beta, FloatPointer to) {
    return cudnnConvolutionForward(dnn.handle, alpha, xDesc, bench.device(x), wDesc, bench.device(w), convolution, algorithm, workspace,
        16_000, beta, yDesc, to);
  }

  private float[] expectedForward() {
    float[] y = new float[dy.length];
    eachProduct((i, j, k) -> y[k] += x[i] * w[j]);
    return y;
  }

  private static void assertClose(float[] expected, float[] actual) {
    assertNear(expected, actual, ROUNDING * norm(expected), "convolution");
  }

  @Test
  void forwardInEveryAlgorithm() {
    FloatPointer y = bench.device(dy.length);
    for (int algorithm : new int[] {0, 1, 2}) {
      ok(forward(algorithm, ONE, ZERO, y));
      assertClose(expectedForward(), bench.fetch(y, dy.length));
    }
    float[] twice = expectedForward();
    for (int i = 0; i < twice.length; i++) {
      twice[i] *= 2 * 1 + 3;
    }
    ok(forward(0, new FloatPointer(2f), new FloatPointer(3f), y));
    assertClose(twice, bench.fetch(y, dy.length));
    assertEquals(List.of(), StandIn.violations());
  }

  @Test
  void forwardWithBiasAndActivation() {
    float[] bias = {1, -1, 0, 5};
    FloatPointer y = bench.device(dy.length);
    cudnnTensorStruct biasDesc = dnn.tensor(1, 4, 1, 1);
    int[][] modes = {{CUDNN_ACTIVATION_RELU, 0}, {CUDNN_ACTIVATION_IDENTITY, 1}};
    for (int[] mode : modes) {
      ok(cudnnConvolutionBiasActivationForward(dnn.handle, ONE, xDesc, bench.device(x), wDesc, bench.device(w), convolution, mode[1],
          workspace, 16_000, ZERO, yDesc, y, biasDesc, bench.device(bias), dnn.activation(mode[0]), yDesc, y));
      float[] expected = expectedForward();
      for (int i = 0; i < expected.length; i++) {
        expected[i] += bias[i / 42 % 4];
        expected[i] = mode[0] == CUDNN_ACTIVATION_RELU ? Math.max(0, expected[i]) : expected[i];
      }
      assertClose(expected, bench.fetch(y, dy.length));
    }
    int code = cudnnConvolutionBiasActivationForward(dnn.handle, ONE, xDesc, bench.device(x), wDesc, bench.device(w), convolution, 0,
        workspace, 16_000, ZERO, yDesc, y, biasDesc, bench.device(bias), dnn.activation(CUDNN_ACTIVATION_IDENTITY), yDesc, y);
    refused(CUDNN_STATUS_NOT_SUPPORTED, code, "cudnnConvolutionBiasActivationForward", "ReLU");
  }

  private float[] backwardData(int algorithm) {
    FloatPointer dx = bench.device(x.length);
    ok(cudnnConvolutionBackwardData(dnn.handle, ONE, wDesc, bench.device(w), yDesc, bench.device(dy), convolution, algorithm, workspace,
        16_000, ZERO, xDesc, dx));
    return bench.fetch(dx, x.length);
  }

  private float[] backwardFilter(int algorithm) {
    FloatPointer dw = bench.device(w.length);
    ok(cudnnConvolutionBackwardFilter(dnn.handle, ONE, xDesc, bench.device(x), yDesc, bench.device(dy), convolution, algorithm, workspace,
        16_000, ZERO, wDesc, dw));
    return bench.fetch(dw, w.length);
  }

  @Test
  void backwardInEveryAlgorithm() {
    float[] dx = new float[x.length];
    float[] dw = new float[w.length];
    float[] db = new float[4];
    eachProduct((i, j, k) -> {
      dx[i] += w[j] * dy[k];
      dw[j] += x[i] * dy[k];
    });
    for (int i = 0; i < dy.length; i++) {
      db[i / 42 % 4] += dy[i];
    }
    assertClose(dx, backwardData(0));
    assertClose(dx, backwardData(1));
    assertClose(dw, backwardFilter(0));
    assertClose(dw, backwardFilter(1));
    assertClose(dw, backwardFilter(3));
    FloatPointer bias = bench.device(4);
    ok(cudnnConvolutionBackwardBias(dnn.handle, ONE, yDesc, bench.device(dy), ZERO, dnn.tensor(1, 4, 1, 1), bias));
    assertClose(db, bench.fetch(bias, 4));
    assertEquals(List.of(), StandIn.violations());
  }

  @Test
  void onlyDeterministicAlgorithmsGiveTheSameBits() {
    assertTrue(Arrays.equals(backwardData(1), backwardData(1)));
    assertFalse(Arrays.equals(backwardData(0), backwardData(0)));
    assertTrue(Arrays.equals(backwardFilter(1), backwardFilter(1)));
    assertFalse(Arrays.equals(backwardFilter(0), backwardFilter(0)));
    assertFalse(Arrays.equals(backwardFilter(3), backwardFilter(3)));
  }

  @Test
  void theDefaultMathRoundsToTf32() {
    FloatPointer y = bench.device(dy.length);
    ok(cudnnSetConvolutionMathType(convolution, CUDNN_DEFAULT_MATH));
    ok(forward(0, ONE, ZERO, y));
    float[] actual = bench.fetch(y, dy.length);
    assertNear(expectedForward(), actual, 1e-3 * norm(actual), "tf32"); // 10 bits of mantissa
    assertTrue(org.lenet4j.backend.Run.distance(expectedForward(), actual) > 1e-5 * norm(actual));
  }

  @Test
  void aCarelessChoiceOfAlgorithmShows() {
    int[] count = new int[1];
    ok(cudnnGetConvolutionForwardAlgorithmMaxCount(dnn.handle, count));
    assertEquals(8, count[0]);
    try (cudnnConvolutionFwdAlgoPerf_t ranking = new cudnnConvolutionFwdAlgoPerf_t(8)) {
      ok(cudnnGetConvolutionForwardAlgorithm_v7(dnn.handle, xDesc, wDesc, convolution, yDesc, 8, count, ranking));
      assertEquals(4, count[0]);
      assertEquals(1, ranking.algo());
      assertEquals(-1, ranking.time());
      assertEquals(CUDNN_STATUS_NOT_SUPPORTED, ranking.position(3).status(), "listed, but not done");
      ok(cudnnFindConvolutionForwardAlgorithm(dnn.handle, xDesc, wDesc, convolution, yDesc, 2, count, ranking.position(0)));
      assertEquals(2, count[0]);
      assertTrue(ranking.time() > 0);
    }
    try (cudnnConvolutionBwdDataAlgoPerf_t ranking = new cudnnConvolutionBwdDataAlgoPerf_t(8)) {
      ok(cudnnGetConvolutionBackwardDataAlgorithm_v7(dnn.handle, wDesc, yDesc, convolution, xDesc, 8, count, ranking));
      assertEquals(CUDNN_NON_DETERMINISTIC, ranking.determinism());
      assertEquals(CUDNN_DETERMINISTIC, ranking.position(1).determinism());
    }
    try (cudnnConvolutionBwdFilterAlgoPerf_t ranking = new cudnnConvolutionBwdFilterAlgoPerf_t(8)) {
      ok(cudnnGetConvolutionBackwardFilterAlgorithm_v7(dnn.handle, xDesc, yDesc, convolution, wDesc, 8, count, ranking));
      assertEquals(CUDNN_NON_DETERMINISTIC, ranking.determinism());
      assertEquals(1, ranking.position(2).algo());
    }
    refused(CUDNN_STATUS_NOT_SUPPORTED, forward(6, ONE, ZERO, bench.device(dy.length)), "cudnnConvolutionForward", "algorithm 6");
  }

  @Test
  void aWorkspaceTooSmallIsRefused() {
    try (SizeTPointer bytes = new SizeTPointer(1)) {
      ok(cudnnGetConvolutionForwardWorkspaceSize(dnn.handle, xDesc, wDesc, convolution, yDesc, 2, bytes));
      long forward = bytes.get();
      ok(cudnnGetConvolutionBackwardDataWorkspaceSize(dnn.handle, wDesc, yDesc, convolution, xDesc, 1, bytes));
      assertTrue(bytes.get() > 0);
      ok(cudnnGetConvolutionBackwardFilterWorkspaceSize(dnn.handle, xDesc, yDesc, convolution, wDesc, 1, bytes));
      assertTrue(bytes.get() > 0 && bytes.get() != forward, "each algorithm needs its own");
      FloatPointer y = bench.device(dy.length);
      int code = cudnnConvolutionForward(dnn.handle, ONE, xDesc, bench.device(x), wDesc, bench.device(w), convolution, 2, workspace,
          forward - 1, ZERO, yDesc, y);
      refused(CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT, code, "cudnnConvolutionForward", "workspace of " + forward);
      code = cudnnConvolutionForward(dnn.handle, ONE, xDesc, bench.device(x), wDesc, bench.device(w), convolution, 2, bench.device(1),
          forward, ZERO, yDesc, y);
      refused(CUDNN_STATUS_BAD_PARAM, code, "cudnnConvolutionForward", "the workspace needs");
      ok(forward(2, ONE, ZERO, y));
      assertTrue(Float.isNaN(bench.fetch(workspace, 1)[0]), "nothing survives in a workspace");
    }
  }

  @Test
  void descriptorsThatDoNotFitAreRefused() {
    FloatPointer y = bench.device(dy.length);
    FloatPointer from = bench.device(x);
    FloatPointer weights = bench.device(w);
    int mismatch = CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH;
    refused(mismatch, cudnnConvolutionForward(dnn.handle, ONE, xDesc, from, dnn.filter(4, 3, 3, 3), weights, convolution, 0, null, 0, ZERO,
        yDesc, y), "cudnnConvolutionForward", "(4, 3, 3, 3)");
    refused(mismatch, cudnnConvolutionForward(dnn.handle, ONE, xDesc, from, wDesc, weights, dnn.convolution(0), 0, null, 0, ZERO, yDesc, y),
        "cudnnConvolutionForward", "padding 0");
    refused(mismatch, cudnnConvolutionForward(dnn.handle, ONE, xDesc, from, wDesc, weights, convolution, 0, null, 0, ZERO,
        dnn.tensor(2, 4, 7, 6), y), "cudnnConvolutionForward", "(2, 4, 7, 6)");
    cudnnTensorStruct larger = dnn.tensor(4, 2, 7, 6);
    refused(CUDNN_STATUS_BAD_PARAM, cudnnConvolutionForward(dnn.handle, ONE, larger, from, wDesc, weights, convolution, 0, null, 0, ZERO,
        dnn.tensor(4, 4, 7, 6), y), "cudnnConvolutionForward", "x needs 1344 bytes, 1008 are left");
    refused(mismatch, cudnnConvolutionForward(dnn.handle, ONE, xDesc, from, wDesc, weights, convolution, 0, null, 0, ZERO,
        xDesc, from), "cudnnConvolutionForward");
    refused(CUDNN_STATUS_BAD_PARAM, cudnnConvolutionBackwardBias(dnn.handle, ONE, yDesc, y, ZERO, dnn.tensor(1, 5, 1, 1), from),
        "cudnnConvolutionBackwardBias", "(1, 5, 1, 1)");
  }

  @Test
  void objectsThatAreNotReadyAreRefused() {
    cudnnContext other = new cudnnContext();
    ok(cudnnCreate(other));
    int code = cudnnConvolutionBackwardBias(other, ONE, yDesc, bench.device(dy), ZERO, dnn.tensor(1, 4, 1, 1), bench.device(4));
    refused(CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH, code, "cudnnConvolutionBackwardBias", "no stream");
    byte[] reason = new byte[100];
    cudnnGetLastErrorString(reason, reason.length);
    assertTrue(new String(reason).startsWith("the handle has no stream"));
    ok(cudnnDestroy(other));
    code = cudnnConvolutionForward(dnn.handle, ONE, xDesc, bench.device(x), wDesc, bench.device(w), new cudnnConvolutionStruct(), 0, null,
        0, ZERO, yDesc, bench.device(dy.length));
    refused(CUDNN_STATUS_BAD_PARAM, code, "cudnnConvolutionForward", "convolution descriptor is null");
    code = cudnnConvolutionForward(dnn.handle, ONE, new cudnnTensorStruct(wDesc), bench.device(x), wDesc, bench.device(w), convolution, 0,
        null, 0, ZERO, yDesc, bench.device(dy.length));
    refused(CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH, code, "cudnnConvolutionForward");
    code = cudnnSetConvolution2dDescriptor(convolution, 1, 1, 1, 1, 1, 1, CUDNN_CONVOLUTION, CUDNN_DATA_FLOAT);
    refused(CUDNN_STATUS_NOT_SUPPORTED, code, "cudnnSetConvolution2dDescriptor", "correlates");
    code = cudnnSetConvolution2dDescriptor(convolution, -1, -1, 1, 1, 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT);
    refused(CUDNN_STATUS_BAD_PARAM, code, "cudnnSetConvolution2dDescriptor", "negative");
  }

  @Test
  void noAlgorithmIsSearchedInACapture() {
    CUgraph_st graph = new CUgraph_st();
    ok(cudaStreamBeginCapture(bench.stream, cudaStreamCaptureModeThreadLocal));
    ok(cudnnConvolutionForward(dnn.handle, ONE, xDesc, workspace, wDesc, workspace.getPointer(2000), convolution, 0, null, 0, ZERO, yDesc,
        workspace.getPointer(3000)));
    try (cudnnConvolutionFwdAlgoPerf_t ranking = new cudnnConvolutionFwdAlgoPerf_t(8)) {
      int code = cudnnFindConvolutionForwardAlgorithm(dnn.handle, xDesc, wDesc, convolution, yDesc, 8, new int[1], ranking);
      refused(CUDNN_STATUS_NOT_SUPPORTED, code, "cudnnFindConvolutionForwardAlgorithm", "captures");
    }
    assertTrue(cudaStreamEndCapture(bench.stream, graph) != 0);
    assertTrue(graph.isNull() || cudaGraphDestroy(graph) == 0);
  }
}
