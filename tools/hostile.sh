#!/bin/bash
# hostile.sh LEAST: builds the program and the tests of published models and of adapters with AddressSanitizer and
# UndefinedBehaviorSanitizer, imports every hostile folder with both, and reads every hostile adapter. The last line says how
# many there are (at least LEAST, or it fails) and whether each ended in a clear error; a folder within 20 s of processor time
# and 1 GiB.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset dev -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" >/dev/null
ninja -C build/dev sotto published_test adapter_test | tail -1
said=$(SOTTO_PROGRAM=$PWD/build/dev/apps/cli/sotto build/dev/tests/published_test --gtest_filter='HostileFolders.*' 2>&1) ||
  { echo "$said"; exit 1; }
counted=$(grep -o '{"hostile_cases": .*' <<<"$said")
said=$(build/dev/tests/adapter_test --gtest_filter='*HostileAdapterCase*' 2>&1) || { echo "$said"; exit 1; }
adapters=$(grep -oP '(?<=\[  PASSED  \] )[0-9]+' <<<"$said")
python3 - "$1" "$counted" "$adapters" <<'END'
import json, sys
counted, adapters = json.loads(sys.argv[2]), int(sys.argv[3])
all_clear = counted["clear_errors"] == counted["hostile_cases"] and counted["slowest_s"] < 20
counted |= {"hostile_adapters": adapters, "all_clear": all_clear and counted["hostile_cases"] + adapters >= int(sys.argv[1])}
print(json.dumps(counted))
sys.exit(not counted["all_clear"])
END
