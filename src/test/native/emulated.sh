#!/usr/bin/env bash
# Builds the kernels for the CPU with programs that call each of them (emulated/), under the compiler's sanitizers, and runs them.
#
#   src/test/native/emulated.sh OUTDIR address|races|plain [quick|whole [NAME...]]
#
# address: AddressSanitizer and UndefinedBehaviorSanitizer. races: every access is watched by CUDA's rules, see emulated/races.h.
# NAME: of a source of kernels, or of a case. Ends with 77 where the compiler lacks what is wanted.
set -euo pipefail
native=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage='usage: emulated.sh OUTDIR address|races|plain [quick|whole [NAME...]]'
out=${1:?$usage}
how=${2:?$usage}
kernels=$(cd "$native/../../../native-config/kernels" && pwd)

source "$native/emulated/flags.sh"
if ! echo 'int main() {}' | g++ "${link[@]}" -x c++ - -o /dev/null 2>/dev/null; then
  echo "no g++, or one without ${link[*]:-libraries}: the kernels are not emulated under $how"
  exit 77
fi
mkdir -p "$out/$how" "$out/common"
out=$(cd "$out" && pwd)

headers=("$native"/{kernels,order,fibers,cuda_shim}.h "$native"/emulated/*.h "$native"/emulated{,/flags}.sh)
newest=$(ls -t "${headers[@]}" | head -1)
newestKernel=$(ls -t "$kernels"/*.cu* | head -1)
objects=()
pids=()
build() { # SOURCE OBJECT FLAG...
  objects+=("$2")
  if [ "$1" -nt "$2" ] || [ "$newest" -nt "$2" ] || { grep -q SHARED_SECTION "$1" && [ "$newestKernel" -nt "$2" ]; }; then
    g++ "${flags[@]}" "${@:3}" -I "$kernels" -c "$1" -o "$2" & pids+=($!)
    if [ ${#pids[@]} -ge "$(nproc)" ]; then
      wait "${pids[0]}"
      pids=("${pids[@]:1}")
    fi
  fi
}
for source in "$native"/emulated/{lenet,lenet_batch,loss,linear,optimizer,gather,dropout}.cpp; do
  build "$source" "$out/$how/$(basename "$source").o" "${watch[@]}"
done
build "$native/grid.cpp" "$out/$how/grid.cpp.o" "${link[@]}"
build "$native/fibers.cpp" "$out/$how/fibers.cpp.o" "${link[@]}"
build "$native/emulated/races.cpp" "$out/$how/races.cpp.o" "${define[@]}"
for source in "$native"/emulated/{main,reference}.cpp "$native/order.cpp"; do
  build "$source" "$out/common/$(basename "$source").o"
done
for pid in "${pids[@]}"; do wait "$pid"; done
g++ "${link[@]}" -no-pie "${objects[@]}" -o "$out/$how/run"
"$out/$how/run" "${@:3}"
