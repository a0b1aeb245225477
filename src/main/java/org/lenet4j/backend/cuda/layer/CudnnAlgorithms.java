package org.lenet4j.backend.cuda.layer;

import static org.bytedeco.cuda.global.cudnn.CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
import static org.bytedeco.cuda.global.cudnn.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;
import static org.bytedeco.cuda.global.cudnn.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM;
import static org.bytedeco.cuda.global.cudnn.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
import static org.bytedeco.cuda.global.cudnn.CUDNN_DETERMINISTIC;
import static org.bytedeco.cuda.global.cudnn.CUDNN_STATUS_NOT_SUPPORTED;
import static org.bytedeco.cuda.global.cudnn.cudnnFindConvolutionBackwardDataAlgorithm;
import static org.bytedeco.cuda.global.cudnn.cudnnFindConvolutionBackwardFilterAlgorithm;
import static org.bytedeco.cuda.global.cudnn.cudnnFindConvolutionForwardAlgorithm;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionBackwardDataWorkspaceSize;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionForwardAlgorithm_v7;
import static org.bytedeco.cuda.global.cudnn.cudnnGetConvolutionForwardWorkspaceSize;
import static org.lenet4j.backend.cuda.device.CudaHandles.checkDnn;

import java.util.Set;
import java.util.function.IntFunction;
import org.bytedeco.cuda.cudnn.cudnnConvolutionBwdDataAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionBwdFilterAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionFwdAlgoPerf_t;
import org.bytedeco.cuda.cudnn.cudnnConvolutionStruct;
import org.bytedeco.cuda.cudnn.cudnnFilterStruct;
import org.bytedeco.cuda.cudnn.cudnnTensorStruct;
import org.bytedeco.javacpp.SizeTPointer;
import org.lenet4j.backend.cuda.device.CudaHandles;

/**
 * cuDNN's algorithms for one convolution, chosen when a program is compiled. By default the first in cuDNN's own ranking, which is a table,
 * that is deterministic and sums the plain products: timing could choose another one in the next run, and with it other bits, and FFT and
 * Winograd round ten times as much. With {@code fast} the fastest one as timed here, whatever it is.
 */
@SuppressWarnings("deprecation") // of cuDNN 9, which has no other calls for this but its graph
final class CudnnAlgorithms {
  private static final long MOST_WORKSPACE = 64 << 20;
  private static final int MOST = 10; // cuDNN 9 has at most 8 algorithms for one purpose
  private static final Set<Integer> PLAIN_FORWARD = Set.of(CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM,
      CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM); // GEMM, which is no faster, wants 321 MB for conv1 and 4,096 samples
  private static final Set<Integer> PLAIN_BACKWARD_DATA = Set.of(CUDNN_CONVOLUTION_BWD_DATA_ALGO_1);
  private static final Set<Integer> PLAIN_BACKWARD_FILTER = Set.of(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1);

  private final CudaHandles handles;
  private final cudnnTensorStruct x;
  private final cudnnFilterStruct w;
  private final cudnnConvolutionStruct convolution;
  private final cudnnTensorStruct y;
  private final int[] count = new int[1]; // how many algorithms cuDNN returned, not which

  /**
   * An algorithm and what it needs.
   *
   * @param algorithm      cuDNN's number
   * @param workspaceBytes bytes of workspace that it needs for this batch size and precision
   */
  record Choice(int algorithm, long workspaceBytes) {}

  /** What is read of cuDNN's three kinds of ranking. */
  private record Ranked(int algorithm, int status, int determinism) {}

  CudnnAlgorithms(CudaHandles handles, cudnnTensorStruct x, cudnnFilterStruct w, cudnnConvolutionStruct convolution, cudnnTensorStruct y) {
    this.handles = handles;
    this.x = x;
    this.w = w;
    this.convolution = convolution;
    this.y = y;
  }

