#!/bin/sh
# Makes build-gpu/lenet4j-gpu-bundle.tar.gz: lenet4j with its tests, benchmarks and a Java of its own, for Linux machines on x86-64 that
# have an NVIDIA GPU but neither Java, nor Maven, nor a network. Its README.md says how to use it.
#   native-config/make-gpu-bundle.sh [--no-build] [--cuda12]
#
#   --no-build  takes target/ as it is
#   --cuda12    for machines with CUDA 12 (build-gpu/lenet4j-gpu-bundle-cuda12.tar.gz): their bindings, built in target/cuda12
#   JAVA_HOME   the JDK whose runtime goes in (else that of the java in PATH); the Linux one, with its jmods
#   MVN         how to call Maven (mvn), for example "mvn -o"
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
mvn=${MVN:-mvn}

fail() {
  echo "make-gpu-bundle: $*" >&2
  exit 1
}

[ "$(uname -sm)" = "Linux x86_64" ] || fail "this is $(uname -sm); the bundle's native libraries are those of the build, Linux x86_64"
if [ -z "${JAVA_HOME:-}" ]; then
  java=$(command -v java) || fail "there is no java; install a JDK 17 or newer, or set JAVA_HOME"
  JAVA_HOME=$(cd "$(dirname "$(readlink -f "$java")")/.." && pwd)
fi
[ -x "$JAVA_HOME/bin/jlink" ] || fail "$JAVA_HOME has no jlink; install a JDK, not only a JRE"

build=true
profile=
target=$root/target
name=lenet4j-gpu-bundle
for word; do
  case $word in
    --no-build) build=false ;;
    --cuda12)
      profile="-P cuda12"
      target=$root/target/cuda12
      name=$name-cuda12 ;;
    *) fail "there is no option $word; there are --no-build and --cuda12" ;;
  esac
done

# shellcheck disable=SC2086 # options are words
if $build; then
  $mvn -q -B -f "$root/pom.xml" $profile -DskipTests package
fi
[ -d "$target/test-classes" ] || fail "there is no $target/test-classes; leave --no-build away"
junit=$target/gpu-bundle/junit-platform-console-standalone.jar
# shellcheck disable=SC2086
if [ ! -f "$junit" ]; then
  $mvn -q -B -f "$root/pom.xml" $profile dependency:copy@gpu-bundle
fi
[ -f "$junit" ] || fail "Maven has not put JUnit's console launcher into $junit"

build=$root/build-gpu
out=$build/$name
rm -rf "$out"
mkdir -p "$out/lib" "$out/test" "$out/benchmarks"

# zlib per class inside (2) would be larger after gzip than shared strings (1): 23 MB against 19.
"$JAVA_HOME/bin/jlink" \
    --add-modules java.base,java.logging,java.management,java.xml,jdk.incubator.vector,jdk.jfr,jdk.unsupported,jdk.zipfs \
    --strip-debug --no-header-files --no-man-pages --compress=1 --vm=server --output "$out/runtime" >"$build/jlink.log" 2>&1 \
  || fail "jlink failed: $(cat "$build/jlink.log")"

# Takes some entries of a jar; all file names stay as JavaCPP expects them. $1 is the jar, the rest what to take.
cut_jar() {
  jar=$1
  shift
  work=$build/cut
  rm -rf "$work"
  mkdir "$work"
  (cd "$work" && "$JAVA_HOME/bin/jar" xf "$jar" "$@" && "$JAVA_HOME/bin/jar" cf "$out/lib/$(basename "$jar")" .)
  for entry; do
    [ -e "$work/$entry" ] || fail "$jar has no $entry"
  done
  rm -rf "$work"
}

for jar in "$target"/lenet4j-*.jar "$target"/lib/*.jar; do
  case $(basename "$jar") in
    cuda-*-linux-x86_64.jar)
      cut_jar "$jar" org/bytedeco/cuda/linux-x86_64/libjnicudart.so org/bytedeco/cuda/linux-x86_64/libjnicublas.so \
          org/bytedeco/cuda/linux-x86_64/libjnicudnn.so org/bytedeco/cuda/linux-x86_64/libjninccl.so ;;
    openblas-*-linux-x86_64.jar) # without LAPACK, two thirds of its bindings
      cut_jar "$jar" org/bytedeco/openblas/linux-x86_64/libopenblas.so.0 org/bytedeco/openblas/linux-x86_64/libjniopenblas_nolapack.so \
          org/bytedeco/openblas/linux-x86_64/libgfortran.so.5 org/bytedeco/openblas/linux-x86_64/libquadmath.so.0 \
          org/bytedeco/openblas/linux-x86_64/libgcc_s.so.1 ;;
    *) cp "$jar" "$out/lib/" ;;
  esac
done

cp -r "$target/test-classes" "$out/test/classes"
find "$out/test/classes" -name '*Fuzz*' -prune -exec rm -rf {} + # these need Jazzer
rm -rf "$out/test/classes/org/lenet4j/micrometer" # and this Micrometer
cp "$junit" "$out/test/junit.jar"
cp -r "$root/benchmarks/pytorch" "$root/benchmarks/jax" "$root/benchmarks/measure.py" "$out/benchmarks/"
rm -rf "$out"/benchmarks/*/__pycache__
cp "$root/native-config/gpu-bundle/run.sh" "$root/native-config/gpu-bundle/verify.sh" "$root/native-config/gpu-bundle/README.md" \
    "$root/LICENSE" "$out/"
chmod +x "$out/run.sh" "$out/verify.sh"

tar -C "$build" --owner=0 --group=0 --numeric-owner --sort=name -cf - "$name" | gzip -9 >"$build/$name.tar.gz"
echo "$build/$name.tar.gz: $(wc -c <"$build/$name.tar.gz") bytes; unpacked $(du -sk "$out" | cut -f1) KiB"
