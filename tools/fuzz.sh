#!/bin/bash
# fuzz.sh SECONDS: runs each libFuzzer target that long from its kept corpus, two at a time; a crash is an error.
# What a run finds new stands in build/fuzz/corpus. Targets that ran that long without
# a crash since they were built and their kept corpus grew are not run again.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=$1
dir=$PWD/build/fuzz

cmake --preset fuzz -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" >/dev/null
ninja -C "$dir"

fuzz_one() {
  local target=$1 name seeds stamp
  name=$(basename "$target"); seeds=tests/fuzz/corpus/${name%_fuzz}
  [ -d "$seeds" ] || seeds=tests/fuzz/corpus/$name
  stamp=$dir/.$name.passed  # holds the seconds
  if [ "$stamp" -nt "$target" ] && [ "$(cat "$stamp")" -ge "$seconds" ] 2>/dev/null &&
      [ -z "$(find "$seeds" -newer "$stamp" -print -quit)" ]; then
    echo "$name: nothing changed since it ran"
    return
  fi
  echo "$seconds" >"$stamp.begun"  # seeds that come while it runs are newer than this
  mkdir -p "$dir/corpus/$name" "$dir/found"
  if ! "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -close_fd_mask=1 \
      -artifact_prefix="$dir/found/$name-" "$dir/corpus/$name" "$seeds" >"$dir/$name.log" 2>&1; then
    tail -40 "$dir/$name.log"
    echo "$name: failed; the input stands in $dir/found" >&2
    return 1
  fi
  mv "$stamp.begun" "$stamp"
  echo "$name: $(grep -E '^Done' "$dir/$name.log")"
}
export -f fuzz_one; export dir seconds
find "$dir" -maxdepth 3 -type f -name '*_fuzz' -perm -u+x -print0 | sort -z |
  xargs -0 -r -P 2 -I{} bash -euc 'fuzz_one {}'
