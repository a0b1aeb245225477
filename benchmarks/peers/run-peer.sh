#!/bin/sh
# Runs one peer and prints its line of JSON; builds first if needed.
#   ./run-peer.sh TensorFlowLeNet  --mode train --batch 64 --threads 2 --seconds 10 --warmup 5 --data DIR
#   ./run-peer.sh LibtorchLeNet    --mode train ...
#   ./run-peer.sh DjlLeNet         --mode train ...
#   ./run-peer.sh DeepLearning4jLeNet --mode train ...
#   ./run-peer.sh Lenet4jLeNet     --mode train|inference|latency ...
#   ./run-peer.sh OnnxRuntimeLeNet --mode inference|latency ...
#   ./run-peer.sh pytorch          --mode train|inference|latency ... [--variant eager|compile]
#   ./run-peer.sh pytorch-finetune --data FOLDER_OF_PHOTOGRAPHS --threads 2 --epochs N --out FILE
#   ./run-peer.sh jax              --mode train|inference|latency ... [--variant jit|scan]
# All that train but JAX also take --mode process --epochs 5 --batch 64 --threads 2 --data DIR --out FILE, for ../processes.py.
# PYTHON names the python that has torch and jax (default python3), JAVA the java (default java), JAVA_OPTIONS adds to its flags.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
peer=$1
shift

threads=1
previous=
for argument; do
  [ "$previous" != --threads ] || threads=$argument
  previous=$argument
done

# A core type forced on OpenBLAS halves its speed; leftovers of other runs must not decide the threads.
# OpenBLAS stays at one thread: its own pool would compete with libtorch's OpenMP threads for the cores.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OMP_WAIT_POLICY GOMP_SPINCOUNT
export OMP_NUM_THREADS="$threads" MKL_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS=1

# Without these glibc may give the memory of a step's tensors back to the system, and fetch it again in the next.
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_TOP_PAD_=268435456
[ "$peer" = TensorFlowLeNet ] || export MALLOC_ARENA_MAX=1
export TF_CPP_MIN_LOG_LEVEL=2

[ "$peer" != pytorch-finetune ] || exec "${PYTHON:-python3}" "$here/../pytorch/finetune.py" "$@"
if [ "$peer" = pytorch ] || [ "$peer" = jax ]; then
  exec "${PYTHON:-python3}" "$here/../$peer/lenet.py" "$@"
fi

module=$here
lib=$here/target/lib
natives=
options=
if [ "$peer" = DeepLearning4jLeNet ]; then
  module=$here/deeplearning4j # a class path of its own: its JavaCPP is an old one
  # Its OpenBLAS takes a processor that is newer than itself for one without AVX.
  if [ "${ONEDNN_MAX_CPU_ISA:-}" != AVX2 ] && grep -q avx512f /proc/cpuinfo; then
    natives=-Dnd4j.extension=onednn-avx512 lib=$module/target/lib-avx512 OPENBLAS_CORETYPE=SKYLAKEX
  else
    natives=-Dnd4j.extension=onednn-avx2 lib=$module/target/lib-avx2 OPENBLAS_CORETYPE=HASWELL
  fi
  # oneDNN, its own operations and OpenBLAS each have a pool of threads: one that waits must not keep a core from the others.
  export OPENBLAS_CORETYPE OPENBLAS_NUM_THREADS="$threads" OMP_WAIT_POLICY=PASSIVE
  # JavaCPP's limit is for all native memory; without the other one it asks the system before each allocation.
  options="-Dorg.bytedeco.javacpp.maxbytes=4g -Dorg.bytedeco.javacpp.maxphysicalbytes=0"
fi
jar=$module/target/lenet4j-peers-1.0-SNAPSHOT.jar
if [ ! -f "$jar" ] || [ ! -d "$lib" ] || [ -n "$(find "$here/src" "$module/pom.xml" -newer "$jar" -print -quit)" ]; then
  mvn -q -B -f "$module/pom.xml" package dependency:copy-dependencies $natives \
      -DincludeScope=runtime -DoutputDirectory="$lib" >&2
  touch "$jar" # Maven leaves it alone where nothing has changed but a comment
fi
if [ "$peer" = Lenet4jLeNet ]; then # the library as the launcher runs it
  # shellcheck disable=SC2086 # options are words
  exec "${JAVA:-java}" --add-modules jdk.incubator.vector -XX:CompileCommand=quiet \
      '-XX:CompileCommand=CompileThresholdScaling,org.lenet4j.backend.cpu.vector.*::*,0.01' -Xmx512m ${JAVA_OPTIONS:-} \
      -cp "$jar:$here/../../target/*:$here/../../target/lib/*" \
      "org.lenet4j.peers.$peer" "$@"
fi
exec "${JAVA:-java}" -XX:+UseSerialGC -Xms512m -Xmx512m \
  -Dorg.bytedeco.javacpp.cachedir="$module/target/natives" -DDJL_CACHE_DIR="$module/target/natives" $options ${JAVA_OPTIONS:-} \
  -cp "$jar:$lib/*" "org.lenet4j.peers.$peer" "$@"
