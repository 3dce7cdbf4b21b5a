#!/bin/bash
# venv.sh FOLDER REQUIREMENTS: a Python environment with exactly those packages; FOLDER/.ready says that it is whole.
set -euo pipefail
echo "Python packages of $2 into $1"
rm -rf "$1"
python3 -m venv "$1"
"$1/bin/pip" install --quiet --disable-pip-version-check -r "$2" 2> >(grep -v '^WARNING: Location' >&2) || {
  echo "$1 could not be made: pip cannot install what $2 names (is the package index reachable?); the same make command tries again" >&2
  exit 1
}
touch "$1/.ready"
