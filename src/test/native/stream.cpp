// Work on streams. Nothing runs before a synchronisation, so that a host buffer overwritten too early, or read too early, shows.

#include <chrono>

#include "state.h"

namespace standin {

static thread_local std::weak_ptr<Stream> captured;

std::shared_ptr<Stream> capturing() {
  auto stream = captured.lock();
  return stream && stream->capture ? stream : nullptr;
}

void forgetCaptures() { captured.reset(); }

// ---- operands ----

void Operands::read(const std::string& argument, const void* pointer, size_t bytes) {
  ranges.push_back({argument, pointer, bytes, false});
  error = error.empty() ? deviceRangeError(argument.c_str(), pointer, bytes) : error;
}

void Operands::write(const std::string& argument, void* pointer, size_t bytes) {
  ranges.push_back({argument, pointer, bytes, true});
  error = error.empty() ? deviceRangeError(argument.c_str(), pointer, bytes) : error;
}

void Operands::checkOverlap(bool inPlaceAllowed) {
  for (const Range& a : ranges) {
    for (const Range& b : ranges) {
      auto* first = static_cast<const char*>(a.pointer);
      auto* second = static_cast<const char*>(b.pointer);
      bool overlap = first < second + b.bytes && second < first + a.bytes;
      bool same = inPlaceAllowed && first == second && a.bytes == b.bytes;
      if (&a != &b && a.written && overlap && !same && error.empty()) {
        error = a.argument + " overlaps " + b.argument;
      }
    }
  }
}

std::string Operands::check() const {
  for (const Range& range : ranges) {
    std::string reason = deviceRangeError(range.argument.c_str(), range.pointer, range.bytes);
    if (!reason.empty()) {
      return reason + " when the work runs";
    }
  }
  return "";
}

// ---- queues ----

/** A code of cudart in the words of another library. */
static int translate(Library library, int code) {
  switch (library) {
    case Library::cublas: return code == cuda::invalidValue ? cublas::invalidValue : cublas::executionFailed;
    case Library::cudnn: return code == cuda::invalidValue ? cudnn::badParam : cudnn::streamMismatch;
    default: return code;
  }
}

/** "A kernel launch will fail if it is issued to a stream that is not associated to the current device", Programming Guide; a copy not. */
static int wrongDevice(const Call& call, const Stream& stream, const Operands& operands) {
  if (stream.device != currentDevice() && strcmp(call.name, "cudaMemcpyAsync") != 0) {
    return foreign(call, cuda::invalidHandle, "the stream", stream.device, currentDevice());
  }
  for (const Range& range : operands.ranges) {
    int owner = deviceOf(range.pointer);
    if (owner >= 0 && owner != stream.device) {  // CUDA lets copies do that; nothing here wants it
      return foreign(call, cuda::invalidValue, range.argument, owner, stream.device);
    }
  }
  return cuda::success;
}

int enqueue(const Call& call, Handle handle, Operands operands, std::function<std::string()> run, std::function<bool()> ready) {
  auto refuse = [&](int code, const std::string& reason) { return call.violation(translate(call.library, code), reason); };
  auto stream = find<Stream>(handle);
  if (!stream) {
    return refuse(cuda::invalidHandle, handle == 0 ? "on the default stream" : explain(handle, "stream"));
  }
  if (!operands.error.empty()) {
    return refuse(cuda::invalidValue, operands.error);
  }
  if (int code = wrongDevice(call, *stream, operands)) {
    return translate(call.library, code);
  }
  std::lock_guard<std::recursive_mutex> lock(stream->mutex);
  auto capture = capturing();
  if (capture && capture != stream) {
    capture->captureBroken = true;
    return refuse(cuda::captureImplicit, "this thread captures another stream");
  }
  if (stream->capture && !capture) {
    return refuse(cuda::captureWrongThread, "another thread captures this stream");
  }
  auto made = std::make_shared<Operation>(Operation{call.name, std::move(operands), std::move(run), std::move(ready)});
  if (capture) {
    stream->capture->nodes.push_back(made);
  } else {
    stream->queue.push_back(made);
  }
  return cuda::success;
}

API int cudaStreamCreateWithFlags(Handle* stream, unsigned flags) {
  Call call(Library::cudart, __func__, Kind::blocks);
  if (call.code != 0) {
    return call.code;
  }
  if (flags != cuda::streamNonBlocking) {
    return call.violation(cuda::invalidValue, "a stream that waits for the default stream cannot be captured while others work");
  }
  *stream = add("stream", std::make_shared<Stream>());
  return cuda::success;
}

API int cudaStreamSynchronize(Handle handle) {
  Call call(Library::cudart, __func__, Kind::blocks);
  if (call.code != 0) {
    return call.code;
  }
  auto stream = find<Stream>(handle);
  if (!stream) {
    return call.violation(cuda::invalidHandle, handle == 0 ? "on the default stream" : explain(handle, "stream"));
  }
  lastError = runAll(*stream);
  stream->error = 0;
  return lastError;
}

API int cudaStreamDestroy(Handle handle) {
  Call call(Library::cudart, __func__, Kind::releases);
  if (call.refused) {
    return call.code;
  }
  auto stream = remove<Stream>(handle);
  if (!stream) {
    return call.violation(cuda::invalidHandle, explain(handle, "stream"));
  }
  runAll(*stream);
  return call.code;
}

// ---- capture and graphs ----

struct GraphExec : Object {
  std::vector<std::shared_ptr<const Operation>> nodes;
};

API int cudaStreamBeginCapture(Handle handle, int mode) {
  Call call(Library::cudart, __func__, Kind::blocks);
  if (call.code != 0) {
    return call.code;
  }
  auto stream = find<Stream>(handle);
  if (!stream) {
    return call.violation(cuda::invalidHandle, handle == 0 ? "the default stream cannot be captured" : explain(handle, "stream"));
  }
  if (mode != cuda::captureThreadLocal) {
    return call.violation(cuda::invalidValue, "only thread-local capture leaves other threads alone");
  }
  if (control->refuseCapture == Refusal::begin) {
    return lastError = cuda::captureUnsupported;
  }
  std::lock_guard<std::recursive_mutex> lock(stream->mutex);
  if (stream->capture) {
    return call.violation(cuda::captureUnmatched, "the stream is being captured");
  }
  stream->capture = std::make_shared<Graph>();
  stream->capture->device = stream->device;
  stream->captureBroken = false;
  captured = stream;
  return cuda::success;
}

API int cudaStreamEndCapture(Handle handle, Handle* graph) {
  Call call(Library::cudart, __func__, Kind::enqueues);
  *graph = 0;
  auto stream = find<Stream>(handle);
  if (!stream) {
    return call.violation(cuda::invalidHandle, explain(handle, "stream"));
  }
  std::lock_guard<std::recursive_mutex> lock(stream->mutex);
  if (!stream->capture) {
    return call.violation(cuda::captureUnmatched, "the stream is not being captured");
  }
  if (capturing() != stream) {
    return call.violation(cuda::captureWrongThread, "another thread began this capture");
  }
  auto made = std::move(stream->capture);
  captured.reset();
  if (call.code != 0) {
    return call.code;  // the capture is over all the same
  }
  if (stream->captureBroken) {
    return lastError = cuda::captureInvalidated;
  }
  if (control->refuseCapture == Refusal::end) {
    return lastError = cuda::captureInvalidated;
  }
  *graph = add("graph", made);
  return cuda::success;
}

API int cudaGraphInstantiate(Handle* exec, Handle handle, unsigned long long flags) {
  Call call(Library::cudart, __func__, Kind::blocks);
  if (call.code != 0) {
    return call.code;
  }
  auto graph = find<Graph>(handle);
  if (!graph || flags != 0) {
    return call.violation(cuda::invalidValue, graph ? "unknown flags" : explain(handle, "graph"));
  }
  if (control->refuseCapture == Refusal::instantiate) {
    return lastError = cuda::captureUnsupported;
  }
  auto made = std::make_shared<GraphExec>();
  made->nodes = graph->nodes;
  made->device = graph->device;
  *exec = add("executable graph", made);
  return cuda::success;
}

API int cudaGraphGetNodes(Handle handle, Handle* nodes, size_t* count) {
  Call call(Library::cudart, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto graph = find<Graph>(handle);
  if (!graph) {
    return call.violation(cuda::invalidValue, explain(handle, "graph"));
  }
  if (nodes != nullptr) {
    return call.violation(cuda::invalidValue, "the stand-in only counts nodes: pass null");
  }
  *count = graph->nodes.size();
  return cuda::success;
}

API int cudaGraphLaunch(Handle handle, Handle on) {
  Call call(Library::cudart, __func__, Kind::blocks);
  if (call.code != 0) {
    return call.code;
  }
  auto exec = find<GraphExec>(handle);
  auto stream = find<Stream>(on);
  if (!exec || !stream) {
    return call.violation(cuda::invalidHandle, exec ? explain(on, "stream") : explain(handle, "executable graph"));
  }
  if (exec->device != stream->device || stream->device != currentDevice()) {
    return foreign(call, cuda::invalidHandle, exec->device != stream->device ? "the graph" : "the stream",
        exec->device != stream->device ? exec->device : stream->device, currentDevice());
  }
  std::lock_guard<std::recursive_mutex> lock(stream->mutex);
  if (stream->capture) {
    return call.violation(cuda::captureWrongThread, "another thread captures this stream");
  }
  for (const auto& node : exec->nodes) {
    std::string reason = node->operands.check();
    if (!reason.empty()) {
      return call.violation(cuda::invalidValue, std::string(node->call) + ": " + reason);
    }
  }
  stream->queue.insert(stream->queue.end(), exec->nodes.begin(), exec->nodes.end());
  return cuda::success;
}

API int cudaGraphDestroy(Handle handle) {
  Call call(Library::cudart, __func__, Kind::releases);
  if (!call.refused && !remove<Graph>(handle)) {
    return call.violation(cuda::invalidValue, explain(handle, "graph"));
  }
  return call.code;
}

API int cudaGraphExecDestroy(Handle handle) {
  Call call(Library::cudart, __func__, Kind::releases);
  if (!call.refused && !remove<GraphExec>(handle)) {
    return call.violation(cuda::invalidValue, explain(handle, "executable graph"));
  }
  return call.code;
}

// ---- events ----

struct Event : Object {
  std::weak_ptr<Stream> stream;
  std::chrono::steady_clock::time_point time;
  bool done = false;
  std::atomic<uint64_t> recorded{0}, ran{0};  // calls of cudaEventRecord, and the last whose work ran
};

API int cudaEventCreate(Handle* event) {
  Call call(Library::cudart, __func__, Kind::blocks);
  if (call.code == 0) {
    *event = add("event", std::make_shared<Event>());
  }
  return call.code;
}

API int cudaEventRecord(Handle handle, Handle on) {
  Call call(Library::cudart, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto event = find<Event>(handle);
  if (!event) {
    return call.violation(cuda::invalidHandle, explain(handle, "event"));
  }
  auto stream = find<Stream>(on);
  if (stream && stream->device != event->device) {
    return foreign(call, cuda::invalidHandle, "the event", event->device, stream->device);
  }
  event->stream = stream;
  event->done = false;
  return enqueue(call, on, {}, [event, number = ++event->recorded] {
    event->time = std::chrono::steady_clock::now();
    event->done = true;
    event->ran = number;
    return "";
  });
}

API int cudaStreamWaitEvent(Handle on, Handle handle, unsigned flags) {
  Call call(Library::cudart, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  auto event = find<Event>(handle);
  if (!event || flags != 0) {
    return call.violation(event ? cuda::invalidValue : cuda::invalidHandle, event ? "unknown flags" : explain(handle, "event"));
  }
  if (capturing()) {
    return call.violation(cuda::captureUnsupported, "the stand-in captures one stream, which waits for no other");
  }
  return enqueue(call, on, {}, [] { return ""; }, [event, number = event->recorded.load()] { return event->ran >= number; });
}

API int cudaEventSynchronize(Handle handle) {
  Call call(Library::cudart, __func__, Kind::blocks);
  if (call.code != 0) {
    return call.code;
  }
  auto event = find<Event>(handle);
  if (!event) {
    return call.violation(cuda::invalidHandle, explain(handle, "event"));
  }
  auto stream = event->stream.lock();
  return lastError = stream ? runAll(*stream) : cuda::success;
}

API int cudaEventElapsedTime(float* milliseconds, Handle from, Handle to) {
  Call call(Library::cudart, __func__, Kind::blocks);
  if (call.code != 0) {
    return call.code;
  }
  auto first = find<Event>(from);
  auto last = find<Event>(to);
  if (!first || !last) {
    return call.violation(cuda::invalidHandle, explain(first ? to : from, "event"));
  }
  if (first->device != last->device) {
    return foreign(call, cuda::invalidHandle, "an event", first->device, last->device);
  }
  if (!first->done || !last->done) {
    return call.violation(cuda::notReady, "an event was not recorded, or nobody waited for it");
  }
  *milliseconds = std::chrono::duration<float, std::milli>(last->time - first->time).count();
  return cuda::success;
}

API int cudaEventDestroy(Handle handle) {
  Call call(Library::cudart, __func__, Kind::releases);
  if (!call.refused && !remove<Event>(handle)) {
    return call.violation(cuda::invalidHandle, explain(handle, "event"));
  }
  return call.code;
}

// ---- copies ----

static std::string wrongDirection(int kind, const void* to, const void* from) {
  static const bool toDevice[] = {false, true, false, true};
  static const bool fromDevice[] = {false, false, true, true};
  if (kind < cuda::hostToHost || kind > cuda::deviceToDevice) {
    return text("unknown direction %d", kind);
  }
  return isDevice(to) == toDevice[kind] && isDevice(from) == fromDevice[kind] ? "" : "the direction does not agree with the memory";
}

API int cudaMemcpyAsync(void* to, const void* from, size_t bytes, int kind, Handle stream) {
  Call call(Library::cudart, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  Operands operands;
  operands.error = wrongDirection(kind, to, from);
  bool up = kind == cuda::hostToDevice;
  const void* host = up ? from : to;
  if (kind == cuda::hostToDevice || kind == cuda::deviceToDevice) {
    operands.write("the destination", to, bytes);
  }
  if (kind == cuda::deviceToHost || kind == cuda::deviceToDevice) {
    operands.read("the source", from, bytes);
  }
  if (kind != cuda::deviceToDevice && operands.error.empty()) {
    operands.error = hostRangeError(up ? "the source" : "the destination", host, bytes);
    if (capturing() && !isPinned(host) && operands.error.empty()) {
      operands.error = "a captured copy needs pinned host memory";
    }
  }
  if (!operands.error.empty()) {
    return call.violation(cuda::invalidValue, operands.error);
  }
  if (kind == cuda::deviceToDevice) {
    operands.checkOverlap(false);
  } else if (up && !isPinned(host)) {  // CUDA stages such a copy before it returns
    auto staged = std::make_shared<std::vector<char>>(static_cast<const char*>(from), static_cast<const char*>(from) + bytes);
    return enqueue(call, stream, operands, [=] {
      memcpy(to, staged->data(), bytes);
      return "";
    });
  }
  bool pinned = kind != cuda::deviceToDevice && isPinned(host);
  return enqueue(call, stream, operands, [=] {
    std::string reason = pinned && !isPinned(host) ? "pinned memory was freed before the copy" : "";
    if (reason.empty()) {
      memcpy(to, from, bytes);
    }
    return reason;
  });
}

API int cudaMemsetAsync(void* pointer, int value, size_t bytes, Handle stream) {
  Call call(Library::cudart, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  Operands operands;
  operands.write("the destination", pointer, bytes);
  return enqueue(call, stream, operands, [=] {
    memset(pointer, value, bytes);
    return "";
  });
}

}  // namespace standin
