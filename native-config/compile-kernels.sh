#!/usr/bin/env bash
# Compiles kernels/*.cu to the PTX and the machine code that the library carries: src/main/resources/org/lenet4j/backend/cuda/*.ptx and
# *.sm_XY.cubin, seven of them for each source, 4 MB, 1.1 MB in the jar. Needs nvcc of CUDA 13.0
# (another one compiles to other code); users need none. A test sees that the PTX belongs to the sources.
#
#   compile-kernels.sh [OUTPUT_FOLDER [ARCHITECTURES]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/kernels"
out=${1:-../../src/main/resources/org/lenet4j/backend/cuda}
architectures=${2:-75 80 86 89 90 100 120} # as CudaKernels.ARCHITECTURES
mkdir -p "$out"

nvcc --version | grep -q 'release 13\.0,' || { echo "compile-kernels.sh: nvcc must be that of CUDA 13.0" >&2; exit 1; }
for source in *.cu; do
  name=${source%.cu}
  # compute_75 is the oldest that CUDA 13 knows; the driver compiles it for a GPU that there is no machine code for.
  nvcc -ptx -arch=compute_75 -O3 -Werror all-warnings -o "$out/$name.ptx.tmp" "$source"
  {
    echo "// lenet4j kernels, sha256 of the sources: $(cat "$source" ./*.cuh | sha256sum | cut -d ' ' -f 1)"
    # Nothing newer than PTX 7.8 is in it (ptxas of CUDA 11.8 assembles it), and a driver of CUDA 12 refuses what calls itself 9.0.
    sed 's/^\.version 9\.0$/.version 7.8/' "$out/$name.ptx.tmp"
  } >"$out/$name.ptx"
  rm "$out/$name.ptx.tmp"
  for architecture in $architectures; do
    ptxas -arch=sm_$architecture -O3 -o "$out/$name.sm_$architecture.cubin" "$out/$name.ptx"
  done
done
