#include "races.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>

#include "emulated.h"

extern "C" char __executable_start[], _end[];

namespace emulated::races {

using standin::currentThread;
using standin::indices;

// ---- who did what ----

constexpr uint16_t several = 0x8000;  // threads of a block; with the warp's number: of that warp
constexpr uint16_t anyWarp = several | 0x7fff;

/** An access. An interval is the time between two barriers of a block; each has a number of its own. */
struct Access {
  uint32_t interval = 0;  // 0: none
  uint16_t thread = 0;
  uint8_t warpBarriers = 0;  // of its warp, so far
  uint8_t fences = 0;  // of the thread, so far

  bool operator==(const Access& other) const { return memcmp(this, &other, sizeof *this) == 0; }
};

/** Of a byte: the newest write, the newest reads, and the newest of them by another block than that. */
struct Cell {
  Access write, read, elsewhere;
  bool atomic = false;
};

struct Region {
  std::string name;
  const char* begin;
  const char* end;
  bool shared;
  std::vector<Cell> cells;
};

/** What a thread of another block did before its fence: all that its block did before `interval`, and its own until then. */
struct Release {
  uint32_t interval = 0;
  uint16_t thread = 0;
  uint8_t fences = 0;

  bool covers(const Access& access) const {
    return access.interval < interval || (access.interval == interval && access.thread == thread && access.fences < fences);
  }
};

using Knowledge = std::map<unsigned, Release>;  // by block

static void merge(Knowledge& into, const Knowledge& from) {
  for (const auto& [block, release] : from) {
    Release& known = into[block];
    if (known.interval < release.interval || (known.interval == release.interval && known.fences < release.fences)) {
      known = release;
    }
  }
}

class Judge : public standin::Observer {
 public:
  bool active = false;
  std::map<const char*, std::unique_ptr<Region>> regions;  // by their ends

  void gridBegins(const char*, const standin::SharedMemory& shared) override;
  void blockBegins(unsigned block) override;
  void barrier() override;
  void warpBarrier(unsigned warp) override;
  void fence() override;
  void beforeAtomic(const void* address, size_t bytes) override;
  void afterAtomic(const void* address) override;
  void gridEnds() override;

  void access(const void* address, size_t bytes, bool write, bool atomic, const void* code);

 private:
  std::pair<const char*, const char*> fibers, mainStack;
  Region* last = nullptr;
  const char* sharedEnd = nullptr;
  uint32_t first = 1;  // interval of this grid
  uint32_t interval = 0;
  unsigned block = 0;
  std::vector<unsigned> blockOf;  // the intervals of this grid
  std::vector<uint8_t> warpBarriers, fences;
  Knowledge ofBlock;  // what all threads of the block know of others
  std::unordered_map<unsigned, Knowledge> ofThread, pending, released;  // pending: until the thread's next fence
  std::unordered_map<const void*, Knowledge> atAddress;

  void nextInterval();
  Region* find(const char* address);
  bool ordered(const Access& before, const Access& now, bool shared) const;
  void tell(const char* what, const Region& region, const char* address, const Access& before, const void* code) const;
};

static Judge judge;

// ---- what orders ----

void Judge::gridBegins(const char*, const standin::SharedMemory& shared) {
  fibers = standin::stackMemory();
  pthread_attr_t attributes;
  void* stack;
  size_t bytes;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &stack, &bytes);
  pthread_attr_destroy(&attributes);
  mainStack = {static_cast<char*>(stack), static_cast<char*>(stack) + bytes};
  first = interval + 1;
  blockOf.clear();
  atAddress.clear();
  sharedEnd = shared.end;
  if (shared.begin != shared.end) {
    add("shared memory", shared.begin, static_cast<size_t>(shared.end - shared.begin));
    regions[shared.end]->shared = true;
  }
  last = nullptr;
}

void Judge::nextInterval() {
  interval++;
  blockOf.push_back(block);
  std::fill(fences.begin(), fences.end(), uint8_t{0});
}

