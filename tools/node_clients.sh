#!/bin/bash
# node_clients.sh FOLDER: the npm clients of tests/api/node, at the locked versions; FOLDER/.ready says that they are whole.
# None of their install scripts runs.
set -euo pipefail
from="$(dirname "$0")/../tests/api/node"
echo "Clients from npm into $1"
rm -rf "$1"
mkdir -p "$1"
cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$1"
(cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || {
  echo "$1 could not be made: npm cannot install what $from/package-lock.json names (is the package registry reachable?); the same make command tries again" >&2
  exit 1
}
touch "$1/.ready"
