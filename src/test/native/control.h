// The switchboard between a test and the stand-in: one file, mapped by both sides of the process.
//
// The stand-in makes it when it is loaded: $LENET4J_STANDIN/control-PID, or memory of its own where that variable is not set.
// StandIn.java maps the same file. Both read and write it in place; every number is little-endian, at the offset written beside it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace standin {

// After a failed launch and a lost device the context is lost, as on a GPU: all that follows fails.
enum class Fault : int32_t { none = 0, outOfMemory = 1, launchFailure = 2, deviceLost = 3 };

// What Java asks for; carried out by the next cudaRuntimeGetVersion, which is not counted and does not fail then.
enum class Request : int32_t { none = 0, leaks = 1, counts = 2, reset = 3 };

// Which call refuses stream capture.
enum class Refusal : int32_t { none = 0, begin = 1, end = 2, instantiate = 3 };

struct Control {
  // Settings, written by Java.
  int32_t devices;                      //   0  what cudaGetDeviceCount counts, at most 16; 0: it returns cudaErrorNoDevice
  int32_t driverVersion;                //   4  13000 is CUDA 13.0; older than the runtime: cudaErrorInsufficientDriver
  int32_t computeMajor;                 //   8
  int32_t computeMinor;                 //  12
  int64_t memoryBytes;                  //  16  of each device
  int32_t ltEpilogues;                  //  24  0: the heuristics of cublasLt find nothing for an epilogue
  Refusal refuseCapture;                //  28
  // A fault to come: the call number faultAt from now (1: the next) fails. Counted down to 0 by the stand-in.
  Fault fault;                          //  32
  std::atomic<Request> request;         //  36
  std::atomic<int64_t> faultAt;         //  40  0: no fault
  char faultCall[64];                   //  48  count only calls of this name; empty: all calls
  // State, written by the stand-in.
  std::atomic<int64_t> calls;           // 112  that can fail, since the start or the last reset
  std::atomic<int64_t> objects;         // 120  alive: allocations, streams, handles, descriptors, modules, graphs, ...
  std::atomic<int64_t> bytes;           // 128  of device memory allocated, on all devices
  std::atomic<int64_t> violations;      // 136
  std::atomic<int32_t> lost;            // 144  not 0: the context is lost, and every call fails with this code, in its library's words
  int32_t failedCaptured;               // 148  1: the fault hit a thread that captured a stream
  char failedCall[64];                  // 152  the call that the last fault hit
  int64_t indexBytes;                   // 216  a setting: of workspace that cuDNN's forward algorithm with precomputed indices wants more
  char reserved[8];                     // 224
  uint8_t capabilities[16];             // 232  of each device, 90 for 9.0; 0: computeMajor and computeMinor
  uint64_t seed;                        // 248  of the order in which things happen
  char violationText[32768 - 256];      // 256  a line for each, zero-terminated
  char answer[32768];                   // 32768  what was requested, a line for each, zero-terminated
};

static_assert(offsetof(Control, calls) == 112 && offsetof(Control, failedCall) == 152 && offsetof(Control, indexBytes) == 216);
static_assert(offsetof(Control, seed) == 248);
static_assert(offsetof(Control, violationText) == 256 && offsetof(Control, answer) == 32768 && sizeof(Control) == 65536);

extern Control* control;

}  // namespace standin
