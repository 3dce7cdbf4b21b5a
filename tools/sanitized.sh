#!/bin/bash
# sanitized.sh PRESET [TARGET…]: builds the tests with a preset's sanitizers and runs them with smaller counts
# (SOTTO_SHORT=1). Tests and sources that did not change since they passed are not run again.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1; shift
dir=build/$preset

# Line tables are all that a report needs; full debug information takes long to build.
cmake --preset "$preset" -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" >/dev/null
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ninja -C "$dir" -t targets all | sed -nE 's/^([a-z_]+_test): phony$/\1/p')
ninja -C "$dir" "${targets[@]}"

# One stamp for each set of targets: what passed says nothing of the others.
stamp=$dir/.passed-$(printf '%s\n' "${targets[@]}" | sort -u | sha256sum | cut -c1-16)
if [ -e "$stamp" ] && [ -z "$(find "$dir/tests" tests tools -type f -newer "$stamp" \
    ! -path '*__pycache__*' \( -name '*_test' -o -path 'tests/*' -o -path 'tools/*.py' \) -print -quit)" ]; then
  echo "$preset: nothing changed since the tests passed"
  exit 0
fi
touch "$stamp.begun"  # what changes while the tests run is newer than this
names=$(printf '%s|' "${targets[@]%_test}")
SOTTO_SHORT=1 ctest --test-dir "$dir" --output-on-failure --no-tests=error -R "^(${names%|})$"
mv "$stamp.begun" "$stamp"
