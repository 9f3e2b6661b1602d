#!/usr/bin/env bash
# Builds the wheels of the kernel for this kind of machine with cibuildwheel, from the sdist in dist/,
# as packages/kernel/cibuildwheel.toml describes. On Linux it needs Docker and a registry of images.
#
#   scripts/build_kernel_wheels.sh FOLDER
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

(($# == 1)) || {
  printf 'use: build_kernel_wheels.sh FOLDER\n' >&2
  exit 2
}
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python="$(command -v python3.11 || command -v python3 || command -v python)"
"$python" -m venv "$work"
commands="$work/bin"
[[ -d $commands ]] || commands="$work/Scripts" # Windows
"$commands/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
  --requirement 3rdparty/python/tools/cibuildwheel.txt
"$commands/cibuildwheel" --config-file packages/kernel/cibuildwheel.toml --output-dir "$1" \
  dist/vocalbaby_kernel-*.tar.gz
