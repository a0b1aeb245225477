#!/usr/bin/env bash
# Compiles kernels/*.cu to the PTX that the library carries: src/main/resources/org/lenet4j/backend/cuda/*.ptx. Needs nvcc of CUDA 13.0
# (a newer one makes PTX that a 13.0 driver refuses); users need none. A test sees that the PTX belongs to the sources.
#
#   compile-kernels.sh [OUTPUT_FOLDER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/kernels"
out=${1:-../../src/main/resources/org/lenet4j/backend/cuda}
mkdir -p "$out"

nvcc --version | grep -q 'release 13\.0,' || { echo "compile-kernels.sh: nvcc must be that of CUDA 13.0" >&2; exit 1; }
for source in *.cu; do
  name=${source%.cu}
  # compute_75 is the oldest that CUDA 13 knows; the driver compiles it for the GPU that it finds.
  nvcc -ptx -arch=compute_75 -O3 -Werror all-warnings -o "$out/$name.ptx.tmp" "$source"
  {
    echo "// lenet4j kernels, sha256 of the sources: $(cat "$source" ./*.cuh | sha256sum | cut -d ' ' -f 1)"
    cat "$out/$name.ptx.tmp"
  } >"$out/$name.ptx"
  rm "$out/$name.ptx.tmp"
done
