#!/bin/sh
# Runs lenet4j from this folder: needs no Java, no Maven, no network; for CUDA an NVIDIA driver, cuDNN 9 and CUDA of the version that
# its bindings are for, 13 or 12.
#   ./run.sh train --device cuda
#
# CUDA's libraries are found in LD_LIBRARY_PATH, in /usr/local/cuda*, and where pip has put them beside PyTorch or JAX.
#   PYTHON             the python whose packages are searched (python3)
#   LENET4J_JAVA_OPTS  more options for java, for example -Xmx4g
#   LENET4J_CACHE      where native libraries are unpacked (.cache in this folder)
set -eu
here=$(cd "$(dirname "$0")" && pwd)

path=${LD_LIBRARY_PATH:-}
LENET4J_OUTER_LIBRARY_PATH=$path # for programs that bring their own CUDA
export LENET4J_OUTER_LIBRARY_PATH

cuda=
for jar in "$here"/lib/cuda-[0-9]*.jar; do
  cuda=${jar##*/cuda-}
  cuda=${cuda%%.*}
done

# Adds a folder that holds one of the libraries.
add() {
  for name in libcuda.so.1 libcudart.so.$cuda libcublas.so.$cuda libcudnn.so.9 libnccl.so.2; do
    if [ -e "$1/$name" ]; then
      path=${path:+$path:}$1
      return
    fi
  done
}

for folder in /usr/local/cuda/lib64 /usr/local/cuda-"$cuda"*/lib64; do
  add "$folder"
done
if command -v "${PYTHON:-python3}" >/dev/null; then
  packages=$("${PYTHON:-python3}" -c 'import nvidia; print("\n".join(nvidia.__path__))' 2>/dev/null || true)
  IFS='
'
  for package in $packages; do
    for folder in "$package"/*/lib; do
      add "$folder"
    done
  done
  unset IFS
fi
for folder in /usr/local/nvidia/lib64 /usr/lib/wsl/lib; do # drivers of containers and of Windows' subsystem for Linux
  add "$folder"
done
if [ -n "$path" ]; then
  export LD_LIBRARY_PATH="$path"
fi

cache=${LENET4J_CACHE:-$here/.cache}
mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] || cache=${TMPDIR:-/tmp}/lenet4j-cache-$(id -u)

main=org.lenet4j.cli.Main
classes=$here/lib/'*'
vector='--add-modules jdk.incubator.vector'
if [ "${1:-}" = --main ]; then # another program of this bundle, which starts others
  main=$2
  classes=$classes:$here/test/classes:$here/test/junit.jar
  vector= # the JVM would print a line of warning
  shift 2
fi
# shellcheck disable=SC2086 # options are words
exec "$here/runtime/bin/java" $vector -Dorg.bytedeco.javacpp.cachedir="$cache" \
    -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 -Dlenet4j.benchmarks="$here/benchmarks" \
    ${LENET4J_JAVA_OPTS:-} -cp "$classes" "$main" "$@"
