#!/bin/bash
# packages.sh build|all: installs the Debian packages of packaging/debian-packages.txt that are missing.
# "build" stops at the line "# tests": what running Sotto needs.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$(awk -v part="$1" '/^# tests/ && part == "build" {exit} /^[a-z]/ {print $1 ($2 == "if-missing" ? "?" : "")}' packaging/debian-packages.txt)
missing=$(for package in $wanted; do
  [[ $package == *\? ]] && command -v "${package%\?}" >/dev/null && continue
  package=${package%\?}
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
done)
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends $(echo $missing)"
echo "Sotto needs these Debian packages, which are missing here:" $missing
if [ "$(id -u)" = 0 ]; then
  sudo=
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
  sudo=sudo
else
  echo "Installing them needs an administrator. Run as one: apt-get update && $install" >&2
  exit 1
fi
echo "Installing: $sudo $install"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
$sudo $install -qq >/dev/null
