// Runs what waits on streams, once somebody waits for one of them. Streams run at the same time: work of the others, as much of it as the
// dice say, comes between that of the one that is waited for, but never before an event that it waits for.

#include "order.h"
#include "state.h"

namespace standin {

static void run(Stream& stream, const Operation& operation) {
  if (control->lost != 0) {
    return;
  }
  std::string reason = operation.operands.check();
  reason = reason.empty() ? operation.run() : reason;
  reason = reason.empty() ? brokenCanary() : reason;
  if (!reason.empty()) {
    violation(operation.call, reason);
    stream.error = cuda::illegalAddress;
    lose(cuda::illegalAddress);
  }
}

/** Whether there was work that could run. */
static bool runFirst(Stream& stream) {
  if (stream.queue.empty() || (stream.queue.front()->ready && !stream.queue.front()->ready() && control->lost == 0)) {
    return false;
  }
  auto first = stream.queue.front();
  stream.queue.pop_front();
  run(stream, *first);
  return true;
}

/** Of a stream that no other thread runs at the moment. */
static void runFirstIfFree(Stream& stream) {
  std::unique_lock<std::recursive_mutex> lock(stream.mutex, std::try_to_lock);
  if (lock.owns_lock()) {
    runFirst(stream);
  }
}

static std::vector<std::shared_ptr<Stream>> streams() {
  std::vector<std::shared_ptr<Stream>> found;
  for (const auto& object : all()) {
    if (auto stream = std::dynamic_pointer_cast<Stream>(object)) {
      found.push_back(stream);
    }
  }
  return found;
}

int runAll(Stream& stream) {
  std::lock_guard<std::recursive_mutex> lock(stream.mutex);
  if (stream.queue.empty()) {
    return stream.error;
  }
  auto any = streams();
  Order order(nextOrder());
  while (!stream.queue.empty()) {
    if (!any.empty() && (any.size() > 1 || any[0].get() != &stream) && order.below(2) == 0) {
      runFirstIfFree(*any[order.below(static_cast<unsigned>(any.size()))]);
    } else if (!runFirst(stream)) {
      std::this_thread::yield();  // the event is another stream's, whose turn comes
    }
  }
  return stream.error;
}

void runUntil(Stream& stream, const std::function<bool()>& enough) {
  std::unique_lock<std::recursive_mutex> lock(stream.mutex, std::try_to_lock);
  if (lock.owns_lock()) {
    while (!enough() && runFirst(stream)) {
    }
  }
}

void runAllStreams() {
  for (const auto& stream : streams()) {
    if (stream->device == currentDevice()) {
      runAll(*stream);
    }
  }
}

}  // namespace standin
