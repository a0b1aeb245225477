// Modules and kernels: PTX and cubins are read as far as they say which kernels they have and what those take; what runs is the same source
// for the CPU.

#include <map>
#include <regex>

#include "kernels.h"
#include "state.h"

namespace standin {

struct PtxEntry {
  std::vector<size_t> parameters;  // bytes of each
  unsigned maxThreads = 1024;  // of a block, from __launch_bounds__
};

struct Module : Object {
  std::map<std::string, PtxEntry> entries;
  std::vector<Handle> functions;  // made from it; they go with it
};

struct Function : Object {
  const Kernel* kernel;
  unsigned maxThreads;
};

// ---- PTX ----

static size_t parameterBytes(const std::string& declaration) {
  static const std::regex array(R"(\.b8\s+\w+\[(\d+)\])"), scalar(R"(\.(?:u|s|b|f)(8|16|32|64)\b)");
  std::smatch match;
  if (std::regex_search(declaration, match, array)) {
    return std::stoul(match[1]);
  }
  return std::regex_search(declaration, match, scalar) ? std::stoul(match[1]) / 8 : 0;
}

static std::map<std::string, PtxEntry> parseEntries(const std::string& ptx) {
  static const std::regex head(R"(\.entry\s+(\w+)\s*\(([^)]*)\)([^{]*)\{)"), limit(R"(\.maxntid\s+(\d+)(?:\s*,\s*(\d+))?(?:\s*,\s*(\d+))?)");
  std::map<std::string, PtxEntry> entries;
  for (std::sregex_iterator match(ptx.begin(), ptx.end(), head), end; match != end; ++match) {
    PtxEntry entry;
    std::string parameters = (*match)[2];
    for (size_t at = parameters.find(".param"); at != std::string::npos;) {
      size_t next = parameters.find(".param", at + 1);
      entry.parameters.push_back(parameterBytes(parameters.substr(at, next - at)));
      at = next;
    }
    std::string directives = (*match)[3];
    std::smatch found;
    if (std::regex_search(directives, found, limit)) {
      entry.maxThreads = 1;
      for (int i = 1; i <= 3; i++) {
        entry.maxThreads *= found[i].matched ? static_cast<unsigned>(std::stoul(found[i])) : 1;
      }
    }
    entries[(*match)[1]] = entry;
  }
  return entries;
}

/** Each text is parsed once: tests open thousands of devices, each with the same kernels. */
static const std::map<std::string, PtxEntry>& entriesOf(const std::string& ptx) {
  static std::mutex mutex;
  static std::map<std::string, std::map<std::string, PtxEntry>> known;
  std::lock_guard<std::mutex> lock(mutex);
  auto found = known.find(ptx);
  return found != known.end() ? found->second : known[ptx] = parseEntries(ptx);
}

/** 0 if the device can take it, else the driver's code. */
static int compatibility(const std::string& ptx) {
  static const std::regex version(R"(\.version\s+(\d+)\.(\d+))"), target(R"(\.target\s+sm_(\d+))");
  std::smatch isa, machine;
  if (!std::regex_search(ptx, isa, version) || !std::regex_search(ptx, machine, target)) {
    return cuda::invalidPtx;
  }
  int major = control->driverVersion / 1000;  // CUDA 12.0 knows PTX 8.0, CUDA 13.0 knows 9.0, CUDA 11.8 knows 7.8
  int newest = (major - 4) * 10 + control->driverVersion % 1000 / 10;
  if (std::stoi(isa[1]) * 10 + std::stoi(isa[2]) > newest) {
    return cuda::unsupportedPtxVersion;
  }
  return std::stoi(machine[1]) > capabilityOf(currentDevice()) ? cuda::noKernelImage : cuda::success;
}

// ---- cubins: ELF files for one GPU ----

struct Section {
  std::string name;
  const unsigned char* bytes;
  size_t size;
};

template <class T> static T at(const unsigned char* bytes, size_t offset) {
  T value;
  memcpy(&value, bytes + offset, sizeof value);
  return value;
}

static std::vector<Section> sections(const unsigned char* elf) {
  size_t headers = at<uint64_t>(elf, 40), count = at<uint16_t>(elf, 60), names = at<uint16_t>(elf, 62);
  auto place = [&](size_t i) { return at<uint64_t>(elf, headers + 64 * i + 24); };
  std::vector<Section> found;
  for (size_t i = 0; i < count; i++) {
    auto* name = reinterpret_cast<const char*>(elf) + place(names) + at<uint32_t>(elf, headers + 64 * i);
    found.push_back({name, elf + place(i), at<uint64_t>(elf, headers + 64 * i + 32)});
  }
  return found;
}

/** What .nv.info.KERNEL says, as `cuobjdump -elf` prints it: each attribute is a format, a number and, in format 4, a size and values. */
static PtxEntry readEntry(const Section& info) {
  PtxEntry entry;
  for (size_t i = 0; i + 4 <= info.size;) {
    unsigned format = info.bytes[i], attribute = info.bytes[i + 1], size = format == 4 ? at<uint16_t>(info.bytes, i + 2) : 0;
    if (format == 4 && attribute == 0x17) {  // EIATTR_KPARAM_INFO: index, ordinal and offset, flags with the bytes from bit 18
      unsigned ordinal = at<uint16_t>(info.bytes, i + 8);
      entry.parameters.resize(std::max<size_t>(entry.parameters.size(), ordinal + 1));
      entry.parameters[ordinal] = at<uint32_t>(info.bytes, i + 12) >> 18;
    } else if (format == 4 && attribute == 0x05) {  // EIATTR_MAX_THREADS
      entry.maxThreads = at<uint32_t>(info.bytes, i + 4) * at<uint32_t>(info.bytes, i + 8) * at<uint32_t>(info.bytes, i + 12);
    }
    i += 4 + size;
  }
  return entry;
}

/** A cubin runs on its own GPU and on those of the same major number above. Drivers of CUDA 12 are not promised to take one of CUDA 13. */
static int readCubin(const unsigned char* elf, std::map<std::string, PtxEntry>& entries) {
  unsigned machine = at<uint32_t>(elf, 48) >> 8 & 0xff;
  if (control->driverVersion < 13000) {
    return cuda::invalidImage;
  }
  int capability = capabilityOf(currentDevice());
  if (static_cast<int>(machine / 10) != capability / 10 || static_cast<int>(machine) > capability) {
    return cuda::noKernelImage;
  }
  static const std::string head = ".nv.info.";
  for (const Section& section : sections(elf)) {
    if (section.name.compare(0, head.size(), head) == 0) {
      entries[section.name.substr(head.size())] = readEntry(section);
    }
  }
  return cuda::success;
}

// ---- calls ----

/** The driver's calls work on the context of the thread; nothing makes one but cudaSetDevice. */
static int withoutContext(const Call& call) {
  return deviceSet >= 0 ? cuda::success : call.violation(cuda::invalidContext, "this thread never called cudaSetDevice");
}

API int cuModuleLoadData(Handle* module, const void* image) {
  Call call(Library::driver, __func__, Kind::blocks);
  if (call.code != 0) {
    return call.code;
  }
  if (int code = withoutContext(call)) {
    return code;
  }
  auto made = std::make_shared<Module>();
  if (memcmp(image, "\177ELF", 4) == 0) {
    if (int code = readCubin(static_cast<const unsigned char*>(image), made->entries)) {
      return code;
    }
  } else {
    std::string ptx = static_cast<const char*>(image);
    if (int code = compatibility(ptx)) {
      return code;
    }
    made->entries = entriesOf(ptx);
  }
  *module = add("module", made);
  return cuda::success;
}

API int cuModuleGetFunction(Handle* function, Handle handle, const char* name) {
  Call call(Library::driver, __func__, Kind::blocks);
  if (call.code != 0) {
    return call.code;
  }
  if (int code = withoutContext(call)) {
    return code;
  }
  auto module = find<Module>(handle);
  if (!module) {
    return call.violation(cuda::invalidHandle, explain(handle, "module"));
  }
  auto entry = module->entries.find(name);
  if (entry == module->entries.end()) {
    return call.violation(cuda::notFound, text("the module has no kernel %s", name));
  }
  const Kernel* kernel = findKernel(name);
  if (kernel == nullptr) {
    return call.violation(cuda::notFound, text("the module has kernel %s, the sources have not", name));
  }
  const auto& inPtx = entry->second.parameters;
  bool same = inPtx.size() == kernel->parameters.size();
  for (size_t i = 0; same && i < inPtx.size(); i++) {
    same = inPtx[i] == kernel->parameters[i].bytes;
  }
  if (!same) {
    return call.violation(cuda::invalidPtx, text("kernel %s has other parameters in the module than in the sources", name));
  }
  auto made = std::make_shared<Function>();
  made->kernel = kernel;
  made->maxThreads = entry->second.maxThreads;
  made->device = module->device;
  *function = add("kernel", made);
  module->functions.push_back(*function);
  return cuda::success;
}

API int cuModuleUnload(Handle handle) {
  Call call(Library::driver, __func__, Kind::releases);
  if (call.refused) {
    return call.code;
  }
  auto module = remove<Module>(handle);
  if (!module) {
    return call.violation(cuda::invalidHandle, explain(handle, "module"));
  }
  for (Handle function : module->functions) {
    drop(function);
  }
  if (call.code == 0 && deviceSet >= 0 && module->device != currentDevice()) {
    return foreign(call, cuda::invalidContext, "the module", module->device, currentDevice());
  }
  return call.code == 0 ? withoutContext(call) : call.code;
}

static std::string wrongShape(const Function& function, Dimensions grid, Dimensions block, unsigned sharedBytes) {
  uint64_t threads = uint64_t{block.x} * block.y * block.z;
  if (threads == 0 || uint64_t{grid.x} * grid.y * grid.z == 0) {
    return "an empty grid or block";
  }
  if (threads > function.maxThreads || block.z > 64) {
    return text("blocks of %ux%ux%u threads, the kernel allows %u", block.x, block.y, block.z, function.maxThreads);
  }
  if (grid.x > 0x7fffffff || grid.y > 65535 || grid.z > 65535) {
    return text("a grid of %ux%ux%u blocks is too large", grid.x, grid.y, grid.z);
  }
  return sharedBytes == 0 ? "" : "our kernels take no dynamic shared memory";
}

API int cuLaunchKernel(Handle handle, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY, unsigned blockZ,
    unsigned sharedBytes, Handle stream, void** parameters, void** extra) {
  Call call(Library::driver, __func__, Kind::enqueues);
  if (call.code != 0) {
    return call.code;
  }
  if (int code = withoutContext(call)) {
    return code;
  }
  auto function = find<Function>(handle);
  if (!function) {
    return call.violation(cuda::invalidHandle, explain(handle, "kernel"));
  }
  if (function->device != currentDevice()) {
    return foreign(call, cuda::invalidHandle, "the kernel", function->device, currentDevice());
  }
  const Kernel& kernel = *function->kernel;
  Dimensions grid{gridX, gridY, gridZ}, block{blockX, blockY, blockZ};
  std::string reason = wrongShape(*function, grid, block, sharedBytes);
  if (!reason.empty() || extra != nullptr || (parameters == nullptr && !kernel.parameters.empty())) {
    return call.violation(cuda::invalidValue, std::string(kernel.name) + ": " + (reason.empty() ? "no parameters" : reason));
  }
  Operands operands;
  auto arguments = std::make_shared<std::vector<std::vector<char>>>();
  for (size_t i = 0; i < kernel.parameters.size(); i++) {
    auto* argument = static_cast<const char*>(parameters[i]);
    arguments->emplace_back(argument, argument + kernel.parameters[i].bytes);
    const void* pointer = nullptr;
    if (kernel.parameters[i].pointer) {
      memcpy(&pointer, argument, sizeof pointer);
    }
    if (pointer != nullptr) {  // null: not wanted
      operands.read(text("argument %zu of %s", i, kernel.name), pointer, 1);
    }
    for (size_t at = 0; at + sizeof pointer <= kernel.parameters[i].bytes; at += sizeof pointer) {  // also those in structs
      memcpy(&pointer, argument + at, sizeof pointer);
      int owner = deviceOf(pointer);
      if (owner >= 0 && owner != currentDevice()) {
        return foreign(call, cuda::invalidValue, text("argument %zu of %s", i, kernel.name), owner, currentDevice());
      }
    }
  }
  return enqueue(call, stream, operands, [=, &kernel] {
    std::vector<void*> pointers;
    for (auto& argument : *arguments) {
      pointers.push_back(argument.data());
    }
    return runGrid(kernel.name, *kernel.shared, grid, block, [&] { kernel.invoke(kernel.function, pointers.data()); });
  });
}

}  // namespace standin
