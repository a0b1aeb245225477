#!/usr/bin/env bash
# Reproduces the figures of docs/fine-tuning.md, one row of its table for each name:
#
#   benchmarks/finetuning/run.sh usps-untuned | usps-10 | usps-all | usps-all-forgetful | split-mnist | split-mnist-offline
#
# Needs LENET4J_DATA, a folder with mnist/ and usps/ inside (IDX files). It prints one line for each seed, then mean, lowest and highest.
#
#   SEEDS   "1 2 3 4 5"
#   EPOCHS  fewer or more than the row says
#   FROM    the weights that are tuned, pretrained if not set
#   MORE    more options for lenet4j
#   OUT     where weights and JSON go, a temporary folder if not set
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

row=${1:?give a row, see the top of this file}
: "${LENET4J_DATA:?set it to the folder with mnist/ and usps/}"
lenet4j=${LENET4J:-./lenet4j}
seeds=${SEEDS:-1 2 3 4 5}
from=${FROM:-pretrained}
if [ -z "${OUT:-}" ]; then
  OUT=$(mktemp -d)
  trap 'rm -rf "$OUT"' EXIT
fi
more=${MORE:-}
mnist=$LENET4J_DATA/mnist
usps=$LENET4J_DATA/usps

# A number of a JSON file that the command line wrote, one key a line: number FILE [OBJECT] KEY
number() {
  awk -v object="${3:+$2}" -v key="${3:-$2}" '
    $1 == "\"" object "\"" { inside = 1 }
    (object == "" || inside) && $1 == "\"" key "\"" { gsub(",", "", $3); print $3; exit }' "$1"
}

# One run: prints the accuracy on the new data, then that on the old data
run() {
  local seed=$1 json=$OUT/$row-$1.json out=$OUT/$row-$1.safetensors
  # shellcheck disable=SC2086 # options are words
  case $row in
    usps-untuned)
      if [ -n "${FROM:-}" ]; then
        cp "$FROM" "$out"
      else # one net for each seed, trained as the pretrained one
        $lenet4j train --recipe best --data "$mnist" --seed "$seed" --out "$out" $more >"$OUT/$row-$seed.log"
      fi
      $lenet4j evaluate --from "$out" --data "$usps" --json "$json" >"$OUT/$row-$seed.log"
      echo "$(number "$json" accuracy) nan"
      return ;;
    usps-10) set -- --data "$usps" --per-class 10 --replay "$mnist" ${EPOCHS:+--epochs "$EPOCHS"} ;;
    usps-all) set -- --data "$usps" --replay "$mnist" ${EPOCHS:+--epochs "$EPOCHS"} ;;
    usps-all-forgetful) set -- --data "$usps" --source "$mnist" ${EPOCHS:+--epochs "$EPOCHS"} ;;
    *) echo "unknown row $row" >&2; exit 2 ;;
  esac
  # shellcheck disable=SC2086
  $lenet4j finetune --from "$from" "$@" --seed "$seed" --out "$out" --json "$json" $more >"$OUT/$row-$seed.log"
  echo "$(number "$json" after target_accuracy) $(number "$json" after source_accuracy) $(number "$json" before source_accuracy)"
}

if [ "${row%-offline}" = split-mnist ]; then
  jar=$(ls target/lenet4j-*.jar | head -n 1)
  # shellcheck disable=SC2086
  exec java --add-modules jdk.incubator.vector -cp "$jar:target/lib/*" benchmarks/finetuning/SplitMnist.java "$mnist" \
    "buffer=$([ "$row" = split-mnist ] && echo 200 || echo 1000000)" $more
fi

for seed in $seeds; do
  numbers=$(run "$seed")
  echo "seed $seed: $numbers"
done | awk '
  { print; n++; for (i = 3; i <= NF; i++) { sum[i] += $i; if (n == 1 || $i < low[i]) low[i] = $i; if (n == 1 || $i > high[i]) high[i] = $i } }
  END {
    name[3] = "new data"; name[4] = "old data"; name[5] = "old data before"
    for (i = 3; i in sum; i++) printf "%-16s mean %.2f%% (%.2f to %.2f)\n", name[i], 100 * sum[i] / n, 100 * low[i], 100 * high[i]
  }'
