#!/bin/bash
# aarch64.sh: compiles the kernels for 64-bit ARM and compares every level with scalar on emulated processors.
set -euo pipefail
cd "$(dirname "$0")/.."

for program in aarch64-linux-gnu-g++ qemu-aarch64; do
  command -v $program >/dev/null || {
    echo "$program is missing, which the test of the ARM kernels needs: apt-get install g++-aarch64-linux-gnu qemu-user"
    exit 1
  } >&2
done
cmake --preset aarch64
ninja -C build/aarch64
ctest --test-dir build/aarch64 --output-on-failure
