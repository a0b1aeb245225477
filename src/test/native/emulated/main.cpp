// run [quick|whole [NAME...]]: runs the kernels on the CPU and compares with references in double precision. Ends with 1 if anything was
// wrong; what it prints has the seed, with which LENET4J_STANDIN_SEED repeats a run. NAME: of a source of kernels, or of a case

#include <cstdarg>
#include <cstdio>

#include "../order.h"
#include "emulated.h"
#include "races.h"

namespace emulated {

// Always the same data, whatever the order: two sums that are nearly equal may be the maximum in float32 the one, in double the other.
constexpr unsigned dataSeed = 1;
std::mt19937 random;
static const char* running = "";
static std::string shapeText;
static unsigned faults = 0;

static std::string formatted(const char* format, va_list arguments) {
  char buffer[512];
  vsnprintf(buffer, sizeof buffer, format, arguments);
  return buffer;
}

void shape(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  shapeText = formatted(format, arguments);
  va_end(arguments);
}

void report(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::string text = formatted(format, arguments);
  va_end(arguments);
  if (faults++ < 20) {
    printf("%s, %s: %s (LENET4J_STANDIN_SEED=%llu)\n", running, shapeText.c_str(), text.c_str(),
        static_cast<unsigned long long>(standin::seed()));
    fflush(stdout);
  }
}

void expect(const char* what, size_t index, double got, double wanted, double tolerance) {
  if (!(std::fabs(got - wanted) <= tolerance * (1 + std::fabs(wanted)))) {  // NaN as well
    report("%s %zu is %.9g, not %.9g", what, index, got, wanted);
  }
}

void launch(const char* kernel, standin::SharedMemory& shared, standin::Dimensions grid, standin::Dimensions block,
    const std::function<void()>& thread) {
  std::string error = standin::runGrid(kernel, shared, grid, block, thread);
  if (!error.empty()) {  // fibers that wait for ever: nothing can be run after it
    report("%s", error.c_str());
    exit(1);
  }
}

void* allocate(const char* name, size_t bytes) {
  if (bytes == 0) {
    return nullptr;
  }
  void* memory = malloc(bytes);
  memset(memory, 0xff, bytes);
  races::add(name, memory, bytes);
  return memory;
}

void release(void* memory) {
  races::remove(memory);
  free(memory);
}

static bool wanted(const char* source, const char* name, int count, char** names) {
  for (int i = 0; i < count; i++) {
    if (strcmp(source, names[i]) == 0 || strcmp(name, names[i]) == 0) {
      return true;
    }
  }
  return count == 0;
}

const struct {
  const char* name;
  const std::vector<Case>& cases;
} sources[] = {{"lenet", lenetCases}, {"lenet_batch", lenetBatchCases}, {"loss", lossCases}, {"linear", linearCases},
    {"optimizer", optimizerCases}, {"gather", gatherCases}, {"dropout", dropoutCases}};

static int runAll(Extent extent, int count, char** names) {
  races::begin();
  unsigned ran = 0;
  for (const auto& source : sources) {
    for (const Case& one : source.cases) {
      if (wanted(source.name, one.name, count, names)) {
        running = one.name;
        random.seed(dataSeed);
        standin::restartOrder();
        one.run(extent);
        ran++;
      }
    }
  }
  printf("%u kernels, %u faults, seed %llu\n", ran, faults, static_cast<unsigned long long>(standin::seed()));
  return faults == 0 && ran > 0 ? 0 : 1;
}

}  // namespace emulated

int main(int argc, char** argv) {
  auto extent = argc > 1 && strcmp(argv[1], "whole") == 0 ? emulated::Extent::whole : emulated::Extent::quick;
  return emulated::runAll(extent, argc > 2 ? argc - 2 : 0, argv + 2);
}
