// Objects behind handles: streams, graphs, descriptors. A handle is a number that is never given out again, so that one used after its
// destruction is always recognised.

#include <map>

#include "state.h"

namespace standin {

struct Living {
  const char* kind;
  std::shared_ptr<Object> object;
};

static std::mutex mutex;
static std::map<Handle, Living> alive;
constexpr Handle first = 0x5a0000000000;  // looks like no address of this process
static Handle next = first;

Handle add(const char* kind, std::shared_ptr<Object> object) {
  std::lock_guard<std::mutex> lock(mutex);
  control->objects++;
  next += 64;
  alive[next] = {kind, std::move(object)};
  return next;
}

std::shared_ptr<Object> lookup(Handle handle) {
  std::lock_guard<std::mutex> lock(mutex);
  auto found = alive.find(handle);
  return found == alive.end() ? nullptr : found->second.object;
}

std::shared_ptr<Object> drop(Handle handle) {
  std::lock_guard<std::mutex> lock(mutex);
  auto found = alive.find(handle);
  if (found == alive.end()) {
    return nullptr;
  }
  auto object = found->second.object;
  alive.erase(found);
  control->objects--;
  return object;
}

std::string explain(Handle handle, const char* wanted) {
  std::lock_guard<std::mutex> lock(mutex);
  if (handle == 0) {
    return text("the %s is null", wanted);
  }
  auto found = alive.find(handle);
  if (found != alive.end()) {
    return text("a %s was given as %s", found->second.kind, wanted);
  }
  bool made = handle > first && handle <= next && handle % 64 == 0;
  return text(made ? "the %s was destroyed before" : "the %s was never made", wanted);
}

std::vector<std::shared_ptr<Object>> all() {
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<std::shared_ptr<Object>> objects;
  for (const auto& entry : alive) {
    objects.push_back(entry.second.object);
  }
  return objects;
}

std::string leaks() {
  std::lock_guard<std::mutex> lock(mutex);
  std::map<std::string, int> kinds;
  for (const auto& entry : alive) {
    kinds[entry.second.kind]++;
  }
  std::string lines;
  for (const auto& [kind, count] : kinds) {
    lines += text("%d x %s\n", count, kind.c_str());
  }
  return lines;
}

void forgetObjects() {
  std::lock_guard<std::mutex> lock(mutex);
  control->objects -= static_cast<int64_t>(alive.size());
  alive.clear();
}

}  // namespace standin
