// NCCL: communicators of several devices in this process, and the one collective that is used.
//
// Work on a stream runs when a thread waits for it. A rank that comes to a collective first puts down what it gives, then waits for the
// others; if nobody else runs their streams, it runs those itself as far as their part of the same collective.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>

#include "state.h"

namespace standin {

namespace nccl {
constexpr int success = 0, unhandledCudaError = 1, invalidArgument = 4, invalidUsage = 5;
constexpr int float32 = 7;
}  // namespace nccl

/** What the ranks have put down for one collective. */
struct Meeting {
  std::map<int, std::vector<char>> given;
  int taken = 0;
};

struct Clique {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<int64_t, Meeting> meetings;
  std::vector<std::weak_ptr<Stream>> streams;  // of each rank, the one that it used last
  int size = 0;
  bool aborted = false;
};

struct Comm : Object {
  std::shared_ptr<Clique> clique;
  int rank = 0;
  int64_t performed = 0;
  std::mutex mutex;
  std::vector<std::weak_ptr<int>> calls;  // that are in graphs, or still to run

  bool isReferenced() {
    std::lock_guard<std::mutex> lock(mutex);
    return std::any_of(calls.begin(), calls.end(), [](const auto& call) { return !call.expired(); });
  }
};

API int ncclCommInitAll(Handle* comms, int count, const int* devices) {
  Call call(Library::cudart, __func__, Kind::blocks);
  if (call.code != 0) {
    return nccl::unhandledCudaError;
  }
  if (count < 1 || count > control->devices) {
    return call.violation(nccl::invalidArgument, text("%d ranks on %d devices", count, control->devices));
  }
  auto clique = std::make_shared<Clique>();
  clique->size = count;
  clique->streams.resize(static_cast<size_t>(count));
  for (int rank = 0; rank < count; rank++) {
    if (devices[rank] < 0 || devices[rank] >= control->devices || std::count(devices, devices + count, devices[rank]) != 1) {
      return call.violation(nccl::invalidUsage, text("device %d does not exist or is there twice", devices[rank]));
    }
    auto comm = std::make_shared<Comm>();
    comm->clique = clique;
    comm->rank = rank;
    comm->device = devices[rank];
    comms[rank] = add("NCCL communicator", comm);
  }
  return nccl::success;
}

static int destroy(const Call& call, Handle handle, bool abort) {
  auto comm = find<Comm>(handle);
  if (!comm) {
    return call.violation(nccl::invalidArgument, explain(handle, "NCCL communicator"));
  }
  if (abort) {
    std::lock_guard<std::mutex> lock(comm->clique->mutex);
    comm->clique->aborted = true;
    comm->clique->changed.notify_all();
  }
  drop(handle);
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(abort ? 20 : 0);
  while (comm->isReferenced() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (comm->isReferenced()) {
    return call.violation(nccl::invalidUsage, "there are graphs with its calls, and NCCL waits for their end");
  }
  return call.code == 0 ? nccl::success : nccl::unhandledCudaError;
}

API int ncclCommDestroy(Handle comm) { return destroy(Call(Library::cudart, __func__, Kind::releases), comm, false); }

API int ncclCommAbort(Handle comm) { return destroy(Call(Library::cudart, __func__, Kind::releases), comm, true); }

API const char* ncclGetErrorString(int code) {
  return code == nccl::unhandledCudaError ? "unhandled cuda error (run with NCCL_DEBUG=INFO for details)"
      : code == nccl::invalidArgument ? "invalid argument (run with NCCL_DEBUG=WARN for details)"
      : code == nccl::invalidUsage ? "invalid usage (run with NCCL_DEBUG=WARN for details)" : "unknown result code";
}

API int ncclGetVersion(int* version) {
  *version = 22809;
  return nccl::success;
}

/** Whether nobody comes any more: what waits on a lost context is not run. */
static bool over(const Clique& clique) { return clique.aborted || control->lost != 0; }

/** Runs the streams of ranks that have not come yet, those that no other thread is running. */
static void help(const std::shared_ptr<Clique>& clique, int64_t number) {
  for (int rank = 0; rank < clique->size; rank++) {
    std::shared_ptr<Stream> stream;
    auto come = [&] {
      std::lock_guard<std::mutex> lock(clique->mutex);
      stream = clique->streams[static_cast<size_t>(rank)].lock();
      auto meeting = clique->meetings.find(number);
      return over(*clique) || meeting == clique->meetings.end() || meeting->second.given.count(rank) > 0;
    };
    if (!come() && stream) {
      runUntil(*stream, come);
    }
  }
}

static std::string gather(const std::shared_ptr<Comm>& comm, const char* from, char* to, size_t bytes) {
  auto clique = comm->clique;
  int64_t number = comm->performed++;
  std::unique_lock<std::mutex> lock(clique->mutex);
  clique->meetings[number].given[comm->rank] = std::vector<char>(from, from + bytes);
  clique->changed.notify_all();
  auto all = [&] { return over(*clique) || clique->meetings[number].given.size() == static_cast<size_t>(clique->size); };
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!all()) {
    lock.unlock();
    help(clique, number);
    lock.lock();
    clique->changed.wait_for(lock, std::chrono::milliseconds(1), all);
    if (!all() && std::chrono::steady_clock::now() > deadline) {
      return text("rank %d waited for a minute for the others", comm->rank);
    }
  }
  if (over(*clique)) {
    return "";  // with nothing taken
  }
  for (auto& [rank, part] : clique->meetings[number].given) {
    if (part.size() != bytes) {
      return text("rank %d gives %zu bytes, rank %d gives %zu", comm->rank, bytes, rank, part.size());
    }
    memcpy(to + static_cast<size_t>(rank) * bytes, part.data(), bytes);
  }
  if (++clique->meetings[number].taken == clique->size) {
    clique->meetings.erase(number);
  }
  return "";
}

API int ncclAllGather(const void* from, void* to, size_t count, int type, Handle handle, Handle on) {
  Call call(Library::cudart, __func__, Kind::enqueues);
  if (call.code != 0) {
    return nccl::unhandledCudaError;
  }
  auto comm = find<Comm>(handle);
  if (!comm || type != nccl::float32 || count == 0) {
    return call.violation(nccl::invalidArgument, comm ? "the stand-in gathers floats only" : explain(handle, "NCCL communicator"));
  }
  auto stream = find<Stream>(on);
  if (stream && stream->device != comm->device) {
    return foreign(call, nccl::invalidArgument, "the communicator", comm->device, stream->device);
  }
  size_t bytes = count * sizeof(float);
  Operands operands;
  operands.read("what is given", from, bytes);
  operands.write("what is taken", to, bytes * static_cast<size_t>(comm->clique->size));
  auto* own = static_cast<char*>(to) + static_cast<size_t>(comm->rank) * bytes;
  if (operands.error.empty() && from != own && from < static_cast<char*>(to) + bytes * static_cast<size_t>(comm->clique->size)
      && static_cast<const char*>(from) + bytes > to) {
    operands.error = "what is given overlaps what is taken, and is not its own part";
  }
  if (stream) {
    std::lock_guard<std::mutex> lock(comm->clique->mutex);
    comm->clique->streams[static_cast<size_t>(comm->rank)] = stream;
  }
  auto reference = std::make_shared<int>();
  {
    std::lock_guard<std::mutex> lock(comm->mutex);
    comm->calls.push_back(reference);
  }
  int code = enqueue(call, on, operands, [=, keep = reference] {
    return gather(comm, static_cast<const char*>(from), static_cast<char*>(to), bytes);
  });
  return code == 0 ? nccl::success : nccl::invalidUsage;
}

}  // namespace standin