void Judge::blockBegins(unsigned started) {
  block = started;
  fences.assign(1024, 0);
  warpBarriers.assign(32, 0);
  ofBlock.clear();
  ofThread.clear();
  pending.clear();
  released.clear();
  nextInterval();
  active = true;
}

void Judge::barrier() {
  for (const auto& entry : ofThread) {
    merge(ofBlock, entry.second);
  }
  ofThread.clear();
  nextInterval();
}

void Judge::warpBarrier(unsigned warp) {
  Knowledge all;
  for (unsigned i = warp * 32; i < warp * 32 + 32; i++) {
    merge(all, ofThread[i]);
  }
  for (unsigned i = warp * 32; i < warp * 32 + 32; i++) {
    ofThread[i] = all;
  }
  warpBarriers[warp]++;
}

void Judge::fence() {
  unsigned thread = currentThread();
  merge(ofThread[thread], pending[thread]);
  pending.erase(thread);
  Knowledge& own = released[thread];
  merge(own, ofBlock);
  merge(own, ofThread[thread]);
  own[block] = {interval, static_cast<uint16_t>(thread), ++fences[thread]};
}

void Judge::beforeAtomic(const void* address, size_t bytes) {
  access(address, bytes, true, true, nullptr);
  merge(atAddress[address], released[currentThread()]);
}

void Judge::afterAtomic(const void* address) { merge(pending[currentThread()], atAddress[address]); }

void Judge::gridEnds() {
  active = false;
  regions.erase(sharedEnd);
  last = nullptr;
}

// ---- accesses ----

bool Judge::ordered(const Access& before, const Access& now, bool shared) const {
  if (before.interval < first) {
    return true;  // of an earlier kernel, or none
  }
  if (before.interval == now.interval) {
    if (before.thread == now.thread) {
      return true;
    }
    unsigned warp = now.thread / 32;
    bool sameWarp = (before.thread & several) != 0 ? before.thread == (several | warp) : before.thread / 32u == warp;
    return sameWarp && before.warpBarriers != now.warpBarriers;
  }
  unsigned other = blockOf[before.interval - first];
  if (other == block || shared) {
    return true;
  }
  auto covers = [&](const Knowledge& knowledge) {
    auto found = knowledge.find(other);
    return found != knowledge.end() && found->second.covers(before);
  };
  auto own = ofThread.find(now.thread);
  return covers(ofBlock) || (own != ofThread.end() && covers(own->second));
}

Region* Judge::find(const char* address) {
  if (last != nullptr && address >= last->begin && address < last->end) {
    return last;
  }
  auto found = regions.upper_bound(address);
  if (found == regions.end() || address < found->second->begin) {
    return nullptr;
  }
  return last = found->second.get();
}

void Judge::access(const void* pointer, size_t bytes, bool write, bool atomic, const void* code) {
  auto* address = static_cast<const char*>(pointer);
  if (!active || (address >= fibers.first && address < fibers.second)) {
    return;
  }
  Region* region = find(address);
  if (region == nullptr || address + bytes > region->end) {
    auto* own = reinterpret_cast<const char*>(&indices);
    bool constant = (address >= __executable_start && address < _end) || (address >= own && address < own + sizeof indices)
        || (address >= mainStack.first && address < mainStack.second);  // the arguments of LAUNCH
    if (region != nullptr || !constant) {
      active = false;
      report("thread %u of block %u %s outside all memory, %s", currentThread(), block, write ? "writes" : "reads",
          region != nullptr ? ("past " + region->name).c_str() : "far away");
      active = true;
    }
    return;
  }
  unsigned thread = currentThread();
  Access now{interval, static_cast<uint16_t>(thread), warpBarriers[thread / 32], fences[thread]};
  Cell* cell = &region->cells[static_cast<size_t>(address - region->begin)];
  for (size_t i = 0; i < bytes; i++, cell++) {
    bool fine = (atomic && cell->atomic) || ordered(cell->write, now, region->shared);
    if (!fine) {
      tell(write ? "writes what another writes" : "reads what another writes", *region, address, cell->write, code);
    } else if (write && !ordered(cell->read, now, region->shared)) {
      tell("writes what another reads", *region, address, cell->read, code);
    } else if (write && !ordered(cell->elsewhere, now, region->shared)) {
      tell("writes what another reads", *region, address, cell->elsewhere, code);
    }
    if (write) {
      cell->write = now;
      cell->atomic = atomic;
    } else if (!(cell->read == now)) {
      if (!ordered(cell->read, now, region->shared) && cell->read.interval == interval) {
        uint16_t before = cell->read.thread;
        uint16_t warp = (before & several) != 0 ? before : static_cast<uint16_t>(several | before / 32u);
        now.thread = warp == (several | thread / 32) ? warp : anyWarp;
      }
      if (cell->read.interval >= first && blockOf[cell->read.interval - first] != block) {
        cell->elsewhere = cell->read;
      }
      cell->read = now;
      now.thread = static_cast<uint16_t>(thread);
    }
  }
}

