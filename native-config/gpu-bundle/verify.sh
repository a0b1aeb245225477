#!/bin/sh
# Verifies lenet4j on this machine's GPU and writes what it finds as JSON, in at most ten minutes.
#   ./verify.sh [--quick] [OUT.json [PART,PART...]]
#
#   OUT.json      verify.json in this folder, unless named
#   PART          device, tests, curve, reruns, training, speed, kernels, memcheck, racecheck, peers; all unless named
#   LENET4J_DATA  a folder with mnist/ inside; without it the embedded digits are used, one seed instead of three
#   PYTHON        the python that may have PyTorch and JAX (python3)
#
# Exit code 0: all passed. 1: something did not, the JSON says what. 3: no usable GPU, and one line says why.
set -eu
exec "$(dirname "$0")/run.sh" --main org.lenet4j.verify.Verify "$@"
