// Calls: counters, faults to order, violations, and the answers to what a test requests.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdlib>
#include <map>

#include "order.h"
#include "state.h"

int cuda::runtimeVersion = 13000;

namespace standin {

thread_local int lastError = 0;
thread_local std::string lastReason;

static std::mutex mutex;
static std::map<std::string, int64_t> counts;

static void setDefaults(Control& settings) {
  const char* devices = getenv("LENET4J_STANDIN_DEVICES");
  settings.devices = devices == nullptr ? 1 : std::min(atoi(devices), mostDevices);
  settings.driverVersion = cuda::runtimeVersion;
  settings.computeMajor = 9;
  settings.computeMinor = 0;
  settings.memoryBytes = int64_t{4} << 30;
  settings.ltEpilogues = 1;
  settings.refuseCapture = Refusal::none;
  settings.fault = Fault::none;
  settings.faultAt = 0;
  settings.faultCall[0] = 0;
  settings.indexBytes = 0;
  settings.seed = seed();
  memset(settings.capabilities, 0, sizeof settings.capabilities);
}

static Control* map() {
  int flags = MAP_SHARED | MAP_ANONYMOUS;
  int file = -1;
  if (const char* folder = getenv("LENET4J_STANDIN")) {
    file = open(text("%s/control-%d", folder, getpid()).c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || ftruncate(file, sizeof(Control)) != 0) {
      perror("stand-in: LENET4J_STANDIN");
      abort();
    }
    flags = MAP_SHARED;
  }
  auto* made = static_cast<Control*>(mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, flags, file, 0));
  if (made == MAP_FAILED) {
    perror("stand-in: mmap");
    abort();
  }
  if (file >= 0) {
    close(file);
  }
  setDefaults(*made);
  return made;
}

Control* control = map();

/** Called by libcudart.so.12 and libcudart.so.13 when they are loaded: the stand-in is of the CUDA that the bindings ask for. */
API void lenet4j_runtime_is(int version) {
  cuda::runtimeVersion = version;
  control->driverVersion = version;
}

std::string text(const char* format, ...) {
  char buffer[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(buffer, sizeof buffer, format, arguments);
  va_end(arguments);
  return buffer;
}

// ---- faults ----

static int codeOf(Library library, Fault fault) {
  static const int codes[3][4] = {
      // cudart and driver, cublas, cudnn
      {cuda::memoryAllocation, cuda::memoryAllocation, cublas::allocFailed, cudnn::deviceAllocFailed},
      {cuda::launchFailure, cuda::launchFailure, cublas::executionFailed, cudnn::executionFailed},
      {cuda::eccUncorrectable, cuda::eccUncorrectable, cublas::internalError, cudnn::internalError},
  };
  return codes[static_cast<int>(fault) - 1][static_cast<int>(library)];
}

/** What a call says after the context is lost. */
static int lostCode(Library library) {
  bool broken = control->lost == cuda::eccUncorrectable;
  switch (library) {
    case Library::cublas: return broken ? cublas::internalError : cublas::executionFailed;
    case Library::cudnn: return broken ? cudnn::internalError : cudnn::executionFailed;
    default: return control->lost;
  }
}

void lose(int code) {
  int none = 0;
  control->lost.compare_exchange_strong(none, code);  // the first is said again and again
}

static int captureCode(Library library) {
  return library == Library::cublas ? cublas::notSupported : library == Library::cudnn ? cudnn::notSupported : cuda::captureUnsupported;
}

/** Whether this call is the one that was ordered to fail. */
static bool hit(const char* name) {
  if (control->faultAt <= 0 || (control->faultCall[0] != 0 && strncmp(control->faultCall, name, sizeof control->faultCall) != 0)) {
    return false;
  }
  return --control->faultAt == 0;
}

Call::Call(Library library, const char* name, Kind kind) : library(library), name(name) {
  std::lock_guard<std::mutex> lock(mutex);
  auto stream = capturing();
  control->calls++;
  counts[name]++;
  if (hit(name)) {
    snprintf(control->failedCall, sizeof control->failedCall, "%s", name);
    control->failedCaptured = stream != nullptr;
    code = codeOf(library, control->fault);
    if (control->fault != Fault::outOfMemory) {
      lose(codeOf(Library::cudart, control->fault));
    }
    lastReason = "a fault that the test ordered";
  } else if (control->lost != 0) {
    code = lostCode(library);
  }
  if (stream && kind != Kind::enqueues) {
    stream->captureBroken = true;
    refused = true;
    code = code != 0 ? code : captureCode(library);
    standin::violation(name, "called while this thread captures a stream");
  }
  if (library == Library::cudart && code != 0) {
    lastError = code;
  }
}

// ---- violations ----

int Call::violation(int code, const std::string& reason) const {
  standin::violation(name, reason);
  lastReason = reason;
  if (library == Library::cudart) {
    lastError = code;
  }
  return code;
}

void violation(const char* call, const std::string& reason) {
  static std::mutex writing;
  std::lock_guard<std::mutex> lock(writing);
  control->violations++;
  if (getenv("LENET4J_STANDIN") == nullptr) {
    fprintf(stderr, "stand-in: %s: %s\n", call, reason.c_str());
  }
  size_t used = strlen(control->violationText);
  snprintf(control->violationText + used, sizeof control->violationText - used, "%s: %s\n", call, reason.c_str());
}

// ---- requests ----

static std::string countsText() {
  std::string lines;
  for (const auto& [name, count] : counts) {
    lines += text("%s %lld\n", name.c_str(), static_cast<long long>(count));
  }
  return lines;
}

static void reset() {
  forgetCaptures();
  forgetObjects();
  forgetMemory();
  counts.clear();
  setDefaults(*control);
  control->failedCall[0] = 0;
  control->calls = 0;
  control->lost = 0;
  restartOrder();
  control->violations = 0;
  control->violationText[0] = 0;
}

static bool serve() {
  std::string answer;
  switch (control->request.exchange(Request::none)) {
    case Request::none: return false;
    case Request::leaks: answer = leaks() + memoryLeaks(); break;
    case Request::counts: answer = countsText(); break;
    case Request::reset: reset(); break;
  }
  snprintf(control->answer, sizeof control->answer, "%s", answer.c_str());
  return true;
}

API int cudaRuntimeGetVersion(int* version) {
  *version = cuda::runtimeVersion;
  if (serve()) {
    return cuda::success;
  }
  Call call(Library::cudart, __func__, Kind::enqueues);
  return call.code;
}

}  // namespace standin
