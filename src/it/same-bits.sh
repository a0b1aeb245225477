#!/usr/bin/env bash
# Trains and fine-tunes in many ways and prints the SHA-256 of each result's tensors, so that two checkouts can be compared:
#
#   src/it/same-bits.sh . > after; src/it/same-bits.sh ../before > before; diff before after
#
# Needs LENET4J_DATA with mnist/ and usps/ inside, and g++ for the stand-in for CUDA. Takes a quarter of an hour.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "${1:?usage: same-bits.sh CHECKOUT}" && pwd)
: "${LENET4J_DATA:?a folder with mnist/ and usps/ inside}"
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# run NAME COMMAND OPTIONS...: the weights go to NAME
run() {
  local name=$1 command=$2
  shift 2
  "$checkout/lenet4j" "$command" "$@" --out "$results/$name" --checkpoint "$results/checkpoint" > "$results.log" 2>&1 ||
    { cat "$results.log" >&2; return 1; }
}

for kernels in vector gemm; do
  export LENET4J_JAVA_OPTS=-Dlenet4j.vector=$([ $kernels = vector ] && echo true || echo false)
  for data in digits "$LENET4J_DATA/mnist"; do
    for recipe in plain fast best; do
      for seed in 1 2; do
        for threads in 1 2 4; do
          run "train-$kernels-$(basename "$data")-$recipe-seed$seed-threads$threads" train --data "$data" --recipe $recipe --seed $seed \
            --threads $threads --epochs 2 --device openblas
        done
      done
    done
  done
  tune=(finetune --data "$LENET4J_DATA/usps" --epochs 2 --strength 1 --seed 3 --device openblas)
  run tune-$kernels-plain "${tune[@]}" --ema 0 --augment none
  run tune-$kernels-ema "${tune[@]}" --ema 0.95
  run tune-$kernels-freeze "${tune[@]}" --freeze conv1,conv2 --augment none
  run tune-$kernels-unfreeze "${tune[@]}" --freeze body --unfreeze-after 1 --layer-decay 0.5 --patience 3
  run tune-$kernels-replay "${tune[@]}" --replay "$LENET4J_DATA/mnist" --replay-per-class 50 --freeze conv1
  run tune-$kernels-ewc "${tune[@]}" --ewc 10 --ewc-samples 200 --source "$LENET4J_DATA/mnist"
  run tune-$kernels-l2sp "${tune[@]}" --l2sp 0.1 --head 10 --keep-rows 0-4 --dropout 0.1
  run tune-$kernels-search "${tune[@]}" --search 2 --per-class 30 --layer-lr conv1=1e-5
done

standin=$checkout/target/standin
"$checkout/src/test/native/build.sh" "$standin" >&2
export LENET4J_JAVA_OPTS="-Dorg.bytedeco.javacpp.cachedir=$standin/javacpp" LENET4J_STANDIN=$standin
export LD_LIBRARY_PATH=$standin LD_PRELOAD=$standin/liblenet4j_standin.so
for kernels in cudnn fused; do
  for recipe in plain fast best; do
    run "cuda-$kernels-$recipe" train --data "$LENET4J_DATA/usps/png-sample" --recipe $recipe --epochs 2 --batch-size 32 --seed 1 \
      --device cuda --kernels $kernels
  done
  tune=(finetune --data "$LENET4J_DATA/usps/png-sample" --epochs 2 --strength 1 --seed 3 --device cuda --kernels $kernels)
  run cuda-$kernels-tune "${tune[@]}"
  run cuda-$kernels-tune-freeze-ewc "${tune[@]}" --freeze conv1 --ewc 10 --ewc-samples 40 --source "$LENET4J_DATA/usps/png-sample"
  run cuda-$kernels-tune-unfreeze "${tune[@]}" --freeze body --unfreeze-after 1 --ema 0 --optimizer sgd --layer-decay 0.5
done
unset LD_LIBRARY_PATH LD_PRELOAD LENET4J_STANDIN LENET4J_JAVA_OPTS

rm -f "$results/checkpoint"
java "$here/TensorHash.java" "$results"/*