/** "file:line" of an address in this program. */
static std::string line(const void* code) {
  char command[128], text[256] = "";
  const void* call = static_cast<const char*>(code) - 1;
  snprintf(command, sizeof command, "addr2line -se /proc/%d/exe %p", getpid(), call);
  if (FILE* output = popen(command, "r")) {
    if (fgets(text, sizeof text, output) == nullptr) {
      text[0] = 0;
    }
    pclose(output);
  }
  text[strcspn(text, " \n")] = 0;
  return text;
}

void Judge::tell(const char* what, const Region& region, const char* address, const Access& before, const void* code) const {
  static unsigned told = 0;
  if (told++ > 20) {
    report("more races");
    return;
  }
  std::string place = code == nullptr ? "atomic" : line(code);
  judge.active = false;
  report("race: thread %u of block %u %s: %s + %zu, %s thread %u of block %u (%s)", currentThread(), block, what, region.name.c_str(),
      static_cast<size_t>(address - region.begin), (before.thread & several) != 0 ? "as more than" : "as", before.thread & 0x3ffu,
      blockOf[before.interval - first], place.c_str());
  judge.active = true;
}

void add(const char* name, void* memory, size_t bytes) {
#if defined(WATCHED)
  auto* begin = static_cast<const char*>(memory);
  judge.regions[begin + bytes] = std::make_unique<Region>(Region{name, begin, begin + bytes, false, std::vector<Cell>(bytes)});
#else
  static_cast<void>(name), static_cast<void>(memory), static_cast<void>(bytes);
#endif
}

void remove(void* memory) {
  for (auto region = judge.regions.begin(); region != judge.regions.end(); ++region) {
    if (region->second->begin == memory) {
      judge.regions.erase(region);
      return;
    }
  }
}

void begin() {
#if defined(WATCHED)
  standin::observer = &judge;
#endif
}

}  // namespace emulated::races

// ---- what g++ calls ----

using emulated::races::judge;

#define CODE __builtin_return_address(0)
#define ACCESS(bytes) \
  extern "C" void __tsan_read##bytes(void* at) { judge.access(at, bytes, false, false, CODE); } \
  extern "C" void __tsan_write##bytes(void* at) { judge.access(at, bytes, true, false, CODE); } \
  extern "C" void __tsan_unaligned_read##bytes(void* at) { judge.access(at, bytes, false, false, CODE); } \
  extern "C" void __tsan_unaligned_write##bytes(void* at) { judge.access(at, bytes, true, false, CODE); }
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)
extern "C" void __tsan_read_range(void* at, size_t bytes) { judge.access(at, bytes, false, false, CODE); }
extern "C" void __tsan_write_range(void* at, size_t bytes) { judge.access(at, bytes, true, false, CODE); }
extern "C" void __tsan_init() {}
extern "C" void __tsan_func_entry(void*) {}
extern "C" void __tsan_func_exit() {}
