#!/bin/sh
# Makes the GPU bundle and tries it as on a machine without Java, Maven and a home folder. Part of mvn verify on Linux x86-64.
#   native-config/gpu-bundle/test.sh [STAND_IN [BUILD_FOLDER]]
#
#   STAND_IN      the folder of the stand-in for CUDA that the tests build; where it is, some parts of the verification run on it
#   BUILD_FOLDER  target, or target/cuda12 for the bundle of CUDA 12
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
  echo "the GPU bundle: $*" >&2
  exit 1
}

if [ -n "${JAVA_HOME:-}" ] && ! "$JAVA_HOME/bin/jlink" --add-modules java.base --output "$folder/jlink" >/dev/null 2>&1; then
  echo "the GPU bundle is not tested: $JAVA_HOME cannot link a runtime (no jlink, or no jmods)"
  exit 0
fi
name=lenet4j-gpu-bundle
cuda12=
case ${2:-} in
  */cuda12) name=$name-cuda12 cuda12=--cuda12 ;;
  */cuda12-redist) exit 0 ;; # 2 GB, and nothing in them that the others lack
esac
"$root/native-config/make-gpu-bundle.sh" --no-build $cuda12
archive=$root/build-gpu/$name.tar.gz
[ "$(wc -c <"$archive")" -lt 60000000 ] || fail "it is larger than 60 MB"
tar -C "$folder" -xzf "$archive"
cd "$folder/$name"

mkdir "$folder/bin" # so little is needed there
for tool in sh dirname id mkdir; do
  ln -s "$(command -v $tool)" "$folder/bin/$tool"
done
status=0
env -i PATH="$folder/bin" ./verify.sh "$folder/none.json" device >"$folder/out" 2>"$folder/err" || status=$?
if [ $status != 0 ] || [ ! -e /dev/nvidiactl ]; then
  [ $status = 3 ] || fail "without a GPU verify.sh exits with $status, not 3: $(cat "$folder/out" "$folder/err")"
  [ "$(cat "$folder/out" "$folder/err" | wc -l)" = 1 ] || fail "without a GPU it says more than one line: $(cat "$folder/out" "$folder/err")"
  cat "$folder/out"
fi
env -i PATH="$folder/bin" ./run.sh info >/dev/null 2>"$folder/err" || fail "run.sh info fails: $(cat "$folder/err")"

if [ -n "${1:-}" ] && [ -e "$1/libcudart.so.13" ]; then # which has CUDA 12's as well
  env -i PATH="$folder/bin" LD_LIBRARY_PATH="$1" ./verify.sh --quick "$folder/stand-in.json" device,curve || fail "it fails on the stand-in"
  grep -q '"stand_in" : true' "$folder/stand-in.json" || fail "the report does not say that it is of the stand-in"
fi