  Choice forward() {
    try (cudnnConvolutionFwdAlgoPerf_t ranking = new cudnnConvolutionFwdAlgoPerf_t(MOST)) {
      if (handles.fast) {
        checkDnn(cudnnFindConvolutionForwardAlgorithm(handles.cudnn, x, w, convolution, y, MOST, count, ranking),
            "cudnnFindConvolutionForwardAlgorithm");
      } else {
        checkDnn(cudnnGetConvolutionForwardAlgorithm_v7(handles.cudnn, x, w, convolution, y, MOST, count, ranking),
            "cudnnGetConvolutionForwardAlgorithm_v7");
      }
      return choose(i -> {
        ranking.position(i);
        return new Ranked(ranking.algo(), ranking.status(), ranking.determinism());
      }, PLAIN_FORWARD, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM, "cudnnGetConvolutionForwardWorkspaceSize",
          (algorithm, bytes) -> cudnnGetConvolutionForwardWorkspaceSize(handles.cudnn, x, w, convolution, y, algorithm, bytes));
    }
  }

  Choice backwardData() {
    try (cudnnConvolutionBwdDataAlgoPerf_t ranking = new cudnnConvolutionBwdDataAlgoPerf_t(MOST)) {
      if (handles.fast) {
        checkDnn(cudnnFindConvolutionBackwardDataAlgorithm(handles.cudnn, w, y, convolution, x, MOST, count, ranking),
            "cudnnFindConvolutionBackwardDataAlgorithm");
      } else {
        checkDnn(cudnnGetConvolutionBackwardDataAlgorithm_v7(handles.cudnn, w, y, convolution, x, MOST, count, ranking),
            "cudnnGetConvolutionBackwardDataAlgorithm_v7");
      }
      return choose(i -> {
        ranking.position(i);
        return new Ranked(ranking.algo(), ranking.status(), ranking.determinism());
      }, PLAIN_BACKWARD_DATA, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1, "cudnnGetConvolutionBackwardDataWorkspaceSize",
          (algorithm, bytes) -> cudnnGetConvolutionBackwardDataWorkspaceSize(handles.cudnn, w, y, convolution, x, algorithm, bytes));
    }
  }

  Choice backwardFilter() {
    try (cudnnConvolutionBwdFilterAlgoPerf_t ranking = new cudnnConvolutionBwdFilterAlgoPerf_t(MOST)) {
      if (handles.fast) {
        checkDnn(cudnnFindConvolutionBackwardFilterAlgorithm(handles.cudnn, x, y, convolution, w, MOST, count, ranking),
            "cudnnFindConvolutionBackwardFilterAlgorithm");
      } else {
        checkDnn(cudnnGetConvolutionBackwardFilterAlgorithm_v7(handles.cudnn, x, y, convolution, w, MOST, count, ranking),
            "cudnnGetConvolutionBackwardFilterAlgorithm_v7");
      }
      return choose(i -> {
        ranking.position(i);
        return new Ranked(ranking.algo(), ranking.status(), ranking.determinism());
      }, PLAIN_BACKWARD_FILTER, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1, "cudnnGetConvolutionBackwardFilterWorkspaceSize",
          (algorithm, bytes) -> cudnnGetConvolutionBackwardFilterWorkspaceSize(handles.cudnn, x, y, convolution, w, algorithm, bytes));
    }
  }

  /** Asks cuDNN how much workspace an algorithm needs. */
  private interface WorkspaceSize {
    int of(int algorithm, SizeTPointer bytes);
  }

  /** The first one that may be used; {@code otherwise} is a plain one that is always there. */
  private Choice choose(IntFunction<Ranked> ranking, Set<Integer> plain, int otherwise, String call, WorkspaceSize size) {
    try (SizeTPointer bytes = new SizeTPointer(1)) {
      for (int i = 0; i < count[0]; i++) {
        Ranked ranked = ranking.apply(i);
        boolean same = ranked.determinism == CUDNN_DETERMINISTIC && plain.contains(ranked.algorithm);
        boolean usable = ranked.status == 0 && (handles.fast || same);
        int code = usable ? size.of(ranked.algorithm, bytes) : CUDNN_STATUS_NOT_SUPPORTED;
        if (code / 1000 == CUDNN_STATUS_NOT_SUPPORTED / 1000) { // all codes from 3000 on say that in some way
          continue;
        }
        checkDnn(code, call);
        if (bytes.get() > MOST_WORKSPACE) {
          continue;
        }
        return new Choice(ranked.algorithm, bytes.get());
      }
      checkDnn(size.of(otherwise, bytes), call);
      return new Choice(otherwise, bytes.get());
    }
  }
}
