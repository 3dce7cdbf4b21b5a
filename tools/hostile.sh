#!/bin/bash
# hostile.sh LEAST: builds the program and the tests of published models with AddressSanitizer and
# UndefinedBehaviorSanitizer, and imports every hostile folder with both. The last line says how many there are (at least
# LEAST, or it fails) and whether each ended in a clear error, within 20 s of processor time and 1 GiB.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset dev -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" >/dev/null
ninja -C build/dev sotto published_test | tail -1
said=$(SOTTO_PROGRAM=$PWD/build/dev/apps/cli/sotto build/dev/tests/published_test --gtest_filter='HostileFolders.*' 2>&1) ||
  { echo "$said"; exit 1; }
counted=$(grep -o '{"hostile_cases": .*' <<<"$said")
python3 - "$1" "$counted" <<'END'
import json, sys
counted = json.loads(sys.argv[2])
counted["all_clear"] = counted["clear_errors"] == counted["hostile_cases"] >= int(sys.argv[1]) and counted["slowest_s"] < 20
print(json.dumps(counted))
sys.exit(not counted["all_clear"])
END
