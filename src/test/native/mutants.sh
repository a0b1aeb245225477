#!/usr/bin/env bash
# Makes faults in copies of the kernels, one at a time: a barrier left out, a fence left out, an index one too far (emulated/mutants.tsv).
# Shows for each by what it is found, and ends with 1 if one is not, unless the table says why nothing can be found.
#
#   src/test/native/mutants.sh OUTDIR [WORDS...]    only those whose line, "SOURCE: FILE WHAT", has one of these in it
set -euo pipefail
native=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernels=$(cd "$native/../../../native-config/kernels" && pwd)
out=${1:?usage: mutants.sh OUTDIR [WORDS...]}
shift
table=$native/emulated/mutants.tsv
for how in races address; do
  said=$("$native/emulated.sh" "$out" "$how") || { code=$?; echo "$said"; exit $code; } # without a fault they must be without fault
done
out=$(cd "$out" && pwd)
copy=$out/mutant
tab=$'\t'

# FILE LINE KIND FUNCTION NTH of all barriers and fences: a function begins at the start of a line.
synchronisations() {
  (cd "$kernels" && awk 'BEGIN { OFS = "\t" }
    FNR == 1 { name = "" }
    /^[a-zA-Z_].*\(/ && match($0, /[a-z_0-9A-Z]+\(([^_]|$)/) {
      line = $0
      gsub(/__launch_bounds__\([^)]*\)/, "", line)
      match(line, /[a-z_0-9A-Z]+\(/)
      name = substr(line, RSTART, RLENGTH - 1)
      barriers = fences = 0
    }
    /^ +__sync(threads|warp)\(\);/ { print FILENAME, FNR, "barrier", name, ++barriers }
    /^ +__threadfence\(\);/ { print FILENAME, FNR, "fence", name, ++fences }' ./*.cu ./*.cuh | sed 's#^\./##')
}

# A file and all that it includes.
includes() {
  local file
  echo "$1"
  for file in $(sed -n 's/^#include "\(.*\)"/\1/p' "$kernels/$1"); do includes "$file"; done
}

# The sources that have the file in them, and use the function if one is named.
sources() { # FILE FUNCTION
  local cu all
  for cu in "$kernels"/*.cu; do
    cu=$(basename "$cu")
    all=$(includes "$cu" | sort -u)
    if grep -qx "$1" <<< "$all" && (cd "$kernels" && [ "$(cat $all | grep -cw "${2:-.*}")" -gt 1 ]); then echo "${cu%.cu}"; fi
  done
}

# Builds one source of the copy under $how, with the rest as it is, and runs it: says what was found, or fails.
tried() { # SOURCE
  source "$native/emulated/flags.sh"
  g++ "${flags[@]}" "${watch[@]}" -w -I "$copy" -c "$native/emulated/$1.cpp" -o "$copy/$1.o" || { echo "does not compile"; return 0; }
  g++ "${link[@]}" -no-pie "$copy/$1.o" $(ls "$out/$how"/*.o "$out"/common/*.o | grep -v "/$1.cpp.o") -o "$copy/run"
  local text
  if text=$(timeout 120 "$copy/run" quick "$1" 2>&1); then
    return 1
  fi
  case $text in
    *race:*) echo "races" ;;
    *"outside all memory"*) echo "bounds" ;;
    *AddressSanitizer*) echo "AddressSanitizer" ;;
    *"runtime error"*) echo "UndefinedBehaviorSanitizer" ;;
    *"never come"*) echo "threads that wait" ;;
    *" is "*) echo "the reference" ;;
    *) echo "the program's end" ;;
  esac
}

# Why nothing can be found, by the table: in this source, or in any.
spare() { # SOURCE BARRIER
  awk -F "$tab" -v in_one="spare $1:$2" -v in_all="spare $2" \
    '{ key = $1 " " $2 " " $3 " " $4 " " $5 } key == in_one || key == in_all { print $6 }' "$table"
}

missed=0
count=0
judge() { # FILE FUNCTION WHAT BARRIER WORDS...
  local source found reason
  for source in $(sources "$1" "$2"); do
    if ! wanted "$source: $1 $3" "${@:5}"; then continue; fi
    reason=${4:+$(spare "$source" "$4")}
    reason=${reason:+not found: $reason}
    rm -rf "$copy"
    cp -r "$kernels" "$copy"
    change
    count=$((count + 1))
    found=
    for how in races address; do
      if [ -z "$found" ]; then found=$(how=$how tried "$source") || found=; fi
    done
    if [ -z "$found" ]; then
      found=${reason:-NOT FOUND}
      if [ -z "$reason" ]; then missed=$((missed + 1)); fi
    elif [ -n "$reason" ]; then
      found="$found, though it is said to be spare"
      missed=$((missed + 1))
    fi
    printf '%-10s %-22s %-55s %s\n' "$source" "$1" "$3" "$found"
  done
}

wanted() { # LINE WORD...
  local line=$1 word
  shift
  for word in "$@"; do
    if [[ $line == *"$word"* ]]; then return 0; fi
  done
  [ $# = 0 ]
}

while IFS=$tab read -r file line kind function nth; do
  change() { sed -i "${line}s/__[a-z]*();//" "$copy/$file"; }
  used=$function
  if [[ $file == *.cu ]]; then used=; fi # of one source anyway
  judge "$file" "$used" "$kind $nth of $function, line $line" "$file $function $nth $kind" "$@"
done < <(synchronisations)

while IFS=$tab read -r kind file from to what; do
  if [ "$kind" != index ]; then continue; fi
  change() {
    local text
    text=$(< "$copy/$file")
    if [[ $text != *"$from"* ]]; then echo "mutants.tsv: $file has no longer: $from"; exit 1; fi
    printf '%s\n' "${text/"$from"/"$to"}" > "$copy/$file"
  }
  judge "$file" "" "$what" "" "$@"
done < "$table"

rm -rf "$copy"
echo "$count mutants, $missed that were not as they should be"
[ "$missed" = 0 ] && [ "$count" -gt 0 ]
