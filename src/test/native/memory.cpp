// Device memory and pinned host memory. New memory is full of NaN, freed memory as well; around each allocation lies a strip that nobody
// may write to. An address comes back only after much other memory was freed.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <map>

#include "state.h"

namespace standin {

constexpr size_t strip = 1024;  // before and behind each allocation
constexpr uint32_t canary = 0xffc0dead;  // a NaN: whoever reads past the end gets a result that cannot be right
constexpr size_t keptBytes = size_t{64} << 20;  // freed memory stays poisoned and its address unused, up to this much

struct Allocation {
  char* base;
  size_t bytes;
  bool device;
  int owner;  // the device that was current

  char* begin() const { return base + strip; }
  size_t mapped() const { return (bytes + 2 * strip + 4095) / 4096 * 4096; }
};

static std::mutex mutex;
static std::map<uintptr_t, Allocation> alive;  // by first byte
static std::deque<Allocation> freed;
static size_t freedBytes = 0;
static int64_t bytesOfDevice[mostDevices] = {};

static uintptr_t address(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

/** The allocation with this byte in it, or null. */
static const Allocation* owner(const void* pointer) {
  auto next = alive.upper_bound(address(pointer));
  if (next == alive.begin()) {
    return nullptr;
  }
  const Allocation& candidate = std::prev(next)->second;
  return address(pointer) < address(candidate.begin()) + candidate.bytes ? &candidate : nullptr;
}

static bool wasFreed(const void* pointer) {
  for (const Allocation& old : freed) {
    if (address(pointer) >= address(old.begin()) && address(pointer) < address(old.begin()) + old.bytes) {
      return true;
    }
  }
  return false;
}

/**
 * Pages full of NaN at that address, or at any if it is null: private copies of the same few pages of a file, so that memory nobody touches
 * (a workspace of 32 MB) costs nothing. Null if there are none.
 */
static char* mapNaN(char* at, size_t bytes) {
  constexpr size_t size = size_t{4} << 20;
  static const int file = [] {
    int made = memfd_create("nan", MFD_CLOEXEC);
    const std::string all(size, '\xff');
    return write(made, all.data(), size) == static_cast<ssize_t>(size) ? made : -1;
  }();
  if (at == nullptr) {  // the range first, then its pieces
    void* range = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) {
      return nullptr;
    }
    at = static_cast<char*>(range);
  }
  for (size_t done = 0; done < bytes; done += size) {
    void* piece = mmap(at + done, std::min(size, bytes - done), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, file, 0);
    if (piece == MAP_FAILED) {
      munmap(at, bytes);
      return nullptr;
    }
  }
  return at;
}

static void fillStrips(const Allocation& made) {
  for (size_t i = 0; i < strip; i += sizeof canary) {
    memcpy(made.base + i, &canary, sizeof canary);
    memcpy(made.begin() + made.bytes + i, &canary, sizeof canary);
  }
}

static bool isWhole(const Allocation& allocation) {
  static const std::string expected = [] {
    std::string bytes;
    for (size_t i = 0; i < strip; i += sizeof canary) {
      bytes.append(reinterpret_cast<const char*>(&canary), sizeof canary);
    }
    return bytes;
  }();
  return memcmp(allocation.base, expected.data(), strip) == 0
      && memcmp(allocation.begin() + allocation.bytes, expected.data(), strip) == 0;
}

static int allocate(void** pointer, size_t bytes, bool device) {
  std::lock_guard<std::mutex> lock(mutex);
  if (device && bytesOfDevice[currentDevice()] + static_cast<int64_t>(bytes) > control->memoryBytes) {
    return cuda::memoryAllocation;
  }
  Allocation made{nullptr, bytes, device, currentDevice()};
  made.base = mapNaN(nullptr, made.mapped());
  if (made.base == nullptr) {
    return cuda::memoryAllocation;
  }
  fillStrips(made);
  alive[address(made.begin())] = made;
  control->objects++;
  if (device) {
    control->bytes += static_cast<int64_t>(bytes);
    bytesOfDevice[made.owner] += static_cast<int64_t>(bytes);
  }
  *pointer = made.begin();
  return cuda::success;
}

static void bury(const Allocation& dead) {
  control->objects--;
  if (dead.device) {
    control->bytes -= static_cast<int64_t>(dead.bytes);
    bytesOfDevice[dead.owner] -= static_cast<int64_t>(dead.bytes);
  }
  if (dead.bytes > keptBytes) {
    munmap(dead.base, dead.mapped());
    return;
  }
  if (mapNaN(dead.base, dead.mapped()) == nullptr) {  // the address is no longer ours
    return;
  }
  freed.push_back(dead);
  freedBytes += dead.mapped();
  while (freedBytes > keptBytes) {
    freedBytes -= freed.front().mapped();
    munmap(freed.front().base, freed.front().mapped());
    freed.pop_front();
  }
}

static int release(const Call& call, void* pointer, bool device) {
  if (call.refused || pointer == nullptr) {
    return call.code;
  }
  runAllStreams();  // as CUDA does
  std::lock_guard<std::mutex> lock(mutex);
  auto found = alive.find(address(pointer));
  if (found == alive.end()) {
    return call.violation(cuda::invalidValue, wasFreed(pointer) ? "freed before" : "no allocation begins here");
  }
  if (found->second.device != device) {
    return call.violation(cuda::invalidValue, device ? "this is pinned host memory" : "this is device memory");
  }
  Allocation dead = found->second;
  alive.erase(found);
  if (!isWhole(dead)) {
    violation(call.name, text("the surroundings of these %zu bytes were written to", dead.bytes));
  }
  bury(dead);
  return call.code;
}

std::string deviceRangeError(const char* argument, const void* pointer, size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  if (pointer == nullptr) {
    return text("%s is null", argument);
  }
  const Allocation* found = owner(pointer);
  if (found == nullptr) {
    return text(wasFreed(pointer) ? "%s is freed memory" : "%s is not device memory", argument);
  }
  if (!found->device) {
    return text("%s is pinned host memory", argument);
  }
  size_t left = found->bytes - (address(pointer) - address(found->begin()));
  return bytes <= left ? "" : text("%s needs %zu bytes, %zu are left of its allocation of %zu", argument, bytes, left, found->bytes);
}

std::string hostRangeError(const char* argument, const void* pointer, size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  if (pointer == nullptr) {
    return text("%s is null", argument);
  }
  const Allocation* found = owner(pointer);
  if (found == nullptr) {
    return wasFreed(pointer) ? text("%s is freed memory", argument) : "";
  }
  if (found->device) {
    return text("%s is device memory", argument);
  }
  size_t left = found->bytes - (address(pointer) - address(found->begin()));
  return bytes <= left ? "" : text("%s needs %zu bytes, %zu are left of its pinned %zu", argument, bytes, left, found->bytes);
}

bool isDevice(const void* pointer) {
  std::lock_guard<std::mutex> lock(mutex);
  const Allocation* found = owner(pointer);
  return found != nullptr && found->device;
}

int deviceOf(const void* pointer) {
  std::lock_guard<std::mutex> lock(mutex);
  const Allocation* found = owner(pointer);
  return found != nullptr && found->device ? found->owner : -1;
}

int64_t bytesOn(int device) {
  std::lock_guard<std::mutex> lock(mutex);
  return bytesOfDevice[device];
}

bool isPinned(const void* pointer) {
  std::lock_guard<std::mutex> lock(mutex);
  const Allocation* found = owner(pointer);
  return found != nullptr && !found->device;
}

std::string brokenCanary() {
  std::lock_guard<std::mutex> lock(mutex);
  for (const auto& entry : alive) {
    if (!isWhole(entry.second)) {
      fillStrips(entry.second);  // the next to be blamed is another
      return text("something wrote outside an allocation of %zu bytes", entry.second.bytes);
    }
  }
  return "";
}

std::string memoryLeaks() {
  std::lock_guard<std::mutex> lock(mutex);
  std::string lines;
  for (const auto& entry : alive) {
    lines += text("%zu bytes of %s\n", entry.second.bytes, entry.second.device ? "device memory" : "pinned memory");
  }
  return lines;
}

void forgetMemory() {
  std::lock_guard<std::mutex> lock(mutex);
  for (const auto& entry : alive) {
    bury(entry.second);
  }
  alive.clear();
}

API int cudaMalloc(void** pointer, size_t bytes) {
  Call call(Library::cudart, __func__, Kind::blocks);
  if (call.code != 0) {
    return call.code;
  }
  if (bytes == 0) {
    return call.violation(cuda::invalidValue, "0 bytes");
  }
  return lastError = allocate(pointer, bytes, true);
}

API int cudaMallocHost(void** pointer, size_t bytes) {
  Call call(Library::cudart, __func__, Kind::blocks);
  if (call.code != 0) {
    return call.code;
  }
  if (bytes == 0) {
    return call.violation(cuda::invalidValue, "0 bytes");
  }
  return lastError = allocate(pointer, bytes, false);
}

API int cudaFree(void* pointer) {
  Call call(Library::cudart, __func__, Kind::releases);
  return release(call, pointer, true);
}

API int cudaFreeHost(void* pointer) {
  Call call(Library::cudart, __func__, Kind::releases);
  return release(call, pointer, false);
}

API int cudaMemGetInfo(size_t* free, size_t* total) {
  Call call(Library::cudart, __func__, Kind::enqueues);
  *total = static_cast<size_t>(control->memoryBytes);
  *free = *total - static_cast<size_t>(bytesOn(currentDevice()));
  return call.code;
}

}  // namespace standin
