#!/usr/bin/env bash
# Builds the stand-in for CUDA into a folder: one core library and, under the names that JavaCPP loads, thin ones that lead to it.
# Only what changed is compiled again.
#
#   src/test/native/build.sh OUTDIR
set -euo pipefail
native=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernels=$native/../../../native-config/kernels
out=${1:?usage: build.sh OUTDIR}
if ! command -v g++ > /dev/null; then
  echo "no g++: the CUDA backend is not tested on the stand-in" # its tests say that they were skipped
  exit 0
fi
mkdir -p "$out/build"
rm -f "$out"/control-* # of tests that ran before
out=$(cd "$out" && pwd)

flags=(-std=c++17 -O3 -march=native -fPIC -ftls-model=initial-exec -fvisibility=hidden -fno-math-errno -fopenmp-simd -Wall -Wextra -Werror -I "$native")
# Of a kernel: what nvcc knows and g++ does not, and functions that one kernel needs and another does not.
kernel_flags=(-x c++ -Wno-unknown-pragmas -Wno-unused-function -Wno-unused-variable)
newest=$(ls -t "$native"/*.h "$native/build.sh" | head -1)

# A kernel source becomes a source that includes it and registers every kernel in it. Its functions are its own, as with nvcc.
register() {
  local bounds='(__launch_bounds__ *\([^)]*\) *)?'
  local names
  names=$(tr '\n' ' ' < "$1" | { grep -oE "__global__ +${bounds}void +${bounds}[A-Za-z_0-9]+ *\(" || true; } | sed -E 's/ *\($//; s/.*[ )]//')
  if [ "$(grep -c '__global__' "$1")" != "$(grep -c . <<< "$names")" ]; then
    echo "$1: not every line with __global__ reads as the head of a kernel" >&2
    return 1
  fi
  printf '#define SHARED_SECTION shared_%s\n#include "cuda_shim.h"\nnamespace {\n#include "%s"\n' "$(basename "$1" .cu)" "$1"
  printf 'static standin::Registration register_%s("%s", %s, sharedMemory);\n' $(for name in $names; do echo "$name $name $name"; done)
  printf '}\n'
}

sources=("$native"/*.cpp)
for cu in "$native"/*.cu "$kernels"/*.cu; do
  [ -e "$cu" ] || continue
  source=$out/build/$(basename "$cu" .cu).cu.cpp
  register "$cu" > "$source.new"
  if ! cmp -s "$source.new" "$source" || [ "$cu" -nt "$source" ]; then
    mv "$source.new" "$source"
  fi
  sources+=("$source")
done
headers=$(ls -t "$kernels"/*.h "$kernels"/*.cuh 2>/dev/null | head -1 || true)

objects=()
stale=()
for source in "${sources[@]}"; do
  object=$out/build/$(basename "$source").o
  objects+=("$object")
  if [ "$source" -nt "$object" ] || [ "$newest" -nt "$object" ] ||
      { [[ $source == *.cu.cpp ]] && [ -n "$headers" ] && [ "$headers" -nt "$object" ]; }; then
    stale+=("$source")
  fi
done
compile() {
  local extra=()
  if [[ $1 == *.cu.cpp ]]; then extra=("${kernel_flags[@]}"); fi
  g++ "${flags[@]}" "${extra[@]}" -c "$1" -o "$out/build/$(basename "$1").o.new" && mv "$out/build/$(basename "$1").o"{.new,}
}
export -f compile 2>/dev/null || true
pids=()
for source in "${stale[@]}"; do
  compile "$source" & pids+=($!)
  if [ ${#pids[@]} -ge "$(nproc)" ]; then
    wait "${pids[0]}"
    pids=("${pids[@]:1}")
  fi
done
for pid in "${pids[@]}"; do wait "$pid"; done

core=$out/liblenet4j_standin.so
if [ ${#stale[@]} -gt 0 ] || [ ! -e "$core" ]; then
  g++ -shared -o "$core.new" -Wl,-soname,liblenet4j_standin.so -Wl,-z,defs "${objects[@]}" -lpthread
  mv "$core.new" "$core"
fi

# The bindings ask libcudart.so.13 for symbols of version libcudart.so.13, so each library says that it has its version; the symbols
# themselves are found in the core. Those of CUDA 12 are there as well: the bindings load one set, and that of cudart says which it is.
for name in libcuda.so.1 libcudart.so.{12,13} libcublas.so.{12,13} libcublasLt.so.{12,13} libnccl.so.2 \
    libcudnn.so.9 libcudnn_ops.so.9 libcudnn_cnn.so.9 libcudnn_adv.so.9 libcudnn_graph.so.9; do
  if [ ! -e "$out/$name" ]; then
    printf '%s { global: *; };\n' "$name" > "$out/build/$name.map"
    says=
    case $name in
      libcudart.*) says="extern \"C\" void lenet4j_runtime_is(int);
          [[gnu::constructor]] static void loaded() { lenet4j_runtime_is(${name##*.}000); }" ;;
    esac
    g++ -shared -fPIC -o "$out/$name" -Wl,-soname,"$name" -Wl,--version-script,"$out/build/$name.map" -Wl,--no-as-needed \
      -Wl,-rpath,'$ORIGIN' -x c++ - -x none "$core" <<< "$says"
  fi
done
