#!/bin/bash
# soak.sh PRESET SECONDS: builds the server with a preset's sanitizers (dev, tsan) and puts it under tests/api/soak.py's mixed
# load. The last line is JSON.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset "$1" -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" >/dev/null
ninja -C "build/$1" sotto sotto-server | tail -1
SOTTO_PROGRAM=$PWD/build/$1/apps/cli/sotto SOTTO_SERVER=$PWD/build/$1/apps/cli/sotto-server \
  "${SOTTO_PYTHON:-.venv/bin/python}" tests/api/soak.py --seconds "$2" --no-memory
