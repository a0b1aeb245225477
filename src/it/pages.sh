#!/usr/bin/env bash
# Follows README.md and the pages word for word, as a newcomer in a bare container would: a clone, an empty home, no cache, no fonts, LC_ALL=C.
# Runs each command and each program that stands there, in order, and prints a table of what came of it. Fails if one fails, or says
# something that is not for a user: a stack trace, a warning of Java's, other digits than 0 to 9.
#
#   src/it/pages.sh [PAGE...]   these pages alone; without any, all. What is not committed is not tried.
#
#   JDKS              homes of JDKs, each of which follows all pages (JAVA_HOME, or that of the java in PATH)
#   LOCALES           Java's languages (en_US); for example "en_US ar_EG de_DE"
#   MAVEN_REPOSITORY  is copied, so that nothing large is downloaded (~/.m2/repository)
#   LENET4J_DATA      a folder with mnist/ and usps/; MNIST is taken from there where it cannot be downloaded
#   KEEP              a folder for what was printed
#   TOOLS             a folder of programs that the machine lacks, for example kotlinc and jbang
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
logs=${KEEP:-$work/logs}
mkdir -p "$logs"
server=
stop_server() {
  [ -z "$server" ] || kill -- "-$server" 2>/dev/null || true
  server=
}
trap 'stop_server; rm -rf "$work"' EXIT

PATH=$PATH:${TOOLS:-}
java=$(readlink -f "$(command -v java)")
read -ra jdks <<<"${JDKS:-${JAVA_HOME:-${java%/bin/java}}}"
read -ra locales <<<"${LOCALES:-en_US}"
cd "$root"
pages=("$@")
[ $# -gt 0 ] || pages=(README.md docs/tutorial.md docs/how-to.md docs/fine-tuning.md docs/embedding.md docs/ways-in.md docs/reports.md
  docs/export.md docs/command-line.md docs/gpu.md docs/performance.md docs/model-card.md docs/troubleshooting.md docs/reliability.md
  docs/architecture.md docs/spark.md docs/mathematics.md docs/README.md examples/README.md CONTRIBUTING.md SECURITY.md)

cp -r "${MAVEN_REPOSITORY:-$HOME/.m2/repository}" "$work/m2" 2>/dev/null || mkdir "$work/m2"
rm -rf "$work/m2/io/github/lenet4j"
cat >"$work/fonts.conf" <<<'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>'

# Writes each step of a page into a file of its own, NUMBER.KIND: commands as sh, programs by their language.
steps() { # PAGE FOLDER
  awk -v folder="$2" '
    function step(kind, text) { printf "%s\n", text > sprintf("%s/%03d.%s", folder, ++count, kind) }
    /^```/ {
      if (inside) { if (kind != "" && kind != "xml") step(kind, block); inside = 0 }
      else { inside = 1; kind = substr($0, 4); block = ""; command = "" }
      next
    }
    inside && kind != "" { block = block (block == "" ? "" : "\n") $0; next }
    inside {
      sub(/ +#.*/, "")
      if (command != "" || $0 ~ /^([A-Z0-9_]+=[^ ]+ )?(\.?\/?lenet4j|lenet4j\/examples\/run|jfr|git|mvn|jshell|jlink|curl|docker|scp|ssh|eval|cd|native-config\/|\.\/verify|\.\/run|python3)/) {
        command = command (command == "" ? "" : "\n") $0
        if ($0 !~ /\\$/) { step("sh", command); command = "" }
      }
      next
    }
    {
      for (rest = $0; match(rest, /`[^`]+`/);) {
        code = substr(rest, RSTART + 1, RLENGTH - 2)
        rest = substr(rest, RSTART + RLENGTH)
        if (code ~ /^(\.\/lenet4j [a-z]+ -|examples\/run |mvn |jbang |src\/it\/|benchmarks\/.*\.sh)/) step("sh", code)
      }
    }' "$1"
}

