#!/bin/sh
# Builds the library in folders of its own and compares the jars byte by byte: the library, its sources, its javadoc.
#   src/it/reproducible.sh          builds twice
#   src/it/reproducible.sh target   builds once and compares with what mvn verify left in target/
#
#   MVN  how to call Maven (mvn -o, because mvn verify has downloaded all that is needed)
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
mvn=${MVN:-mvn -o}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

umask 022 # the javadoc plugin keeps the rights of files; two builds with different ones differ in nothing else

# What git knows and what it does not ignore, in a folder of another name, in another time zone and language.
build() {
  mkdir "$folder/$1"
  (cd "$root" && git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf -) | tar -C "$folder/$1" -xf -
  (cd "$folder/$1" && TZ=$2 LC_ALL=$3 $mvn -q -B -DskipTests -Dmaven.test.skip -Dcheckstyle.skip -Dinvoker.skip -Dexec.skip verify) >"$folder/$1.log" 2>&1 \
    || { cat "$folder/$1.log" >&2; exit 1; }
}

if [ "${1:-}" = target ]; then
  first=$root/target
else
  build one UTC C.UTF-8
  first=$folder/one/target
fi
build another-folder Asia/Tokyo C # which has no letters beyond ASCII: javadoc must not ask it
second=$folder/another-folder/target

count=0
for jar in "$second"/lenet4j-*.jar "$second"/attached/*.jar; do
  name=${jar#"$second"/}
  cmp "$first/$name" "$jar" || { echo "reproducible: $name differs" >&2; exit 1; }
  count=$((count + 1))
  echo "$name $(sha256sum "$jar" | cut -c1-16) the same bytes"
done
[ $count = 3 ] || { echo "reproducible: there are $count jars, not 3" >&2; exit 1; }
