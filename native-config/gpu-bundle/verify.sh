#!/bin/sh
# Verifies lenet4j on this machine's GPU and writes what it finds as JSON, the most telling first, in at most eight minutes.
#   ./verify.sh [--quick] [--minutes N] [OUT.json [PART,PART...]]
#
#   --minutes N   the time for all of it (8); parts that no longer fit are left out, and the JSON says which and how long they take
#   OUT.json      verify.json in this folder, unless named; written anew before and after each part
#   PART          device, tests, curve, kernels, speed, peers, reruns, gpus, memcheck, racecheck, training; all unless named
#   LENET4J_DATA  a folder with mnist/ inside; without it the embedded digits are used, one seed instead of three
#   PYTHON        the python that may have PyTorch and JAX (python3)
#
# Exit code 0: all that ran passed. 1: something did not, or it was stopped; the JSON says what. 3: no usable GPU, and one line says why.
set -eu
exec "$(dirname "$0")/run.sh" --main org.lenet4j.verify.Verify "$@"