# Why a step is not run, or nothing.
excuse() { # KIND TEXT
  case $1 in
    kotlin) command -v kotlinc >/dev/null || echo "no Kotlin here" ;;
    python) python3 -c 'import onnxruntime' 2>/dev/null || echo "no ONNX Runtime for Python here" ;;
    java)
      case $2 in
        *'Device.open("cuda")'*) [ -e /dev/nvidiactl ] || echo "no GPU here" ;;
        *org.apache.spark*) echo "by .ci/run" ;;
      esac ;;
    sh) case $2 in
      'git clone'* | cd*) echo "done at the beginning" ;;
      docker*) docker info >/dev/null 2>&1 || echo "no Docker here" ;;
      scp* | ssh* | ./verify.sh* | ./run.sh*) echo "on a machine with a GPU" ;;
      jbang*) command -v jbang >/dev/null || echo "no JBang here" ;;
      *--epochs\ 60* | benchmarks/* | src/it/* | *-Pstress* | *-Dgenerate*) echo "takes long" ;;
      *-Prelease*) echo "for who releases" ;;
      mvn\ verify* | mvn\ -P\ cuda12\ verify* | mvn\ test* | native-config/*) echo "by .ci/run" ;;
      *--device\ cuda*) [ -e /dev/nvidiactl ] || echo "no GPU here" ;;
      mvn\ install*) [ ! -d "$work/m2/io/github/lenet4j" ] || echo "done before" ;;
      *usps*) [ -n "${LENET4J_DATA:-}" ] || echo "no USPS here" ;;
      *COMMAND* | *FILE* | *' N'* | *' R '* | *' X'*) echo "names no real file or number" ;;
      esac ;;
  esac
}

# What a reader has: photographs of digits, letters, weights of PyTorch's, MNIST where there is no network, a run that was killed.
provide() { # TEXT
  if [[ $1 =~ photo|letters|scans|net.pth ]] && [ ! -d photos ]; then
    mkdir "$home/drawn"
    (cd "$home/drawn" && "${container[@]}" "$clone/examples/run" FineTuneMyDigits >/dev/null 2>&1)
    mv "$home/drawn/photos" . && rm -r "$home/drawn"
    rm photos/*/0[345]?.png
    for digit in 0 1 2 3 4 5 6 7 8 9; do
      mkdir -p "photos2/$digit" && mv photos/$digit/02?.png "photos2/$digit"
    done
    mkdir letters
    for letter in 0a 1b 2c 3d 4e; do
      cp -r "photos/${letter%?}" "letters/${letter#?}"
    done
    cp -r photos/7 scans
    cp photos/7/000.png photo.png
    cp src/test/resources/foreign/state_dict.pt net.pth
  fi
  if [[ $1 == *mnist* ]] && [ -n "${LENET4J_DATA:-}" ] && [ ! -d "$home/.cache/lenet4j" ]; then
    mkdir -p "$home/.cache/lenet4j"
    cp -r "$LENET4J_DATA/mnist" "$home/.cache/lenet4j/mnist"
  fi
  if [[ $1 == *'--resume lenet5.safetensors.ckpt'* ]]; then
    setsid "${container[@]}" ./lenet4j train --epochs 3 >/dev/null 2>&1 &
    until [ -f lenet5.safetensors.ckpt ]; do sleep 0.2; done
    kill -KILL -- "-$!"
    wait $! 2>/dev/null || true
  fi
}

class_path() { "${container[@]}" ./lenet4j --class-path 2>/dev/null; }

