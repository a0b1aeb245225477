// The few types and numbers of CUDA 12, CUDA 13 and cuDNN 9 that the stand-in needs: no header of NVIDIA's is there on most machines.
// Handles are numbers that are never used twice; nothing is behind them that a caller could touch.
#pragma once

#include <cstddef>
#include <cstdint>

#define API extern "C" __attribute__((visibility("default")))

using Handle = uint64_t;
using Ptr = void*;

namespace cuda {  // cudaError_t and CUresult agree in these
constexpr int success = 0, invalidValue = 1, memoryAllocation = 2, initialization = 3, invalidConfiguration = 9,
    invalidDevicePointer = 17, invalidMemcpyDirection = 21, insufficientDriver = 35, noDevice = 100, invalidDevice = 101, invalidContext = 201,
    invalidImage = 200, noKernelImage = 209,
    eccUncorrectable = 214, invalidPtx = 218, unsupportedPtxVersion = 222, invalidHandle = 400, notFound = 500,
    notReady = 600, illegalAddress = 700, launchFailure = 719, captureUnsupported = 900, captureInvalidated = 901,
    captureUnmatched = 903, captureImplicit = 906, captureWrongThread = 908;
extern int runtimeVersion;  // 13000 is CUDA 13.0; set by the thin libcudart that is loaded
constexpr int hostToHost = 0, hostToDevice = 1, deviceToHost = 2, deviceToDevice = 3;
constexpr unsigned streamNonBlocking = 1;
constexpr int captureThreadLocal = 1;
}  // namespace cuda

namespace cublas {
constexpr int success = 0, notInitialized = 1, allocFailed = 3, invalidValue = 7, archMismatch = 8, executionFailed = 13,
    internalError = 14, notSupported = 15;
constexpr int opN = 0, opT = 1;
constexpr int real32 = 0;  // CUDA_R_32F
constexpr int compute32 = 68, compute32Pedantic = 69, computeFastBf16 = 75, computeFastTf32 = 77;
constexpr int defaultMath = 0, pedanticMath = 2, tf32Math = 3;
constexpr int descTransA = 3, descTransB = 4, descEpilogue = 7, descBiasPointer = 8, prefMaxWorkspace = 1;
constexpr int epilogueDefault = 1, epilogueRelu = 2, epilogueBias = 4, epilogueReluBias = 6;
}  // namespace cublas

namespace cudnn {
constexpr int success = 0, notInitialized = 1001, badParam = 2000, nullPointer = 2002, sizeInsufficient = 2006, streamMismatch = 2007,
    shapeMismatch = 2008, notSupported = 3000, internalError = 4000, allocFailed = 4003, deviceAllocFailed = 4004,
    executionFailed = 5000;
constexpr int dataFloat = 0, nchw = 0, crossCorrelation = 1;
constexpr int defaultMath = 0, tensorOpMath = 1, tensorOpMathAllowConversion = 2, fmaMath = 3;
constexpr int sigmoid = 0, relu = 1, tanh = 2, identity = 5;
constexpr int poolMax = 0, poolAverageIncludePadding = 1, poolAverageExcludePadding = 2, poolMaxDeterministic = 3;
constexpr int propagateNan = 1;
constexpr size_t version = 91900;
}  // namespace cudnn
