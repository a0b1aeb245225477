#!/usr/bin/env bash
# Builds the kernels for the CPU with programs that call each of them (emulated/), under the compiler's sanitizers, and runs them.
#
#   src/test/native/emulated.sh OUTDIR address|races|plain [quick|whole [CASE...]]
#
# address: AddressSanitizer and UndefinedBehaviorSanitizer. races: every access is watched by CUDA's rules, see emulated/races.h.
# KERNELS names another folder with the kernels' sources. Ends with 77 where the compiler lacks what is wanted.
set -euo pipefail
native=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage='usage: emulated.sh OUTDIR address|races|plain [quick|whole [CASE...]]'
out=${1:?$usage}
how=${2:?$usage}
kernels=$(cd "${KERNELS:-$native/../../../native-config/kernels}" && pwd)

case $how in
  address) watch=(-fsanitize=address,undefined -fno-sanitize-recover=undefined '-fsanitize-sections=shared_*') link=("${watch[@]}") ;;
  races) watch=(-fsanitize=thread -DWATCHED) link=() ;;
  plain) watch=() link=() ;;
  *) echo "$usage" >&2; exit 2 ;;
esac
if ! echo 'int main() {}' | g++ "${link[@]}" -x c++ - -o /dev/null 2>/dev/null; then
  echo "no g++, or one without -fsanitize=address,undefined: the kernels are not emulated under $how"
  exit 77
fi
mkdir -p "$out/$how"
out=$(cd "$out/$how" && pwd)

flags=(-std=c++17 -O1 -g1 -fno-math-errno -fno-strict-aliasing -I "$native" -I "$native/emulated" -I "$kernels" -Wall -Wextra
  -Wno-unknown-pragmas -Wno-unused-function -Wno-unused-variable)
newest=$(ls -t "$native"/*.h "$native"/emulated/*.h "$native/emulated.sh" "$kernels"/*.cu* | head -1)
objects=()
pids=()
for source in "$native"/{grid,fibers,order}.cpp "$native"/emulated/*.cpp; do
  object=$out/$(basename "$source").o
  objects+=("$object")
  if [ "$source" -nt "$object" ] || [ "$newest" -nt "$object" ]; then
    own=("${watch[@]}")
    if [ "$how" = races ] && ! grep -q SHARED_SECTION "$source"; then own=(-DWATCHED); fi # only kernels are watched
    g++ "${flags[@]}" "${own[@]}" -c "$source" -o "$object" & pids+=($!)
    if [ ${#pids[@]} -ge "$(nproc)" ]; then
      wait "${pids[0]}"
      pids=("${pids[@]:1}")
    fi
  fi
done
for pid in "${pids[@]}"; do wait "$pid"; done
g++ "${link[@]}" "${objects[@]}" -o "$out/run" -no-pie -lpthread

# Stacks of fibers are not those that LeakSanitizer and the check for returned stacks know.
ASAN_OPTIONS=detect_stack_use_after_return=0:detect_leaks=0 "$out/run" "${@:3}"