# Runs a step in the clone as the container would; what it prints goes to the file of that name.
run() { # KIND TEXT FILE
  local path
  case $1 in
    sh)
      local text=${2//FOLDER/photos}
      case $text in
        lenet4j/*) text=../$text ;;
      esac
      text=${text//USPS/${LENET4J_DATA:-}/usps}
      text=${text//--head 26/--head 5} # there are five letters here
      if [[ $text =~ DrawADigit|spring-boot:run ]]; then
        serve "$text" "$3"
      elif [[ $text == jshell* ]]; then
        echo /exit | "${container[@]}" bash -c "$text" >"$3" 2>&1
      else
        "${container[@]}" timeout 900 bash -c "$text" >"$3" 2>&1 </dev/null ||
          { [[ $text == *predict* ]] && grep -q 'no digit$' "$3"; } # which is an answer, and exit code 1
      fi ;;
    java)
      path=$(class_path):$(find "$work/m2/io/micrometer" "$work/m2/org/hdrhistogram" -name '*.jar' 2>/dev/null | paste -sd:)
      {
        grep '^import ' <<<"$2"
        printf 'public class Snippet {\n  public static void main(String[] args) throws Exception {\n'
        grep -v '^import ' <<<"$2"
        printf '  }\n}\n'
      } >"$home/Snippet.java"
      "${container[@]}" timeout 900 java --add-modules jdk.incubator.vector -cp "$path" "$home/Snippet.java" >"$3" 2>&1 ;;
    jbang)
      path=$(class_path)
      printf '%s\n' "$2" >Digit.java
      "${container[@]}" timeout 900 java --add-modules jdk.incubator.vector -cp "$path" Digit.java photo.png >"$3" 2>&1 ;;
    jshell)
      path=$(class_path)
      printf '%s\n/exit\n' "$2" | "${container[@]}" timeout 900 jshell --class-path "$path" >"$3" 2>&1
      grep -q '"7"' "$3" ;;
    python) "${container[@]}" timeout 900 python3 -c "$2" >"$3" 2>&1 ;;
    kotlin) printf '%s\n' "$2" >"$home/Digit.kt" && kotlinc "$home/Digit.kt" -cp "$(class_path)" -d "$home/kt" >"$3" 2>&1 ;;
    *) echo "a block of a kind that is not known: $1" >"$3" && return 1 ;;
  esac
}

# Starts what goes on for as long as it is not stopped, and waits until it answers.
serve() { # TEXT FILE
  local port=8028
  [[ $1 != *8029* ]] || port=8029
  [[ $1 != *spring* ]] || port=8080
  stop_server
  setsid "${container[@]}" bash -c "$1" >"$2" 2>&1 </dev/null &
  server=$!
  for ((i = 0; i < 600; i++)); do
    ! curl -so /dev/null "http://localhost:$port/" || return 0
    kill -0 "$server" 2>/dev/null || return 1
    sleep 0.5
  done
  return 1
}

failed=0
table() { printf '%-7s %6s  %-22s %s\n' "$1" "$2" "$3" "$4"; }

for jdk in "${jdks[@]}"; do
  for locale in "${locales[@]}"; do
    home=$(mktemp -d "$work/XXXX")
    clone=$home/lenet4j
    git clone -q "$root" "$clone"
    cd "$clone"
    container=(env -i PATH="$jdk/bin:/usr/local/bin:/usr/bin:/bin:$clone:${TOOLS:-}" HOME="$home" LC_ALL=C TERM=dumb JAVA_HOME="$jdk"
      FONTCONFIG_FILE="$work/fonts.conf" MAVEN_OPTS="-Dmaven.repo.local=$work/m2" JBANG_REPO="$work/m2"
      JAVA_TOOL_OPTIONS="-Duser.home=$home -Duser.language=${locale%_*} -Duser.country=${locale#*_}")
    echo
    echo "$("$jdk/bin/java" --version | head -n 1), LC_ALL=C, $locale, an empty home, no fonts"
    for page in "${pages[@]}"; do
      folder=$home/steps/$page
      mkdir -p "$folder"
      steps "$page" "$folder"
      for file in "$folder"/*; do
        [ -f "$file" ] || continue
        kind=${file##*.}
        text=$(cat "$file")
        shown=$(head -n 1 <<<"$text" | cut -c 1-110)
        [ "$kind" = sh ] || shown="(a program: $kind)"
        why=$(excuse "$kind" "$text")
        if [ -n "$why" ]; then
          table skipped '' "$page" "$shown ($why)"
          continue
        fi
        provide "$text"
        log=$logs/${jdk##*/}-$locale-${page//\//-}-${file##*/}
        begun=$SECONDS
        verdict=ok
        run "$kind" "$text" "$log" || verdict=FAILED
        # Of what is said, what no user is to see. Picked up: JAVA_TOOL_OPTIONS is this script's. Maven warns of
        # itself, and Java's jfr has the digits of the country.
        if [[ $text != mvn* && $text != jfr* ]] && grep -vE '^Picked up |^WARNING: Using incubator modules' "$log" |
          LC_ALL=C.UTF-8 grep -nP '^\s+at [a-z]+\.|^WARNING|Exception|unexpected|[\x{0660}-\x{0669}\x{06F0}-\x{06F9}]' >"$log.found"; then
          verdict=FAILED
        else
          rm -f "$log.found"
        fi
        [[ $text =~ spring-boot:run ]] || stop_server
        table "$verdict" "$((SECONDS - begun)) s" "$page" "$shown"
        if [ "$verdict" = FAILED ]; then
          failed=$((failed + 1))
          tail -n 12 "$log" | sed 's/^/        | /'
          [ ! -f "$log.found" ] || sed 's/^/        > /' "$log.found" | head -n 5
        fi
      done
    done
    stop_server
    echo "left in the home: $(cd "$home" && find . -mindepth 1 -maxdepth 2 -name '.*' -not -path './lenet4j/*' | sort | paste -sd' ')"
    cd "$root"
    rm -rf "$home"
  done
done
[ $failed = 0 ] || { echo "$failed failed" >&2; exit 1; }
